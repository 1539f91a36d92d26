/** One group of the in-memory backend: its rows, roster and log, and the rules by which they change. */
import type {
  Error as ApiError,
  DraftToKeep,
  GroupDetail,
  GroupHealth,
  GroupSummary,
  KeptDraft,
  LastRow,
  LogPage,
  LogQuery,
  LogRow,
  MembershipChange,
  MessageRow,
  Person,
  PersonMay,
  Quote,
  Role,
  Roster,
  RosterPerson,
  RowBody,
  TimelinePage,
  TimelineQuery,
  TimelineRow,
  WaitingChange,
} from '../../bindings';

import { FakeNames } from './names';

export const QUEUE_POSITION = 2 ** 52;
/** Changes that are listed with what they wait for; the others are counted. */
const WAITING_MAX = 8;

export function fail(error: ApiError): never {
  throw error;
}

/** Hex that looks like a hash and is the same in every run. */
export function hex(seed: string, digits: number): string {
  let h = 0x811c9dc5;
  let out = '';
  for (let i = 0; out.length < digits; i++) {
    for (const unit of `${seed}:${i}`) h = Math.imul(h ^ unit.charCodeAt(0), 0x01000193) >>> 0;
    out += h.toString(16).padStart(8, '0');
  }
  return out.slice(0, digits);
}

const rank: Record<Role, number> = { owner: 0, admin: 1, member: 2 };

export class FakeGroup {
  health: GroupHealth = { state: 'healthy' };
  epoch = 0;
  /** What this user may do with them is made when it is asked for. */
  people: Omit<RosterPerson, 'may'>[] = [];
  rows: TimelineRow[] = [];
  log: LogRow[] = [];
  seenTo = 0;
  readTo = 0;
  pinned = false;
  archived = false;
  markedUnread = false;
  mutedUntilMs = 0;
  draft: DraftToKeep | null = null;
  waiting: WaitingChange[] = [];
  readonly #names = new FakeNames();
  #next = 1;
  #queued = 0;

  constructor(
    readonly id: string,
    public name: string,
    readonly me: Person,
  ) {}

  add(body: RowBody, atMs: number): TimelineRow {
    const position = this.#next++;
    const row: TimelineRow = { id: `${this.id}:${position}`, position, atMs, epoch: this.epoch, body };
    this.rows.push(row);
    return row;
  }

  addQueued(body: RowBody, atMs: number): TimelineRow {
    const row = this.add(body, atMs);
    row.position = QUEUE_POSITION + this.#queued++;
    return row;
  }

  /** Gives a queued row its place in the log. */
  place(row: TimelineRow): void {
    row.position = this.#next++;
    this.rows.sort((a, b) => a.position - b.position);
  }

  message(sender: Person, text: string, atMs: number, more: Partial<MessageRow> = {}): TimelineRow {
    const message: MessageRow = {
      message: hex(`${this.id}/${this.#next}/${text}`, 64),
      sender,
      body: { type: 'text', text, format: 'markdown' },
      replyTo: null,
      reactions: [],
      edited: false,
      state: sender.me ? { state: 'sent' } : { state: 'received' },
      ...more,
    };
    if (!this.isMuted(atMs)) this.archived = false;
    return this.add({ kind: 'message', ...message }, atMs);
  }

  /** A person calls themselves so from now on. */
  call(person: Person, name: string): void {
    this.#names.say(person, name);
  }

  /** A membership change by `actor`, applied to the roster, with its rows in timeline and log. */
  change(
    part: Pick<MembershipChange, 'kind' | 'actor' | 'target'> & Partial<MembershipChange>,
    atMs: number,
  ): TimelineRow {
    if (part.kind !== 'created') this.epoch++;
    const change: MembershipChange = { devices: 1, epoch: this.epoch, atMs, name: null, role: null, ...part };
    this.#apply(change);
    const index = this.log.length;
    this.log.push({
      index,
      change,
      commitHash: hex(`commit/${this.id}/${index}`, 64),
      rowHash: hex(`row/${this.id}/${index}`, 64),
      seen: false,
    });
    return this.add({ kind: 'membership', change, logIndex: index, seen: false }, atMs);
  }

  #apply(change: MembershipChange): void {
    const { target } = change;
    if (change.kind === 'renamed' && change.name !== null) this.name = change.name;
    if (target === null) return;
    if (change.kind === 'created' || change.kind === 'added') this.#seat(target, change);
    if (change.kind === 'removed' || change.kind === 'left') {
      this.people = this.people.filter((one) => one.person.user !== target.user);
      if (target.me) {
        this.health = change.kind === 'left' ? { state: 'left' } : { state: 'removed', by: change.actor };
      }
    }
    if (change.kind === 'roleChanged' && change.role !== null) {
      const { role } = change;
      this.people = this.people.map((one) => (one.person.user === target.user ? { ...one, role } : one));
    }
  }

  #seat(person: Person, change: MembershipChange): void {
    const leaf = this.people.reduce((n, one) => n + one.devices.length, 0);
    const devices = Array.from({ length: change.devices }, (_, i) => ({
      device: hex(`${person.user}/d${i}`, 32),
      leaf: leaf + i,
      sinceEpoch: change.epoch,
      thisDevice: person.me && i === 0,
    }));
    const role: Role = change.role ?? (change.kind === 'created' ? 'owner' : 'member');
    const fingerprint = hex(`id/${person.user}`, 32).replace(/(.{4})(?=.)/g, '$1 ');
    this.people.push({ person, role, devices, sinceMs: change.atMs, fingerprint });
  }

  get devices(): number {
    return this.people.reduce((n, one) => n + one.devices.length, 0);
  }

  get myRole(): Role | null {
    return this.people.find((one) => one.person.me)?.role ?? null;
  }

  requireMember(): void {
    if (this.health.state === 'broken') fail({ code: 'groupBroken' });
    if (this.myRole === null) fail({ code: 'notAMember' });
  }

  get activityMs(): number {
    return this.rows.at(-1)?.atMs ?? 0;
  }

  summary(): GroupSummary {
    const unseen = this.rows.filter((row) => row.body.kind === 'membership' && !row.body.seen).length;
    const unread = this.rows.filter((row) => this.#isUnread(row)).length;
    return {
      id: this.id,
      name: this.name,
      health: this.health,
      people: this.people.length,
      unread,
      unseenChanges: unseen,
      activityMs: this.activityMs,
      last: this.#names.in(lastOf(this.rows.at(-1)), this.people),
      draft: this.draft === null ? null : [...(this.draft.edit?.text ?? this.draft.text)].slice(0, 200).join(''),
      pinned: this.pinned,
      archived: this.archived,
      markedUnread: this.markedUnread,
      mutedUntilMs: this.isMuted(Date.now()) ? this.mutedUntilMs : null,
      waitsSinceMs: this.waiting[0]?.sinceMs ?? null,
    };
  }

  keepDraft(draft: DraftToKeep): void {
    const nothing = draft.text === '' && draft.replyTo === null && draft.edit === null;
    this.draft = nothing ? null : draft;
  }

  /** A part of it was sent. */
  endDraft(part: Partial<DraftToKeep>): void {
    if (this.draft !== null) this.keepDraft({ ...this.draft, ...part });
  }

  keptDraft(): KeptDraft | null {
    if (this.draft === null) return null;
    const { text, replyTo, edit } = this.draft;
    const own = edit === null ? null : this.#messageOf(edit.message);
    const before = own?.sender.me === true && own.body.type === 'text' ? own.body.text : null;
    if (edit !== null && before === null)
      return {
        text: [edit.text, text].filter((part) => part !== '').join('\n\n'),
        replyTo: this.quote(replyTo),
        edit: null,
      };
    return { text, replyTo: this.quote(replyTo), edit: edit === null ? null : { ...edit, before: before ?? '' } };
  }

  quote(message: string | null): Quote | null {
    if (message === null) return null;
    const found = this.#messageOf(message);
    return {
      message,
      sender: found?.sender ?? null,
      text: found?.body.type === 'text' ? found.body.text.slice(0, 200) : null,
    };
  }

  #messageOf(message: string): MessageRow | null {
    for (const { body } of this.rows) if (body.kind === 'message' && body.message === message) return body;
    return null;
  }

  detail(): GroupDetail {
    return {
      id: this.id,
      name: this.name,
      health: this.health,
      epoch: this.epoch,
      epochAuthenticator: hex(`auth/${this.id}/${this.epoch}`, 16),
      people: this.people.length,
      devices: this.devices,
      myRole: this.myRole,
      policy: {
        room: `mimi://harbour.local/r/${this.id}`,
        leastToAdd: 'admin',
        leastToRemove: 'admin',
        leastToRename: 'admin',
        externalJoin: false,
        padding: true,
        encryptedHandshake: true,
        updateIntervalDays: 7,
      },
      may: { add: this.#acts() && this.may(), rename: this.#acts() && this.may() },
      keyRenewedMs: this.rows[0]?.atMs ?? null,
      cipherSuite: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
      queued: this.rows.filter((row) => row.position >= QUEUE_POSITION).length + this.waiting.length,
      waiting: this.#names.in(this.waiting.slice(0, WAITING_MAX), this.people),
      waitingTotal: this.waiting.length,
    };
  }

  roster(limit: number): Roster {
    const people = [...this.people].sort(
      (a, b) => rank[a.role] - rank[b.role] || a.person.handle.localeCompare(b.person.handle),
    );
    return {
      epoch: this.epoch,
      treeHash: hex(`tree/${this.id}/${this.epoch}`, 64),
      people: this.#names.in(
        people.slice(0, limit === 0 ? people.length : limit).map((one) => ({ ...one, may: this.#mayWith(one) })),
        this.people,
      ),
      total: people.length,
    };
  }

  /** Whether its rules let this user change it: add, rename, and remove somebody of a role. */
  may(target: Role = 'member'): boolean {
    const mine = this.myRole;
    return mine !== null && rank[mine] <= rank[target === 'member' ? 'admin' : 'owner'];
  }

  /** Whether it is one that can still be changed from here. */
  #acts(): boolean {
    return !['leaving', 'left', 'removed', 'broken'].includes(this.health.state);
  }

  #mayWith(one: Omit<RosterPerson, 'may'>): PersonMay {
    return { remove: !one.person.me && this.#acts() && this.may(one.role) };
  }

  page(query: Required<TimelineQuery>): TimelinePage {
    const limit = query.limit === 0 ? 60 : Math.min(query.limit, 200);
    const { from, before } = query;
    const all = this.rows;
    let start: number;
    let end: number;
    if (from !== null) {
      const found = all.findIndex((row) => row.position >= from);
      start = found < 0 ? all.length : found;
      end = Math.min(all.length, start + limit);
    } else {
      const found = before === null ? -1 : all.findIndex((row) => row.position >= before);
      end = found < 0 ? all.length : found;
      start = Math.max(0, end - limit);
    }
    const unread = all.find((row) => this.#isUnread(row) || (row.body.kind === 'membership' && !row.body.seen));
    return {
      rows: this.#names.in(structuredClone(all.slice(start, end)), this.people),
      moreBefore: start > 0,
      moreAfter: end < all.length,
      firstUnread: unread?.id ?? null,
    };
  }

  logPage(query: Required<LogQuery>): LogPage {
    const limit = query.limit === 0 ? 50 : Math.min(query.limit, 200);
    const text = query.text?.toLowerCase() ?? null;
    const matches = this.log
      .filter(({ change }) => {
        const people = [change.actor, change.target].filter((person) => person !== null);
        return (
          (query.kinds.length === 0 || query.kinds.includes(change.kind)) &&
          (query.person === null || people.some((person) => person.user === query.person)) &&
          (text === null ||
            people.some(
              (person) =>
                !person.me && (person.handle.includes(text) || this.#names.of(person).toLowerCase().includes(text)),
            ) ||
            change.name?.toLowerCase().includes(text))
        );
      })
      .reverse();
    const below = matches.filter((row) => query.before === null || row.index < query.before);
    return {
      rows: this.#names.in(structuredClone(below.slice(0, limit)), this.people),
      more: below.length > limit,
      total: matches.length,
      chain: { state: 'intact', entries: this.log.length },
    };
  }

  #isUnread({ position, body }: TimelineRow): boolean {
    return position > this.readTo && body.kind === 'message' && !body.sender.me && body.body.type !== 'deleted';
  }

  isMuted(now: number): boolean {
    return this.mutedUntilMs > now;
  }

  pin(on: boolean): void {
    this.pinned = on;
    this.archived &&= !on;
  }

  archive(on: boolean): void {
    this.archived = on;
  }

  markRead(): void {
    this.readTo = this.rows.findLast((row) => row.position < QUEUE_POSITION)?.position ?? 0;
    this.markedUnread = false;
  }

  markSeen(upTo: number): void {
    const last = this.rows.findLast((row) => row.position <= upTo && row.position < QUEUE_POSITION)?.position ?? 0;
    this.seenTo = Math.max(this.seenTo, last);
    this.readTo = Math.max(this.readTo, last);
    this.markedUnread = false;
    for (const row of this.rows) {
      if (row.position > upTo || row.body.kind !== 'membership') continue;
      row.body.seen = true;
      const entry = this.log[row.body.logIndex];
      if (entry !== undefined) entry.seen = true;
    }
  }
}

function lastOf(row: TimelineRow | undefined): LastRow | null {
  if (row === undefined) return null;
  const { atMs, body } = row;
  if (body.kind === 'membership') {
    return { kind: 'membership', atMs, change: body.change.kind, actor: body.change.actor, target: body.change.target };
  }
  if (body.kind !== 'message') return { kind: 'other', atMs };
  const text = body.body.type === 'text' ? [...body.body.text].slice(0, 200).join('') : null;
  return { kind: 'message', atMs, sender: body.sender, text, state: body.state };
}

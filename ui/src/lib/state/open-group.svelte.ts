/** One open group: its detail, roster, timeline and log, and the person's actions in it. */
import type { Backend } from '../backend/backend';
import type {
  GroupDetail,
  GroupSummary,
  MessageBody,
  MessageRow,
  Person,
  Quote,
  Roster,
  TimelineRow,
} from '../bindings';
import { sameEmoji } from '../emoji/tone';
import { firstLetters } from '../text/letters';
import { rowOfKey } from '../timeline/items';
import { isHeld, seenUpTo } from '../timeline/seen';
import { formatOf } from '../text/markdown';
import { words } from '../words/catalogue';
import { changeSentence, count, fill, known, subject } from '../words/say';
import { attention } from './attention.svelte';
import { Coalesced } from './rereads';
import { tidied, type Composer } from './composer.svelte';
import { MembershipLog } from './log.svelte';
import type { Notices } from './notices.svelte';
import type { Place } from '../viewport/viewport';
import { Timeline } from './timeline.svelte';

const REREAD_GAP_MS = 150;
/** People read at once into the roster; "show more" adds as many. */
const ROSTER_STEP = 200;
/** Marking as seen waits this long for scrolling to settle. */
const SEEN_WAIT_MS = 120;
/** Arrivals remembered: as many rows as anyone scrolls past in one sitting. */
const ARRIVALS_MAX = 500;
/** More arrivals than this at once are announced as a number. */
const SPOKEN_MAX = 3;

/** The reader's place in a timeline, which outlives the group: the top row, its position, and what was expanded. */
export interface ReadingPlace extends Place {
  position: number;
  openFolds: ReadonlySet<string>;
}

export class OpenGroup {
  detail = $state.raw<GroupDetail | null>(null);
  roster = $state.raw<Roster | null>(null);
  readonly timeline: Timeline;
  readonly log: MembershipLog;
  /** The first read is done, and the line "New" is placed. */
  opened = $state(false);
  /** The position of the line "New"; fixed while the group is open. */
  newFrom = $state<string | null>(null);
  openFolds = $state.raw<ReadonlySet<string>>(new Set());
  /** The reader's place, to return to; null until something was shown. */
  place: Place | 'end' | null;
  rosterLimit = $state(ROSTER_STEP);
  /** The person for the panel to show. */
  shownPerson = $state<string | null>(null);
  /** Rows that arrived since the group was opened, with the number of their batch. */
  arrivals = $state.raw<ReadonlyMap<string, number>>(new Map());

  readonly #startAt: number | null;
  readonly #shown = new Set<string>();
  #marked = -1;
  #markTimer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #membership = new Coalesced(() => this.#readMembership(), REREAD_GAP_MS);
  #details = new Coalesced(() => this.#readDetail(), REREAD_GAP_MS);

  writable = $derived.by(() => {
    switch (this.detail?.health.state) {
      case 'creating':
      case 'healthy':
      case 'catchingUp':
      case 'quarantined':
      case 'behind':
      case 'notFollowed':
        return true;
      case 'leaving':
      case 'left':
      case 'removed':
      case 'broken':
      case undefined:
        return false;
    }
  });
  /** This user's membership has ended: the group can only be kept or deleted. */
  over = $derived(['left', 'removed', 'broken'].includes(this.detail?.health.state ?? ''));
  mayAdd = $derived(this.detail?.may.add ?? false);
  mayRename = $derived(this.detail?.may.rename ?? false);

  constructor(
    private readonly backend: Backend,
    readonly id: string,
    readonly composer: Composer,
    private readonly notices: Notices,
    /** The group's current line in the list. */
    private readonly summary: () => GroupSummary | undefined,
    /** The reader's place when the group was last left. */
    place: ReadingPlace | null = null,
  ) {
    this.place = place;
    this.openFolds = place?.openFolds ?? new Set();
    this.#startAt = place?.position ?? null;
    const failed = (thrown: unknown) => this.notices.fail(thrown);
    this.timeline = new Timeline(backend, id, { arrived: (rows) => this.#arrived(rows), failed });
    this.log = new MembershipLog(backend, id, failed);
  }

  /** Reads the group's detail and roster, but no messages. */
  look(): Promise<void> {
    return this.#readMembership();
  }

  async open(): Promise<void> {
    try {
      await Promise.all([this.#readMembership(), this.timeline.open(this.#startAt)]);
      this.newFrom = this.timeline.firstUnread;
      this.opened = true;
    } catch (thrown) {
      if (!this.#closed) this.notices.fail(thrown);
    }
  }

  close(): void {
    this.#closed = true;
    this.timeline.close();
    clearTimeout(this.#markTimer);
  }

  timelineChanged(): void {
    // Retries a first read that failed.
    void (this.opened ? this.timeline.refresh() : this.open());
  }

  membershipChanged(): void {
    void this.#membership.request();
  }

  /**
   * The group's line in the list was read. Reads the detail if it differs, or if a change is waiting, since the line
   * does not say for what. Does not read the roster.
   */
  lineChanged(): void {
    const [line, detail] = [this.summary(), this.detail];
    if (line === undefined || detail === null) return;
    const same =
      line.name === detail.name &&
      line.people === detail.people &&
      JSON.stringify(line.health) === JSON.stringify(detail.health);
    const waits = line.waitsSinceMs !== null || detail.waitingTotal > 0;
    if (!same || waits) void this.#details.request();
  }

  morePeople(): void {
    this.rosterLimit += ROSTER_STEP;
    void this.#membership.request();
  }

  /** Loads everyone: a search for one person must not miss those not loaded yet. */
  allPeople(): void {
    const total = this.roster?.total ?? 0;
    if (this.rosterLimit >= total) return;
    this.rosterLimit = total;
    void this.#membership.request();
  }

  toggleFold(key: string): void {
    const next = new Set(this.openFolds);
    if (!next.delete(key)) next.add(key);
    this.openFolds = next;
  }

  /** These rows are on screen now. Counts only while somebody may be looking. */
  onScreen(rows: readonly TimelineRow[]): void {
    if (!attention.active) return;
    for (const row of rows) this.#shown.add(row.id);
    clearTimeout(this.#markTimer);
    this.#markTimer = setTimeout(() => void this.#mark(), SEEN_WAIT_MS);
  }

  unread = $derived.by(() => this.summary()?.unread ?? 0);

  /** The place to pass to the next `OpenGroup` of this group; null at the newest row. */
  leavingPlace(): ReadingPlace | null {
    const { place } = this;
    if (place === null || place === 'end') return null;
    const { rows } = this.timeline.window;
    // Lines that belong to no row are above one.
    const above: Record<string, string | null | undefined> = { new: this.newFrom, beginning: rows[0]?.id };
    const id = above[place.key] ?? rowOfKey(place.key);
    const position = rows.find((row) => row.id === id)?.position;
    if (position === undefined) return null;
    return { ...place, key: place.key === 'new' ? id : place.key, position, openFolds: this.openFolds };
  }

  /** Changes above the loaded rows, which keep everything from counting as seen. */
  held = $derived.by(() => {
    const unseenChanges = this.summary()?.unseenChanges ?? 0;
    const { rows, moreBefore } = this.timeline.window;
    return isHeld({ rows, moreBefore, firstUnread: this.timeline.firstUnread, unseenChanges }) ? unseenChanges : 0;
  });

  /** The reader jumped to the newest row: all messages are read. Changes count once they were on screen. */
  async readAll(): Promise<void> {
    if (this.unread > 0) await this.#try(() => this.backend.markRead(this.id));
  }

  async send(me: Person): Promise<void> {
    const { composer } = this;
    if (!composer.ready) return;
    if (composer.editing !== null) return this.#saveEdit(composer.editing);
    const { draft, quote } = composer.takeDraft();
    this.newFrom = null;
    try {
      await this.timeline.send(draft, me, shortened(quote));
    } catch (thrown) {
      composer.putBack(draft, quote);
      this.notices.fail(thrown);
    }
  }

  /** Arrow up in an empty composer. */
  editLast(): boolean {
    const row = this.timeline.rows.findLast((candidate) => canEdit(candidate));
    if (row?.body.kind !== 'message') return false;
    return this.composer.edit(row.body);
  }

  reply(message: MessageRow): void {
    if (!this.composer.reply(message)) this.notices.tell(words.composer.editFirst);
  }

  edit(message: MessageRow): void {
    if (!this.composer.edit(message)) this.notices.tell(words.composer.editFirst);
  }

  async react(message: MessageRow, emoji: string): Promise<void> {
    const mine = message.reactions.some((reaction) => sameEmoji(reaction.emoji, emoji) && reaction.mine);
    await this.#try(() => this.backend.react(this.id, message.message, emoji, !mine));
  }

  delete(message: MessageRow): Promise<boolean> {
    return this.#try(() => this.backend.delete(this.id, message.message));
  }

  retry(intent: string): Promise<boolean> {
    return this.#try(() => this.backend.retry(this.id, intent));
  }

  discard(intent: string): Promise<boolean> {
    return this.#try(() => this.backend.discard(this.id, intent));
  }

  removePerson(person: Person): Promise<boolean> {
    const said = fill(words.notices.removing, { names: known(person) });
    const call = () => this.backend.removePerson(this.id, person.user);
    return this.#try(() => this.notices.asking(this.id, said, call));
  }

  async #saveEdit({ message, before }: { message: string; before: string }): Promise<void> {
    const text = tidied(this.composer.text);
    const changed = this.composer.editChanged;
    this.composer.cancelEdit();
    // An edit without a change would show "edited" to everyone.
    if (!changed) return;
    const saved = await this.#try(() => this.backend.edit(this.id, message, text, formatOf(text)));
    // Keeps the written text, unless another edit was started meanwhile.
    if (!saved && this.composer.editing === null) this.composer.editAs(message, text, before);
  }

  async #try(call: () => Promise<void>): Promise<boolean> {
    try {
      await call();
      return true;
    } catch (thrown) {
      this.notices.fail(thrown);
      return false;
    }
  }

  async #readMembership(): Promise<void> {
    try {
      const [detail, roster] = await Promise.all([
        this.backend.group(this.id),
        this.backend.roster(this.id, this.rosterLimit),
      ]);
      if (this.#closed) return;
      this.detail = detail;
      this.roster = roster;
      if (this.log.loaded) void this.log.refresh();
    } catch (thrown) {
      if (!this.#closed) this.notices.fail(thrown);
    }
  }

  async #readDetail(): Promise<void> {
    try {
      const detail = await this.backend.group(this.id);
      if (!this.#closed) this.detail = detail;
    } catch (thrown) {
      if (!this.#closed) this.notices.fail(thrown);
    }
  }

  async #mark(): Promise<void> {
    const summary = this.summary();
    if (this.#closed || summary === undefined || summary.unread + summary.unseenChanges === 0) return;
    const { rows, moreBefore } = this.timeline.window;
    const target = seenUpTo({
      rows,
      moreBefore,
      firstUnread: this.timeline.firstUnread,
      unseenChanges: summary.unseenChanges,
      shown: this.#shown,
    });
    if (target === null || target <= this.#marked) return;
    this.#marked = target;
    try {
      await this.backend.markSeen(this.id, target);
      // Log entries say whether they were seen.
      if (summary.unseenChanges > 0 && this.log.loaded) void this.log.refresh();
    } catch (thrown) {
      this.#marked = -1;
      this.notices.fail(thrown);
    }
  }

  #arrived(rows: readonly TimelineRow[]): void {
    const turn = ([...this.arrivals.values()].at(-1) ?? 0) + 1;
    this.arrivals = new Map([...this.arrivals, ...rows.map((row) => [row.id, turn] as const)].slice(-ARRIVALS_MAX));
    if (rows.some(({ body }) => body.kind === 'membership' || body.kind === 'changeFailed'))
      this.notices.answered(this.id);
    this.#speak(rows);
  }

  #speak(rows: readonly TimelineRow[]): void {
    const lines = rows.flatMap((row) => spokenLine(row, this.detail?.name ?? ''));
    if (lines.length === 0) return;
    this.notices.speak(lines.length <= SPOKEN_MAX ? lines.join('. ') : count(lines.length, words.counts.newMessages));
  }
}

/** Only own messages with text that the service has, or will have, can be edited. */
export function canEdit(row: TimelineRow): boolean {
  const { body } = row;
  return (
    body.kind === 'message' &&
    body.sender.me &&
    body.body.type === 'text' &&
    body.state.state !== 'failed' &&
    !row.id.startsWith('echo:')
  );
}

/** Only a message that the service has, and that is not deleted, can be replied to, reacted to, edited or deleted. */
export function canRespond({ body }: TimelineRow): boolean {
  return body.kind === 'message' && body.body.type !== 'deleted' && ['received', 'sent'].includes(body.state.state);
}

function spokenLine(row: TimelineRow, group: string): string[] {
  const { body } = row;
  if (body.kind === 'membership') return [fill(words.live.change, { group, change: changeSentence(body.change) })];
  if (body.kind !== 'message' || body.sender.me) return [];
  return [fill(words.live.message, { sender: subject(body.sender), group, text: spokenText(body.body) })];
}

function spokenText(body: MessageBody): string {
  switch (body.type) {
    case 'text':
      return firstLetters(body.text, QUOTE_MAX);
    case 'deleted':
      return words.message.deleted;
    case 'unknown':
      return fill(words.message.unknown, { type: body.contentType });
  }
}

/** Letters of a message in a quote or announcement. */
const QUOTE_MAX = 200;

function shortened(quote: Quote | null): Quote | null {
  return quote === null ? null : { ...quote, text: quote.text === null ? null : firstLetters(quote.text, QUOTE_MAX) };
}

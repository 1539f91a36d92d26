/**
 * An engine in memory, for the unit tests of the window's state, which own the time. What the window relies on, it does as
 * the real one does: `tests/browser/conformance.test.ts` runs the same behaviours against both.
 */
import { limits } from '../../limits';
import type {
  Account,
  AppState,
  Connection,
  Draft,
  DraftToKeep,
  Event as EngineEvent,
  MembershipChange,
  MessageRow,
  NewAccount,
  Person,
  Settings,
  TextFormat,
  TimelineRow,
  WaitingChange,
} from '../../bindings';
import { sameEmoji } from '../../emoji/tone';
import type { Backend } from '../backend';
import { FakeGroup, QUEUE_POSITION, fail, hex } from './group';
import { cleanName, lettersOver } from '../../text/names';
import { invitationOf, readInvitation } from './invitation';
import { accountOf, admit, stateOf, type FakeScene } from './onboarding';
import { DOMAIN, HANDLES, person, sampleGroups } from './sample';

/** How long the pretended service takes. */
const SERVICE_MS = 120;

export class FakeEngine {
  state: AppState;
  groups: FakeGroup[] = [];
  /** The profiles on this computer that run a service. */
  nearby: string[] = ['bob'];
  /** By how much this computer's clock is ahead of the service's. */
  clockOffMs = 0;
  /** What was asked of the shell, for tests to look at. */
  readonly told: {
    badge: [number, string][];
    notifications: [string, string, string][];
    /** Whether each of them was to be heard. */
    heard: boolean[];
    tray: string[];
    zoom: number[];
    quit: boolean;
    reconnects: number;
  } = {
    heard: [],
    zoom: [],
    badge: [],
    tray: [],
    quit: false,
    reconnects: 0,
    notifications: [],
  };
  settings: Settings = {
    notifications: true,
    hideText: false,
    sound: true,
    enterSends: true,
    closeToTray: true,
    recentEmoji: [],
  };
  /** How often each thing was read, for tests to count. */
  readonly reads: Record<'groups' | 'groupSummary' | 'group' | 'roster', number> = {
    groups: 0,
    groupSummary: 0,
    group: 0,
    roster: 0,
  };
  #listeners = new Set<(event: EngineEvent) => void>();
  #navigators = new Set<(group: string) => void>();
  #ids = 0;

  constructor(scene: FakeScene = 'ready') {
    this.state = stateOf(scene);
    if (scene === 'ready') this.groups = sampleGroups(this.me, Date.now());
  }

  get account(): Account {
    return this.state.state === 'ready' ? this.state.account : fail({ code: 'noAccount' });
  }

  get me(): Person {
    const { user, handle, name } = this.account;
    return { user, handle, name, alike: false, me: true };
  }

  // What tests make happen.

  setState(state: AppState): void {
    this.state = state;
    this.emit({ kind: 'state' });
  }

  setAccount(part: Partial<Account>): void {
    this.setState({ state: 'ready', account: { ...this.account, ...part } });
  }

  setConnection(connection: Connection): void {
    this.setAccount({ connection });
    if (connection.state === 'connected') for (const group of this.groups) this.#deliver(group);
  }

  named(name: string): FakeGroup {
    return this.groups.find((group) => group.name === name) ?? fail({ code: 'noSuchGroup' });
  }

  arrive(name: string, handle: string, text: string): TimelineRow {
    const group = this.named(name);
    const row = group.message(person(handle), text, Date.now());
    this.#sortQueue(group);
    this.#changed(group);
    if (!group.isMuted(Date.now())) this.emit({ kind: 'notify', group: group.id, row: row.id });
    return row;
  }

  happen(name: string, part: Pick<MembershipChange, 'kind' | 'actor' | 'target'> & Partial<MembershipChange>): void {
    const group = this.named(name);
    const row = group.change(part, Date.now());
    this.#sortQueue(group);
    this.#changed(group, true);
    if (part.actor?.me !== true && !group.isMuted(Date.now()))
      this.emit({ kind: 'notify', group: group.id, row: row.id });
  }

  setHealth(name: string, health: FakeGroup['health']): void {
    this.named(name).health = health;
    this.emit({ kind: 'group', group: this.named(name).id });
  }

  /** These changes wait in a group from now on. */
  setWaiting(name: string, waiting: WaitingChange[]): void {
    this.named(name).waiting = waiting;
    this.emit({ kind: 'group', group: this.named(name).id });
  }

  clickNotification(group: string): void {
    for (const navigator of this.#navigators) navigator(group);
  }

  emit(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  backend(): Backend {
    return {
      appState: () => this.#answer(() => this.state),
      unlock: () => this.#answer(() => this.#unlock()),
      reconnect: () => this.#answer(() => void (this.told.reconnects += 1)),
      serviceOffers: () =>
        this.#answer(() => [
          { service: { kind: 'own' as const }, domain: DOMAIN },
          ...this.nearby.map((name) => ({ service: { kind: 'local' as const, name }, domain: 'quay.local' })),
        ]),
      createAccount: (account) => this.#slowly(() => this.#createAccount(account)),
      setName: (name) => this.#answer(() => this.#setName(named(name, limits.personNameLetters))),
      deleteAccount: (handle) => this.#slowly(() => this.#deleteAccount(handle)),
      invitation: () => this.#answer(() => invitationOf(this.account)),
      readInvitation: (link) => this.#answer(() => readInvitation(link).says),
      lookUp: (handle) => this.#slowly(() => this.#lookUp(handle)),
      groups: () => this.#read('groups', () => this.#sorted().map((group) => group.summary())),
      groupSummary: (group) => this.#read('groupSummary', () => this.#group(group).summary()),
      group: (group) => this.#read('group', () => this.#group(group).detail()),
      roster: (group, limit) => this.#read('roster', () => this.#group(group).roster(limit)),
      timeline: (group, query) =>
        this.#answer(() => this.#group(group).page({ before: null, from: null, limit: 0, ...query })),
      membershipLog: (group, query) =>
        this.#answer(() =>
          this.#group(group).logPage({ before: null, limit: 0, person: null, kinds: [], text: null, ...query }),
        ),
      createGroup: (name, people) => this.#slowly(() => this.#createGroup(name, people)),
      addPeople: (group, handles) => this.#slowly(() => this.#addPeople(this.#group(group), handles)),
      removePerson: (group, user) => this.#answer(() => this.#removePerson(this.#group(group), user)),
      renameGroup: (group, name) => this.#answer(() => this.#rename(this.#group(group), name)),
      leaveGroup: (group) => this.#answer(() => this.#leave(this.#group(group))),
      forgetGroup: (group) => this.#answer(() => this.#forget(group)),
      draft: (group) => this.#answer(() => this.#group(group).keptDraft()),
      keepDraft: (group, draft) => this.#answer(() => this.#keepDraft(this.#group(group), draft)),
      send: (group, draft) => this.#answer(() => this.#send(this.#group(group), draft)),
      react: (group, message, emoji, on) => this.#answer(() => this.#react(this.#group(group), message, emoji, on)),
      edit: (group, message, text, format) => this.#answer(() => this.#edit(this.#group(group), message, text, format)),
      delete: (group, message) => this.#answer(() => this.#delete(this.#group(group), message)),
      retry: (group, intent) => this.#answer(() => this.#retry(this.#group(group), intent)),
      discard: (group, intent) => this.#answer(() => this.#discard(this.#group(group), intent)),
      markSeen: (group, upTo) => this.#answer(() => this.#markSeen(this.#group(group), upTo)),
      markRead: (group) => this.#arrange(group, (found) => found.markRead()),
      markUnread: (group) => this.#arrange(group, (found) => (found.markedUnread = true)),
      pinGroup: (group, on) => this.#arrange(group, (found) => found.pin(on)),
      archiveGroup: (group, on) => this.#arrange(group, (found) => found.archive(on)),
      muteGroup: (group, until) => this.#arrange(group, (found) => (found.mutedUntilMs = until ?? 0)),
      saveLog: (_group, _query, format, fileName) => this.#answer(() => `${fileName}.${format}`),
      setBadge: (unread, _unseen, label) => this.#answer(() => void this.told.badge.push([unread, label])),
      setTrayWords: (open, quit) => this.#answer(() => void this.told.tray.push(open, quit)),
      quit: () => this.#answer(() => void (this.told.quit = true)),
      notify: (title, body, group, sound) =>
        this.#answer(() => {
          this.told.notifications.push([title, body, group]);
          this.told.heard.push(sound);
        }),
      notificationSounds: () => this.#answer(() => true),
      settings: () => this.#answer(() => this.settings),
      setSettings: (settings) => this.#answer(() => void (this.settings = settings)),
      startsAtLogin: () => this.#answer(() => false),
      setStartsAtLogin: () => this.#answer(() => {}),
      setZoom: (factor) => this.#answer(() => void this.told.zoom.push(factor)),
      openLink: () => this.#answer(() => {}),
      shellInfo: () =>
        this.#answer(() => ({
          profile: 'alice',
          version: '0.1.0',
          dataDir: '~/.local/share/conclave/alice',
          logDir: '~/.local/share/conclave/alice/log',
        })),
      events: (callback) => this.#answer(() => listen(this.#listeners, callback)),
      navigations: (callback) => this.#answer(() => listen(this.#navigators, callback)),
    };
  }

  #read<T>(what: keyof FakeEngine['reads'], work: () => T): Promise<T> {
    this.reads[what]++;
    return this.#answer(work);
  }

  async #answer<T>(work: () => T): Promise<T> {
    return work();
  }

  async #slowly<T>(work: () => T): Promise<T> {
    await new Promise((done) => setTimeout(done, SERVICE_MS));
    if (this.state.state === 'ready' && !this.#online()) fail({ code: 'serviceUnreachable' });
    return work();
  }

  #online(): boolean {
    return this.account.connection.state === 'connected';
  }

  #group(id: string): FakeGroup {
    return this.groups.find((group) => group.id === id) ?? fail({ code: 'noSuchGroup' });
  }

  #sorted(): FakeGroup[] {
    return [...this.groups].sort((a, b) => Number(b.pinned) - Number(a.pinned) || b.activityMs - a.activityMs);
  }

  #changed(group: FakeGroup, membership = false): void {
    this.emit({ kind: 'timeline', group: group.id });
    if (membership) this.emit({ kind: 'membership', group: group.id });
    this.emit({ kind: 'group', group: group.id });
  }

  #sortQueue(group: FakeGroup): void {
    group.rows.sort((a, b) => a.position - b.position);
  }

  #createAccount(account: NewAccount): Account {
    const { service, invitedBy } = admit(account, this.clockOffMs);
    const name = account.name === null ? account.handle : named(account.name, limits.personNameLetters);
    this.setState({ state: 'ready', account: { ...accountOf(account.handle, name), service, invitedBy } });
    return this.account;
  }

  #setName(name: string): Account {
    this.setAccount({ name });
    for (const group of this.groups) {
      group.call(this.me, name);
      this.#changed(group, true);
    }
    return this.account;
  }

  #deleteAccount(handle: string): AppState {
    if (handle !== this.account.handle) fail({ code: 'otherAccount' });
    this.groups = [];
    this.setState({ state: 'firstRun' });
    return this.state;
  }

  #unlock(): AppState {
    this.state =
      this.state.state === 'deleting' ? { state: 'firstRun' } : { state: 'ready', account: accountOf('alice') };
    return this.state;
  }

  #lookUp(handle: string): Person {
    if (handle === this.account.handle) return this.me;
    return HANDLES.includes(handle) ? person(handle) : fail({ code: 'noSuchPerson', handle });
  }

  #createGroup(called: string, people: string[]): string {
    const name = named(called, limits.groupNameLetters);
    for (const handle of people) this.#lookUp(handle);
    const group = new FakeGroup(hex(`group/${this.#ids++}`, 32), name, this.me);
    group.change({ kind: 'created', actor: this.me, target: this.me, role: 'owner' }, Date.now());
    group.health = { state: 'creating' };
    group.markSeen(QUEUE_POSITION - 1);
    this.groups.push(group);
    this.emit({ kind: 'groups' });
    setTimeout(() => {
      group.health = { state: 'healthy' };
      for (const handle of people) group.change({ kind: 'added', actor: this.me, target: person(handle) }, Date.now());
      this.#changed(group, true);
    }, SERVICE_MS);
    return group.id;
  }

  #require(group: FakeGroup, why: 'mayNotAdd' | 'mayNotRemove' | 'mayNotRename'): void {
    group.requireMember();
    if (!group.may()) fail({ code: 'notAllowed', why });
  }

  #addPeople(group: FakeGroup, handles: string[]): void {
    this.#require(group, 'mayNotAdd');
    for (const handle of handles) {
      if (group.people.some((one) => one.person.handle === handle)) fail({ code: 'notAllowed', why: 'alreadyMember' });
      this.#lookUp(handle);
      if (handle === 'nadia') fail({ code: 'noKeyPackage', handle });
    }
    for (const handle of handles) group.change({ kind: 'added', actor: this.me, target: person(handle) }, Date.now());
    this.#changed(group, true);
  }

  #removePerson(group: FakeGroup, user: string): void {
    this.#require(group, 'mayNotRemove');
    const found =
      group.people.find((one) => one.person.user === user) ?? fail({ code: 'notAllowed', why: 'notAMember' });
    if (!group.may(found.role)) fail({ code: 'notAllowed', why: 'onlyOwnersRemove' });
    group.change({ kind: 'removed', actor: this.me, target: found.person, devices: found.devices.length }, Date.now());
    this.#changed(group, true);
  }

  #rename(group: FakeGroup, name: string): void {
    this.#require(group, 'mayNotRename');
    group.change(
      { kind: 'renamed', actor: this.me, target: null, name: named(name, limits.groupNameLetters) },
      Date.now(),
    );
    this.#changed(group, true);
  }

  #leave(group: FakeGroup): void {
    group.requireMember();
    group.health = { state: 'leaving' };
    this.#changed(group, true);
    setTimeout(() => {
      group.change({ kind: 'left', actor: this.me, target: this.me }, Date.now());
      this.#changed(group, true);
    }, SERVICE_MS);
  }

  #forget(id: string): void {
    this.groups = this.groups.filter((group) => group.id !== id);
    this.emit({ kind: 'groups' });
  }

  #send(group: FakeGroup, draft: Draft): string {
    group.requireMember();
    const bytes = new TextEncoder().encode(draft.text).length;
    if (bytes === 0) fail({ code: 'empty' });
    if (bytes > limits.textBytes) fail({ code: 'tooLong', max: limits.textBytes });
    const message: MessageRow = {
      message: hex(`own/${this.#ids++}`, 64),
      sender: this.me,
      body: { type: 'text', text: draft.text, format: draft.format },
      replyTo: group.quote(draft.replyTo),
      reactions: [],
      edited: false,
      state: { state: 'queued' },
    };
    group.endDraft({ text: '', replyTo: null });
    const row = group.addQueued({ kind: 'message', ...message }, Date.now());
    this.#changed(group);
    setTimeout(() => this.#deliver(group), SERVICE_MS);
    return row.id;
  }

  #keepDraft(group: FakeGroup, draft: DraftToKeep): void {
    for (const text of [draft.text, draft.edit?.text ?? '']) {
      if (new TextEncoder().encode(text).length > limits.textBytes) fail({ code: 'tooLong', max: limits.textBytes });
    }
    group.keepDraft(draft);
    this.emit({ kind: 'group', group: group.id });
  }

  /** What is queued gets its place. */
  #deliver(group: FakeGroup): void {
    if (!this.#online()) return;
    for (const row of group.rows.filter((candidate) => candidate.position >= QUEUE_POSITION)) {
      if (row.body.kind !== 'message' || row.body.state.state !== 'queued') continue;
      row.body.state = { state: 'sent' };
      group.place(row);
    }
    this.#changed(group);
  }

  #message(group: FakeGroup, id: string): Extract<TimelineRow['body'], { kind: 'message' }> {
    for (const row of group.rows) if (row.body.kind === 'message' && row.body.message === id) return row.body;
    return fail({ code: 'noSuchMessage' });
  }

  /** One that this user said; of others nothing is changed. */
  #mine(group: FakeGroup, id: string): Extract<TimelineRow['body'], { kind: 'message' }> {
    const message = this.#message(group, id);
    return message.sender.me ? message : fail({ code: 'noSuchMessage' });
  }

  #react(group: FakeGroup, id: string, written: string, on: boolean): void {
    group.requireMember();
    // Without the sign that only says to show it as an emoji.
    const emoji = written.replaceAll('\ufe0f', '');
    const message = this.#message(group, id);
    const had = message.reactions.find((reaction) => sameEmoji(reaction.emoji, emoji));
    const others = had?.people.filter((one) => !one.me) ?? [];
    const people = on ? [...others, this.me] : others;
    const rest = message.reactions.filter((reaction) => reaction !== had);
    message.reactions = people.length === 0 ? rest : [...rest, { emoji: had?.emoji ?? emoji, people, mine: on }];
    this.#changed(group);
  }

  #edit(group: FakeGroup, id: string, text: string, format: TextFormat): void {
    group.requireMember();
    if (text === '') fail({ code: 'empty' });
    const message = this.#mine(group, id);
    message.body = { type: 'text', text, format };
    message.edited = true;
    group.endDraft({ edit: null });
    this.#changed(group);
  }

  #delete(group: FakeGroup, id: string): void {
    group.requireMember();
    const message = this.#mine(group, id);
    message.body = { type: 'deleted' };
    message.reactions = [];
    this.#changed(group);
  }

  #retry(group: FakeGroup, intent: string): void {
    const row = rowOfIntent(group, intent);
    if (row.body.kind === 'message') {
      row.body.state = { state: 'queued' };
      setTimeout(() => this.#deliver(group), SERVICE_MS);
    }
    this.#changed(group);
  }

  #discard(group: FakeGroup, intent: string): void {
    const row = rowOfIntent(group, intent);
    group.rows = group.rows.filter((other) => other !== row);
    this.#changed(group);
  }

  #arrange(id: string, change: (group: FakeGroup) => void): Promise<void> {
    return this.#answer(() => {
      change(this.#group(id));
      this.emit({ kind: 'group', group: id });
    });
  }

  #markSeen(group: FakeGroup, upTo: number): void {
    group.markSeen(upTo);
    this.emit({ kind: 'group', group: group.id });
  }
}

/** A name as the engine cleans and takes it. */
function named(text: string, max: number): string {
  const name = cleanName(text);
  if (name === '') fail({ code: 'empty' });
  return lettersOver(name, max) > 0 ? fail({ code: 'nameTooLong', max }) : name;
}

function rowOfIntent(group: FakeGroup, intent: string): TimelineRow {
  const found = group.rows.find(({ body }) =>
    body.kind === 'message'
      ? body.state.state === 'failed' && body.state.intent === intent
      : body.kind === 'changeFailed' && body.intent === intent,
  );
  return found ?? fail({ code: 'noSuchMessage' });
}

function listen<T>(set: Set<(value: T) => void>, callback: (value: T) => void): () => void {
  set.add(callback);
  return () => void set.delete(callback);
}

/**
 * The window's whole state: the app, the list of groups, the open group, dialogs. Created once, passed down by context.
 */
import { getContext } from 'svelte';
import { asApiError, type Backend } from '../backend/backend';
import type { Account, AppState, Event as EngineEvent, GroupSummary, MessageRow, Person, ShellInfo } from '../bindings';
import { words } from '../words/catalogue';
import { badgeLabel, errorWords } from '../words/say';
import type { SectionName } from '../settings/sections';
import { attention } from './attention.svelte';
import { Choices } from './choices.svelte';
import { Coalesced } from './rereads';
import { Drafts } from './drafts';
import { LINES_MAX, isMuted, listItems, withLines } from './grouplist';
import { Layout } from './layout.svelte';
import { Menus } from '../menus/menus.svelte';
import { Notices } from './notices.svelte';
import { Notifier } from './notifier';
import { OpenGroup, type ReadingPlace } from './open-group.svelte';
import { Zoom } from './zoom.svelte';

const REREAD_GAP_MS = 100;
/** How long an attempt to connect is shown at most; the engine's attempt ends sooner. */
const TRYING_SHOWN_MS_MAX = 15_000;

/** The open dialog. It names its group, since a notification may open another one meanwhile. */
export type DialogState =
  | { kind: 'createGroup'; people?: readonly string[] }
  | { kind: 'addPeople'; group: OpenGroup }
  | { kind: 'rename'; group: OpenGroup }
  | { kind: 'removePerson'; group: OpenGroup; person: Person }
  | { kind: 'leave'; group: OpenGroup }
  | { kind: 'forget'; group: OpenGroup }
  | { kind: 'deleteMessage'; group: OpenGroup; message: MessageRow }
  | { kind: 'discard'; group: OpenGroup; intent: string }
  | { kind: 'link'; href: string }
  | { kind: 'invite' }
  | { kind: 'deleteAccount' }
  | { kind: 'shortcuts' }
  | { kind: 'palette' };

export class Session {
  app = $state.raw<AppState | null>(null);
  /** The engine could not even report its state. */
  fault = $state<string | null>(null);
  groups = $state.raw<readonly GroupSummary[]>([]);
  groupsLoaded = $state(false);
  group = $state.raw<OpenGroup | null>(null);
  dialog = $state.raw<DialogState | null>(null);
  /** The section of the settings shown in place of the groups and the open one. */
  settings = $state.raw<SectionName | null>(null);
  shell = $state.raw<ShellInfo | null>(null);
  readonly notices = new Notices((thrown) => this.says(thrown));
  readonly layout = new Layout();
  readonly menus = new Menus();
  readonly choices: Choices;
  readonly zoom: Zoom;

  account = $derived<Account | null>(this.app?.state === 'ready' ? this.app.account : null);
  /** The connection state when it was last retried by hand; each failed attempt changes the time in it. */
  #tried = $state.raw<string | null>(null);
  #triedTimer: ReturnType<typeof setTimeout> | undefined;
  #connection = $derived(JSON.stringify(this.account?.connection ?? null));
  trying = $derived(this.#tried === this.#connection);
  me = $derived<Person>({
    user: this.account?.user ?? '',
    handle: this.account?.handle ?? '',
    name: this.account?.name ?? null,
    alike: false,
    me: true,
  });
  /** The displayed list. */
  listed = $derived(listItems(this.groups, this.layout.archiveOpen));
  /** Muted groups do not count. */
  unread = $derived(this.groups.reduce((sum, group) => sum + (isMuted(group, Date.now()) ? 0 : group.unread), 0));
  unseen = $derived(this.groups.reduce((sum, group) => sum + group.unseenChanges, 0));

  readonly #drafts: Drafts;
  /** The reader's place in each group, as long as the window is open; one per group. */
  #places = new Map<string, ReadingPlace>();
  #badge = '';
  #notifier: Notifier;
  #state = new Coalesced(() => this.#readState(), REREAD_GAP_MS);
  #list = new Coalesced(() => this.#readList(), REREAD_GAP_MS);
  /** What to read again of the list: all of it, or these lines; emptied by each read. */
  #stale: { all: boolean; lines: Set<string> } = { all: false, lines: new Set() };

  constructor(readonly backend: Backend) {
    this.choices = new Choices(backend, (thrown) => this.notices.fail(thrown));
    this.zoom = new Zoom(backend);
    this.#drafts = new Drafts(backend, (thrown) => this.notices.fail(thrown));
    this.#notifier = new Notifier(
      backend,
      (group) => this.groups.find((summary) => summary.id === group)?.name,
      (group) => attention.active && this.settings === null && this.group?.id === group && this.group.timeline.atEnd,
      () => this.choices.values,
    );
  }

  /** Connects to the engine; returns a function that disconnects. */
  async start(): Promise<() => void> {
    const stops: (() => void)[] = [];
    try {
      stops.push(
        await this.backend.events((event) => this.#heard(event)),
        await this.backend.navigations((group) => void this.open(group)),
      );
    } catch (thrown) {
      this.fault = errorWords(asApiError(thrown));
      return () => {};
    }
    await this.#state.request();
    void this.backend.shellInfo().then(
      (info) => (this.shell = info),
      () => {},
    );
    this.backend.setTrayWords(words.tray.open, words.tray.quit).catch(() => {});
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** An engine error in words. */
  says(thrown: unknown): string {
    return errorWords(asApiError(thrown), this.account?.service ?? null);
  }

  /** Connects to the service now; if connected, the engine checks that the connection is alive. */
  reconnect(): void {
    if (this.account !== null) this.backend.reconnect().catch((thrown) => this.notices.fail(thrown));
  }

  /** The same, by hand: shows the attempt until it has ended. */
  tryNow(): void {
    this.#tried = this.#connection;
    clearTimeout(this.#triedTimer);
    this.#triedTimer = setTimeout(() => (this.#tried = null), TRYING_SHOWN_MS_MAX);
    this.reconnect();
  }

  /** Reconnects when the network returns or the window is shown. Returns a function that stops it. */
  watchLine(target: EventTarget): () => void {
    const back = () => this.reconnect();
    const events = ['online', 'focus'] as const;
    for (const name of events) target.addEventListener(name, back);
    return () => {
      for (const name of events) target.removeEventListener(name, back);
    };
  }

  /** When the person leaves, they may not return: stores drafts at once. Returns a function that stops it. */
  watchLeaving(target: EventTarget): () => void {
    const leaving = () => void this.#drafts.flush();
    const events = ['blur', 'pagehide', 'visibilitychange'] as const;
    for (const name of events) target.addEventListener(name, leaving, true);
    return () => {
      for (const name of events) target.removeEventListener(name, leaving, true);
    };
  }

  refreshState(): Promise<void> {
    return this.#state.request();
  }

  refreshGroups(): Promise<void> {
    this.#stale.all = true;
    return this.#list.request();
  }

  /** Applies a state returned by a command. */
  async entered(app: AppState): Promise<void> {
    this.#take(app);
    if (app.state === 'ready') await this.#readAll();
  }

  /** When an account has ended nothing of it stays on screen, or appears in the next one. */
  #take(app: AppState): void {
    if (this.app?.state === 'ready' && app.state !== 'ready') this.#forgetAll();
    this.app = app;
    this.fault = null;
  }

  #forgetAll(): void {
    this.group?.close();
    this.group = null;
    this.dialog = null;
    this.settings = null;
    this.groups = [];
    this.groupsLoaded = false;
    this.#drafts.forgetAll();
    this.#places.clear();
    this.#tellTray();
  }

  async open(group: string): Promise<void> {
    this.settings = null;
    this.layout.groupsOpen = false;
    const line = this.groups.find((candidate) => candidate.id === group);
    // Opening a group counts as a look at it; unread messages count until they were on screen.
    if (line?.markedUnread === true) void this.attempt(() => this.backend.markSeen(group, 0));
    if (line?.archived === true) this.layout.archiveOpen = true;
    if (this.group?.id === group) return;
    this.#leave();
    if (this.layout.panelIsDrawer) this.layout.panelOpen = false;
    this.group = this.#opened(group);
    await this.group.open();
  }

  /** A group: the open one, or one that is only read. */
  async openOrRead(group: string): Promise<OpenGroup> {
    if (this.group?.id === group) return this.group;
    const read = this.#opened(group);
    await read.look();
    return read;
  }

  #opened(group: string): OpenGroup {
    const summary = () => this.groups.find((candidate) => candidate.id === group);
    return new OpenGroup(
      this.backend,
      group,
      this.#drafts.composer(group),
      this.notices,
      summary,
      this.#places.get(group) ?? null,
    );
  }

  #leave(): void {
    const open = this.group;
    if (open === null) return;
    const place = open.leavingPlace();
    if (place === null) this.#places.delete(open.id);
    else this.#places.set(open.id, place);
    void this.#drafts.flush();
    open.close();
  }

  /** Alt+arrow: the group above or below, wrapping around. */
  step(by: 1 | -1): void {
    const groups = this.listed.flatMap((item) => (item.kind === 'group' ? [item.group] : []));
    if (groups.length === 0) return;
    const here = groups.findIndex((group) => group.id === this.group?.id);
    const start = here < 0 && by < 0 ? 0 : here;
    const next = groups[(start + by + groups.length) % groups.length];
    if (next !== undefined) void this.open(next.id);
  }

  /** Calls the engine without anyone waiting for it; shows a notice if it fails. */
  async attempt(call: () => Promise<void>): Promise<void> {
    try {
      await call();
    } catch (thrown) {
      this.notices.fail(thrown);
    }
  }

  quit(): void {
    void this.#drafts
      .flush()
      .then(() => this.backend.quit())
      .catch((thrown) => this.notices.fail(thrown));
  }

  closeDialog(): void {
    this.dialog = null;
  }

  /** After a group was deleted from this computer. */
  forgotten(group: string): void {
    this.#drafts.forget(group);
    this.#places.delete(group);
    if (this.group?.id !== group) return;
    this.group.close();
    this.group = null;
  }

  #heard(event: EngineEvent): void {
    const open = this.group;
    switch (event.kind) {
      case 'state':
        void this.#state.request();
        break;
      case 'groups':
        // Rare: a group was joined (perhaps again), created or deleted.
        void this.refreshGroups();
        open?.membershipChanged();
        break;
      case 'group':
        this.#stale.lines.add(event.group);
        void this.#list.request();
        break;
      case 'timeline':
        if (open?.id === event.group) open.timelineChanged();
        break;
      case 'membership':
        if (open?.id === event.group) open.membershipChanged();
        break;
      case 'notify':
        this.#notifier.heard(event.group, event.row);
        break;
    }
  }

  async #readState(): Promise<void> {
    try {
      const before = this.app?.state;
      const app = await this.backend.appState();
      this.#take(app);
      if (app.state === 'ready' && before !== 'ready') await this.#readAll();
    } catch (thrown) {
      this.fault = errorWords(asApiError(thrown));
    }
  }

  /** An account was opened: reads what belongs to it. */
  async #readAll(): Promise<void> {
    await Promise.all([this.choices.read(), this.refreshGroups()]);
  }

  async #readList(): Promise<void> {
    if (this.account === null) return;
    const { all, lines } = this.#stale;
    this.#stale = { all: false, lines: new Set() };
    try {
      if (all || !this.groupsLoaded || lines.size > LINES_MAX) await this.#readGroups();
      else this.groups = withLines(this.groups, await this.#readLines(lines));
    } catch (thrown) {
      // What was not read is read at the next opportunity.
      this.#stale.all = true;
      this.notices.fail(thrown);
      return;
    }
    this.#tellTray();
    this.group?.lineChanged();
  }

  async #readGroups(): Promise<void> {
    const groups = await this.backend.groups();
    const first = !this.groupsLoaded;
    this.groups = groups;
    this.groupsLoaded = true;
    if (!first || this.group !== null) return;
    const open = groups.filter((group) => !group.archived);
    const newest = open.find((group) => open.every((other) => other.activityMs <= group.activityMs));
    if (newest === undefined) return;
    // Nobody asked for it: settings that were opened meanwhile stay.
    const { settings } = this;
    void this.open(newest.id);
    this.settings = settings;
  }

  async #readLines(ids: ReadonlySet<string>): Promise<Map<string, GroupSummary | null>> {
    const read = async (id: string): Promise<GroupSummary | null> => {
      try {
        return await this.backend.groupSummary(id);
      } catch (thrown) {
        if (asApiError(thrown).code === 'noSuchGroup') return null;
        throw thrown;
      }
    };
    return new Map(await Promise.all([...ids].map(async (id) => [id, await read(id)] as const)));
  }

  #tellTray(): void {
    const label = badgeLabel(this.unread, this.unseen);
    if (label === this.#badge) return;
    this.#badge = label;
    // A desktop without a tray is no error.
    this.backend.setBadge(this.unread, this.unseen, label).catch(() => {});
  }
}

const KEY = Symbol('session');

/** For `mount`: provides the session to every component. */
export function sessionContext(session: Session): Map<unknown, unknown> {
  return new Map([[KEY, session]]);
}

export function useSession(): Session {
  return getContext<Session>(KEY);
}

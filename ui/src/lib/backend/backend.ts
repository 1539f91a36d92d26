/**
 * The one door between the window and the engine. Everything the window knows comes through here, so that it runs the
 * same over Tauri and over the in-memory backend of the tests.
 */
import type {
  Account,
  AppState,
  Draft,
  DraftToKeep,
  Error as ApiError,
  Event as EngineEvent,
  GroupDetail,
  GroupSummary,
  Invitation,
  KeptDraft,
  LogExport,
  LogPage,
  LogQuery,
  NewAccount,
  Person,
  Roster,
  ServiceOffer,
  Settings,
  ShellInfo,
  TextFormat,
  TimelinePage,
  TimelineQuery,
} from '../bindings';

/** Every promise rejects with an `api::Error` object; `asApiError` makes sure of it. */
export interface Backend {
  appState(): Promise<AppState>;
  unlock(): Promise<AppState>;
  /** Tries the service now, or makes sure that a line that stands is not a dead one. */
  reconnect(): Promise<void>;
  serviceOffers(): Promise<ServiceOffer[]>;
  createAccount(account: NewAccount): Promise<Account>;
  /** What the account’s person is called from now on. */
  setName(name: string): Promise<Account>;
  /** Deletes the account of this login for good, and tells how the app stands then. */
  deleteAccount(handle: string): Promise<AppState>;
  /** The link that invites to the account’s service; none where nobody from elsewhere can come. */
  invitation(): Promise<string | null>;
  /** What an invitation says. */
  readInvitation(link: string): Promise<Invitation>;
  lookUp(handle: string): Promise<Person>;

  groups(): Promise<GroupSummary[]>;
  groupSummary(group: string): Promise<GroupSummary>;
  group(group: string): Promise<GroupDetail>;
  roster(group: string, limit: number): Promise<Roster>;
  timeline(group: string, query: TimelineQuery): Promise<TimelinePage>;
  membershipLog(group: string, query: LogQuery): Promise<LogPage>;

  createGroup(name: string, people: string[]): Promise<string>;
  addPeople(group: string, handles: string[]): Promise<void>;
  removePerson(group: string, user: string): Promise<void>;
  renameGroup(group: string, name: string): Promise<void>;
  leaveGroup(group: string): Promise<void>;
  forgetGroup(group: string): Promise<void>;

  /** What was being written when the program last ended; null where nothing was. */
  draft(group: string): Promise<KeptDraft | null>;
  keepDraft(group: string, draft: DraftToKeep): Promise<void>;
  send(group: string, draft: Draft): Promise<string>;
  react(group: string, message: string, emoji: string, on: boolean): Promise<void>;
  edit(group: string, message: string, text: string, format: TextFormat): Promise<void>;
  delete(group: string, message: string): Promise<void>;
  retry(group: string, intent: string): Promise<void>;
  discard(group: string, intent: string): Promise<void>;
  markSeen(group: string, upToPosition: number): Promise<void>;
  /** All messages count as read; membership changes count until they were seen. */
  markRead(group: string): Promise<void>;
  /** Marks a group until it is looked at again. */
  markUnread(group: string): Promise<void>;
  pinGroup(group: string, on: boolean): Promise<void>;
  archiveGroup(group: string, on: boolean): Promise<void>;
  /** No notifications until then, null: as ever. */
  muteGroup(group: string, untilMs: number | null): Promise<void>;

  /**
   * Asks where to save, then writes there what of the log matches. The path, or null when the person thought better of
   * it. `fileName` is proposed, without its ending.
   */
  saveLog(group: string, query: LogQuery, format: LogExport, fileName: string): Promise<string | null>;
  /** The tray: how many messages are unread, and the words for it. */
  setBadge(unread: number, unseen: number, label: string): Promise<void>;
  /** The words of the tray's two actions. */
  setTrayWords(open: string, quit: string): Promise<void>;
  /** A desktop notification; a click on it comes back through `navigations`. */
  notify(title: string, body: string, group: string, sound: boolean): Promise<void>;
  /** Whether the desktop makes notifications heard. */
  notificationSounds(): Promise<boolean>;
  /** What the person chose about the app as a whole. */
  settings(): Promise<Settings>;
  setSettings(settings: Settings): Promise<void>;
  /** Rejects where the system does not start programs at login. */
  startsAtLogin(): Promise<boolean>;
  setStartsAtLogin(on: boolean): Promise<void>;
  /** The size of everything in the window; 1 is the normal one. */
  setZoom(factor: number): Promise<void>;
  /** Hands a web or mail address to the program that the system has for it. */
  openLink(url: string): Promise<void>;
  shellInfo(): Promise<ShellInfo>;
  /** Ends the program, window and tray. */
  quit(): Promise<void>;

  /** Calls back for each event until the returned function is called. */
  events(callback: (event: EngineEvent) => void): Promise<() => void>;
  /** Calls back with the group of a clicked notification. */
  navigations(callback: (group: string) => void): Promise<() => void>;
}

/** What a rejected call brought, as the engine's error. Anything else is a fault of ours. */
export function asApiError(thrown: unknown): ApiError {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string') {
    return thrown as ApiError;
  }
  return { code: 'internal', id: thrown instanceof globalThis.Error ? thrown.message : String(thrown) };
}

/**
 * Puts the engine's codes into words: fills templates, chooses plurals, names people. Sentences are built only here,
 * never in components.
 */
import type {
  Account,
  Error as ApiError,
  GroupHealth,
  GroupSummary,
  LastRow,
  MembershipChange,
  MembershipKind,
  Person,
  RowBody,
  FailReason,
  Service,
  WaitingChange,
} from '../bindings';
import { fullTime, locale, until } from './dates';
import { words } from './catalogue';
import type { Counted } from './forms';
import { isolated } from './isolate';

/** A part of a sentence; names are strong. */
export interface Segment {
  text: string;
  strong: boolean;
}

const plurals = new Intl.PluralRules(locale);
const numbers = new Intl.NumberFormat(locale);
const percents = new Intl.NumberFormat(locale, { style: 'percent' });
const lists = new Intl.ListFormat(locale, { type: 'conjunction' });

export function number(n: number): string {
  return numbers.format(n);
}

export function percent(n: number): string {
  return percents.format(n / 100);
}

/** "1 device", "2 devices". */
export function count(n: number, forms: Counted): string {
  return (plurals.select(n) === 'one' ? forms.one : forms.other).replace('#', number(n));
}

/** Fills in our own values, or those for programs: file names. `fill` is for people's text. */
export function fillPlain(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, key: string) => String(values[key] ?? whole));
}

/** Fills in values as bidi isolates, so that none can reverse the sentence around it. */
export function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  const apart = Object.entries(values).map(([key, value]) => [
    key,
    typeof value === 'number' ? value : isolated(value),
  ]);
  return fillPlain(template, Object.fromEntries(apart) as Record<string, string | number>);
}

/** Like `fill`, but returns the values separately, so that names can be set in bold. */
function segments(template: string, values: Readonly<Record<string, string>>, strong: readonly string[]): Segment[] {
  return template
    .split(/(\{\w+\})/)
    .filter((part) => part !== '')
    .map((part) => {
      const key = /^\{(\w+)\}$/.exec(part)?.[1];
      return key === undefined
        ? { text: part, strong: false }
        : { text: values[key] ?? part, strong: strong.includes(key) };
    });
}

export function join(names: readonly string[]): string {
  return lists.format(names.map(isolated));
}

/** A person's display name: the name they gave themselves, with the login if the name alone is ambiguous. */
export function called(person: Person): string {
  return person.alike ? known(person) : (person.name ?? person.handle);
}

/** Like `called`, but always with the login: for decisions about trust. Anyone can choose any name. */
export function known(person: Person): string {
  if (person.name === null || person.name === person.handle) return person.handle;
  return fill(words.common.nameAndLogin, { name: person.name, login: person.handle });
}

export function subject(person: Person | null, say = called): string {
  if (person === null) return words.common.someone;
  return person.me ? words.common.youSubject : say(person);
}

function object(person: Person | null, say = called): string {
  if (person === null) return words.common.someone;
  return person.me ? words.common.youObject : say(person);
}

/**
 * Of someone who leaves only the target is shown; the actor is whoever's app committed it, which means nothing to a
 * reader.
 */
function changeActor(kind: MembershipKind, actor: Person | null, target: Person | null): Person | null {
  return kind === 'left' ? (target ?? actor) : actor;
}

/** A membership change as a sentence, with its names separate. */
export function changeSegments(change: MembershipChange): Segment[] {
  const values = {
    actor: isolated(subject(changeActor(change.kind, change.actor, change.target), known)),
    target: isolated(object(change.target, known)),
    devices: count(change.devices, words.counts.devices),
    role: change.role === null ? words.newOwner : words.roles[change.role],
    name: isolated(change.name ?? ''),
  };
  return segments(words.changes[change.kind], values, ['actor', 'target', 'name']);
}

export function changeSentence(change: MembershipChange): string {
  return changeSegments(change)
    .map((segment) => segment.text)
    .join('');
}

/** Changes of who is here: a fold names these people. */
const aboutPeople: ReadonlySet<MembershipKind> = new Set<MembershipKind>(['added', 'removed', 'left', 'roleChanged']);

/** "2 people added (bob and carol), 1 key renewed", in the order of first appearance. */
export function foldedSentence(changes: readonly Pick<MembershipChange, 'kind' | 'target'>[]): string {
  const tally = new Map<MembershipKind, (Person | null)[]>();
  for (const { kind, target } of changes) tally.set(kind, [...(tally.get(kind) ?? []), target]);
  const part = (kind: MembershipKind, targets: readonly (Person | null)[]) => {
    const what = count(targets.length, words.folded[kind]);
    if (!aboutPeople.has(kind)) return what;
    return fill(words.foldedNames, { what, names: join([...new Set(targets.map((target) => object(target, known)))]) });
  };
  return [...tally].map(([kind, targets]) => part(kind, targets)).join(', ');
}

/** An engine error in words: what happened, what it means, what to do. */
export function errorWords(error: ApiError, service: Service | null = null): string {
  switch (error.code) {
    case 'serviceUnreachable':
      return service?.kind === 'local'
        ? fill(words.connection.localClosedError, { name: service.name })
        : words.errors.serviceUnreachable;
    case 'noSuchPerson':
    case 'noKeyPackage':
      return fill(words.errors[error.code], { handle: error.handle });
    case 'serviceRefused':
      return fill(words.errors.serviceRefused, { reason: error.reason });
    case 'serviceBusy':
      return fill(words.errors.serviceBusy, { wait: count(error.minutes, words.counts.minutes) });
    case 'nameTooLong':
      return nameTooLongWords(error.max);
    case 'tooLong':
    case 'tooMany':
      return fill(words.errors[error.code], { max: number(error.max) });
    case 'notAllowed':
      return words.refusals[error.why];
    case 'badInvitation':
      return words.badInvitations[error.why];
    case 'clockWrong':
      return fill(words.errors.clockWrong, { here: fullTime(error.hereMs), service: fullTime(error.serviceMs) });
    case 'serviceNotValidNow':
      return fill(words.errors.serviceNotValidNow, { here: fullTime(Date.now()) });
    case 'internal':
      return fill(words.errors.internal, { id: error.id });
    default:
      return words.errors[error.code];
  }
}

/** The length limit of a name. */
export function nameTooLongWords(max: number): string {
  return fill(words.errors.nameTooLong, { max: count(max, words.counts.letters) });
}

/** Why a service can't be used for the first time: unlike later, its address may be wrong. */
export function firstContactWords(error: ApiError, service: Service, inviter: string | null): string {
  if (error.code === 'wrongService' && inviter !== null) return fill(words.firstRun.otherKey, { name: inviter });
  if (error.code !== 'serviceUnreachable') return errorWords(error);
  if (service.kind === 'local') return fill(words.firstRun.localSilent, { name: service.name });
  return service.kind === 'server'
    ? fill(words.firstRun.nobodyAnswers, { host: hostOf(service.url) })
    : errorWords(error);
}

export function failureWords(failure: FailReason): string {
  return words.failures[failure];
}

export function changeFailedWords(what: MembershipKind, targets: readonly Person[]): string {
  return fill(words.changesFailed[what], {
    targets: join(targets.map((target) => subject(target, known))) || words.common.someone,
  });
}

/** A change that was requested and is not done: what it is waiting for, and what can be done. */
export function waitingWords({ what, targets, why }: WaitingChange): string {
  const named = (people: readonly Person[]) =>
    join(people.map((person) => object(person, known))) || words.common.someone;
  const change = fillPlain(words.waiting.changes[what], { targets: named(targets) });
  switch (why.reason) {
    case 'heldUp':
      return fillPlain(words.waiting.heldUp[why.cause], { change });
    case 'newKey':
      return fillPlain(words.waiting.for.newKey, { change, key: words.waiting.newKey[why.why] });
    case 'keyPackages':
      return fillPlain(why.putOff ? words.waiting.keyPackagesPutOff : words.waiting.for.keyPackages, {
        change,
        people: named(why.people),
      });
    default:
      return fillPlain(words.waiting.for[why.reason], { change });
  }
}

/** The title of a row that is neither a message nor a change. */
export function plainTitle(body: RowBody): string {
  switch (body.kind) {
    case 'unreadable':
      if (body.cause === 'missing') return words.message.missing;
      if (body.cause === 'setBack') return words.message.setBack;
      return body.sender === null
        ? words.message.unreadableUnknown
        : fill(words.message.unreadable, { sender: subject(body.sender) });
    case 'needsSetup':
      return words.message.needsSetup;
    case 'changeFailed':
      return changeFailedWords(body.what, body.targets);
    case 'message':
    case 'membership':
      return '';
  }
}

/** The full text of such a row. */
export function plainSentence(body: RowBody): string {
  const title = plainTitle(body);
  switch (body.kind) {
    case 'unreadable':
      return `${title}. ${words.unreadable[body.cause]}`;
    case 'needsSetup':
      return `${title}. ${words.message.needsSetupWhat}`;
    case 'changeFailed':
      return `${title}. ${failureWords(body.failure)}`;
    case 'message':
    case 'membership':
      return title;
  }
}

export function healthBand(health: GroupHealth): string {
  switch (health.state) {
    case 'catchingUp':
      return fill(words.health.band.catchingUp, { done: number(health.done), total: number(health.total) });
    case 'removed':
      return health.by === null
        ? words.health.removedBySomeone
        : fill(words.health.band.removed, { by: subject(health.by, known) });
    case 'quarantined':
      return words.health.pausedBy[health.cause];
    case 'notFollowed':
      return words.health.notFollowed[health.why];
    default:
      return words.health.band[health.state];
  }
}

/** The second line of a group in the list. `waits`: a change of this user has been waiting for a while. */
export function lastLine(
  { health, last, draft }: Pick<GroupSummary, 'health' | 'last' | 'draft'>,
  waits = false,
): string {
  if (health.state === 'catchingUp') {
    return fill(words.health.line.catchingUp, { done: number(health.done), total: number(health.total) });
  }
  const line: string = words.health.line[health.state];
  if (line !== '') return line;
  if (waits) return words.groups.changeWaits;
  if (draft !== null)
    return draft.trim() === '' ? words.groups.draftAnswer : fill(words.groups.draft, { text: draft.trim() });
  if (last === null) return words.groups.noRows;
  switch (last.kind) {
    case 'message':
      return lastMessageLine(last);
    case 'membership':
      return fill(words.changesShort[last.change], {
        actor: subject(changeActor(last.change, last.actor, last.target)),
        target: object(last.target),
      });
    case 'other':
      return words.groups.lastOther;
  }
}

function lastMessageLine(last: Extract<LastRow, { kind: 'message' }>): string {
  const text = last.text ?? words.groups.lastDeleted;
  if (last.state.state === 'failed') return fill(words.groups.lastFailed, { text });
  if (last.state.state === 'queued') return fill(words.groups.lastQueued, { text });
  if (last.sender.me) return fill(words.groups.lastYou, { text });
  return fill(words.groups.lastMessage, { sender: called(last.sender), text });
}

/** The line below one's own name. */
export function connectionLine(account: Account, now: number): string {
  const { connection, service } = account;
  switch (connection.state) {
    case 'connecting':
      return words.connection.connecting;
    case 'unreachable':
      if (connection.retryAtMs <= now + 500) return words.connection.unreachableNow;
      return service.kind === 'local'
        ? fill(words.connection.localClosed, { name: service.name })
        : fill(words.connection.unreachable, { when: until(connection.retryAtMs, now) });
    case 'wrongService':
      return words.connection.wrongService;
    case 'connected':
      switch (service.kind) {
        case 'own':
          return words.connection.own;
        case 'local':
          return fill(words.connection.local, { name: service.name });
        case 'server':
          return fill(words.connection.server, { host: hostOf(service.url) });
      }
  }
}

/** If nobody can be invited, the same place says how others reach this account. */
export function inviteLabel(service: Service, invite: string): string {
  return service.kind === 'server' ? invite : words.invite.here;
}

/** How others reach this account and it reaches them, by its service. `profile` is none for the default one. */
export function reachWords(service: Service, profile: string | null): string[] {
  switch (service.kind) {
    case 'own':
      return [
        fill(words.reach.own, {
          profile: fill(words.firstRun.local, { name: profile ?? words.account.defaultProfile }),
        }),
        words.reach.here,
      ];
    case 'local':
      return [fill(words.reach.local, { name: service.name }), words.reach.here];
    case 'server':
      return [fill(words.reach.server, { host: hostOf(service.url) }), words.reach.serverMore];
  }
}

/** What deleting this account means. */
export function deletionWords({ handle, service }: Account): string[] {
  const always = [words.deleteAccount.here, words.deleteAccount.groups, words.deleteAccount.kept];
  switch (service.kind) {
    case 'own':
      return [...always, words.deleteAccount.service];
    case 'local':
      return [...always, fill(words.deleteAccount.loginLocal, { handle, name: service.name })];
    case 'server':
      return [...always, fill(words.deleteAccount.loginServer, { handle, host: hostOf(service.url) })];
  }
}

/** The host of an address as people type it: without `https://`. */
export function hostOf(url: string): string {
  try {
    return new URL(url.includes('://') ? url : `https://${url}`).host;
  } catch {
    return url;
  }
}

/** The tray's label. */
export function badgeLabel(unread: number, unseen: number): string {
  const parts = [];
  if (unread > 0) parts.push(count(unread, words.counts.unread));
  if (unseen > 0) parts.push(count(unseen, words.counts.unseen));
  return parts.length === 0 ? words.badge.none : parts.join(', ');
}

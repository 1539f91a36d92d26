import { describe, expect, it } from 'vitest';
import type {
  Error as ApiError,
  GroupHealth,
  LastRow,
  MembershipChange,
  MembershipKind,
  NewKeyWaits,
  NotFollowed,
  Refusal,
  WaitingFor,
} from '../bindings';
import { someone } from '../timeline/rows.fixture';
import { words } from './catalogue';
import {
  badgeLabel,
  called,
  changeFailedWords,
  changeSegments,
  changeSentence,
  connectionLine,
  count,
  errorWords,
  fill,
  foldedSentence,
  healthBand,
  known,
  lastLine,
  waitingWords,
} from './say';

const bob = someone('bob');
const dave = someone('dave');
const me = someone('alice', true);
const change = (kind: MembershipKind, more: Partial<MembershipChange> = {}): MembershipChange => ({
  kind,
  actor: bob,
  target: dave,
  devices: 2,
  epoch: 41,
  atMs: 0,
  name: null,
  role: null,
  ...more,
});
const kinds = Object.keys(words.changes) as MembershipKind[];

/** Exhaustive by type: a new code has to be added here too. */
const errors: { [Code in ApiError['code']]: Extract<ApiError, { code: Code }> } = {
  noAccount: { code: 'noAccount' },
  accountExists: { code: 'accountExists' },
  badHandle: { code: 'badHandle' },
  handleTaken: { code: 'handleTaken' },
  noSuchPerson: { code: 'noSuchPerson', handle: 'zoe' },
  noKeyPackage: { code: 'noKeyPackage', handle: 'zoe' },
  otherAccount: { code: 'otherAccount' },
  noSuchHost: { code: 'noSuchHost' },
  notAService: { code: 'notAService' },
  untrustedService: { code: 'untrustedService' },
  serviceNotValidNow: { code: 'serviceNotValidNow' },
  clockWrong: { code: 'clockWrong', hereMs: 1_800_000_000_000, serviceMs: 1_800_090_000_000 },
  badInvitation: { code: 'badInvitation', why: 'damaged' },
  serviceUnreachable: { code: 'serviceUnreachable' },
  serviceBusy: { code: 'serviceBusy', minutes: 5 },
  wrongService: { code: 'wrongService' },
  badServiceUrl: { code: 'badServiceUrl' },
  serviceRefused: { code: 'serviceRefused', reason: 'too many' },
  keychainLocked: { code: 'keychainLocked' },
  noSuchGroup: { code: 'noSuchGroup' },
  noSuchMessage: { code: 'noSuchMessage' },
  notAllowed: { code: 'notAllowed', why: 'mayNotAdd' },
  notAMember: { code: 'notAMember' },
  groupBroken: { code: 'groupBroken' },
  nameTooLong: { code: 'nameTooLong', max: 64 },
  tooLong: { code: 'tooLong', max: 65_536 },
  empty: { code: 'empty' },
  notAReaction: { code: 'notAReaction' },
  tooMany: { code: 'tooMany', max: 100 },
  diskUnavailable: { code: 'diskUnavailable' },
  closing: { code: 'closing' },
  internal: { code: 'internal', id: 'f00d' },
};

const healths: { [State in GroupHealth['state']]: Extract<GroupHealth, { state: State }> } = {
  creating: { state: 'creating' },
  healthy: { state: 'healthy' },
  catchingUp: { state: 'catchingUp', done: 214, total: 1_030 },
  leaving: { state: 'leaving' },
  left: { state: 'left' },
  removed: { state: 'removed', by: bob },
  broken: { state: 'broken', cause: 'diverged' },
  quarantined: { state: 'quarantined', cause: 'fault' },
  behind: { state: 'behind' },
  notFollowed: { state: 'notFollowed', why: 'awayTooLong' },
};

const waits: { [Reason in WaitingFor['reason']]: Extract<WaitingFor, { reason: Reason }> } = {
  connection: { reason: 'connection' },
  wrongService: { reason: 'wrongService' },
  notFollowed: { reason: 'notFollowed', why: 'awayTooLong' },
  heldUp: { reason: 'heldUp', cause: 'fault' },
  creation: { reason: 'creation' },
  log: { reason: 'log' },
  newKey: { reason: 'newKey', why: 'underWay' },
  keyPackages: { reason: 'keyPackages', people: [dave], putOff: false },
  turn: { reason: 'turn' },
  answer: { reason: 'answer' },
  busy: { reason: 'busy' },
};

/** A sentence for a person: complete, without blame or shouting. */
function isSentence(text: string): void {
  expect(text).not.toMatch(/[{}]/);
  expect(text).not.toContain('undefined');
  expect(text).not.toContain('!');
  expect(text).toMatch(/^\S.*[.]$/);
}

describe('people', () => {
  const zoe = { ...someone('zoe.2'), name: 'Zoë' };

  it('are called by their names, with the login where that is not enough', () => {
    expect(called(bob)).toBe('bob');
    expect(called(zoe)).toBe('Zoë');
    expect(called({ ...zoe, alike: true })).toBe('Zoë (zoe.2)');
    expect(called({ ...bob, name: 'bob', alike: true })).toBe('bob');
  });

  it('are known by their logins where trust is decided', () => {
    expect(known(bob)).toBe('bob');
    expect(known(zoe)).toBe('Zoë (zoe.2)');
    expect(known({ ...bob, name: 'bob' })).toBe('bob');
  });
});

describe('errors', () => {
  it.each(Object.values(errors))('$code has words', (error) => isSentence(errorWords(error)));
  it.each(Object.keys(words.refusals) as Refusal[])('refusal %s has words', (why) =>
    isSentence(errorWords({ code: 'notAllowed', why })),
  );
  it('names whom it is about', () => {
    expect(errorWords(errors.noSuchPerson)).toContain('zoe');
    expect(errorWords(errors.tooLong)).toContain(new Intl.NumberFormat().format(65_536));
  });
});

describe('membership changes', () => {
  it.each(kinds)('%s is a whole sentence, also without people', (kind) => {
    for (const actor of [bob, me, null]) {
      for (const target of [dave, me, null]) {
        const said = changeSentence(change(kind, { actor, target, name: 'New name', role: 'admin' }));
        expect(said).not.toMatch(/[{}]|null|undefined/);
        expect(said.length).toBeGreaterThan(8);
      }
    }
  });

  it('says who did what to whom', () => {
    expect(changeSentence(change('added'))).toBe('bob added dave with 2 devices');
    expect(changeSentence(change('added', { actor: me, devices: 1 }))).toBe('You added dave with 1 device');
    expect(changeSentence(change('removed', { target: me }))).toBe('bob removed you');
    expect(changeSentence(change('left', { actor: bob, target: dave }))).toBe('dave left the group');
    expect(changeSentence(change('roleChanged', { role: 'owner' }))).toBe('bob made dave owner');
    expect(changeSentence(change('renamed', { name: 'Quay' }))).toBe('bob renamed the group to Quay');
    expect(changeSentence(change('removed', { actor: null }))).toBe('Someone removed dave');
  });

  it('sets names apart', () => {
    expect(
      changeSegments(change('added'))
        .filter((part) => part.strong)
        .map((part) => part.text),
    ).toEqual(['bob', 'dave']);
  });

  it('a name that looks like a template stays a name', () => {
    const odd = { ...bob, handle: '{target}' };
    expect(changeSentence(change('added', { actor: odd }))).toBe('{target} added dave with 2 devices');
  });

  it('tells who it was by the login, whatever they call themselves', () => {
    const eve = { ...someone('eve'), name: 'bob' };
    expect(changeSentence(change('added', { actor: eve }))).toBe('bob (eve) added dave with 2 devices');
    expect(foldedSentence([{ kind: 'added', target: eve }])).toBe('1 person added (bob (eve))');
    expect(changeFailedWords('removed', [eve])).toContain('bob (eve)');
    expect(healthBand({ state: 'removed', by: eve })).toContain('bob (eve)');
  });

  it('a name of another direction leaves the sentence as it is', () => {
    const dawud = { ...someone('dawud'), name: '\u062f\u0627\u0648\u062f' };
    expect(changeSentence(change('removed', { target: dawud }))).toBe(
      'bob removed \u2068\u2068\u062f\u0627\u0648\u062f\u2069 (dawud)\u2069',
    );
  });

  it('counts what is folded', () => {
    const of = (...all: MembershipKind[]) => all.map((kind, i) => ({ kind, target: someone(`p${i}`) }));
    const folded = of('added', 'added', 'keyRotated', 'removed', 'added', 'left');
    expect(foldedSentence(folded)).toBe(
      '3 people added (p0, p1, and p4), 1 new signature key, 1 removed (p3), 1 left (p5)',
    );
    for (const kind of kinds) expect(foldedSentence(of(kind, kind))).toMatch(/2/);
  });

  it.each(kinds)('a failed %s is named with its targets', (kind) => {
    expect(changeFailedWords(kind, [dave])).not.toMatch(/[{}]/);
  });
});

describe('groups', () => {
  it.each(Object.values(healths))('$state has a face', (health) => {
    const band = healthBand(health);
    if (health.state === 'healthy') expect(band).toBe('');
    else isSentence(band);
    expect(lastLine({ health, last: null, draft: null })).not.toBe('');
  });

  it.each(['keychain', 'disk'] as const)('paused by the %s says what to do', (cause) => {
    const band = healthBand({ state: 'quarantined', cause });
    isSentence(band);
    expect(band).not.toBe(healthBand(healths.quarantined));
    expect(band).toContain('nothing is lost');
  });

  it('tells progress in numbers', () => {
    expect(lastLine({ health: healths.catchingUp, last: null, draft: null })).toBe(
      `Catching up, 214 of ${new Intl.NumberFormat().format(1_030)}`,
    );
  });

  it('previews the newest row', () => {
    const message = (more: Partial<Extract<LastRow, { kind: 'message' }>>): LastRow => ({
      kind: 'message',
      atMs: 0,
      sender: bob,
      text: 'hi',
      state: { state: 'received' },
      ...more,
    });
    const line = (last: LastRow) => lastLine({ health: healths.healthy, last, draft: null });
    expect(line(message({}))).toBe('bob: hi');
    expect(line(message({ sender: me, state: { state: 'sent' } }))).toBe('You: hi');
    expect(line(message({ sender: me, state: { state: 'queued' } }))).toBe('Waiting: hi');
    expect(line(message({ sender: me, state: { state: 'failed', intent: 'i', failure: 'refused' } }))).toBe(
      'Not sent: hi',
    );
    expect(line(message({ text: null }))).toBe('bob: Message deleted');
    for (const kind of kinds)
      expect(line({ kind: 'membership', atMs: 0, change: kind, actor: bob, target: dave })).not.toMatch(/[{}]/);
    expect(line({ kind: 'membership', atMs: 0, change: 'added', actor: bob, target: me })).toBe('bob added you');
    const drafted = (draft: string) => lastLine({ health: healths.healthy, last: message({}), draft });
    expect(drafted(' see you ')).toBe('Draft: see you');
    expect(drafted('')).toBe('Draft: a reply');
  });
});

describe('a change that waits', () => {
  const waiting = (why: WaitingFor, what: MembershipKind = 'added', targets = [dave]) =>
    waitingWords({ what, targets, sinceMs: 0, why });

  it.each(Object.values(waits))('for $reason says what for', (why) => {
    for (const kind of kinds) isSentence(waiting(why, kind));
    for (const kind of kinds) isSentence(waiting(why, kind, []));
  });

  it.each(Object.keys(words.waiting.newKey) as NewKeyWaits[])('for a new key (%s) says what that waits for', (why) => {
    isSentence(waiting({ reason: 'newKey', why }));
    expect(waiting({ reason: 'newKey', why })).toContain(words.waiting.newKey[why]);
  });

  it('says what happened, what it means and what to do', () => {
    expect(waiting(waits.connection, 'added', [bob])).toBe(
      'Adding bob is waiting for a connection to the service. It will continue by itself.',
    );
    expect(waiting(waits.answer, 'renamed', [])).toBe(
      'Renaming the group is waiting for the service to confirm it. It will continue by itself.',
    );
    for (const cause of ['keychain', 'disk'] as const)
      expect(waiting({ reason: 'heldUp', cause })).not.toBe(waiting(waits.heldUp));
    expect(waiting({ ...waits.keyPackages, putOff: true })).toContain('the keys needed to add dave');
    expect(waiting({ ...waits.keyPackages, putOff: true })).not.toBe(waiting(waits.keyPackages));
  });

  it('names people by what is known of them for certain', () => {
    const eve = { ...someone('eve'), name: 'bob' };
    expect(waiting(waits.connection, 'removed', [eve, dave])).toContain('Removing bob (eve) and dave is waiting');
  });

  it('is in the list where nothing worse is', () => {
    const line = (health: GroupHealth) => lastLine({ health, last: null, draft: 'half a word' }, true);
    expect(line(healths.healthy)).toBe(words.groups.changeWaits);
    expect(line(healths.leaving)).toBe(words.health.line.leaving);
  });
});

describe('small words', () => {
  it('chooses the plural', () => {
    expect(count(1, words.counts.devices)).toBe('1 device');
    expect(count(0, words.counts.devices)).toBe('0 devices');
    expect(count(7, words.counts.devices)).toBe('7 devices');
  });

  it('leaves a blank that nothing fills visible to tests', () => expect(fill('{a} {b}', { a: 1 })).toBe('1 {b}'));

  it('labels the tray', () => {
    expect(badgeLabel(0, 0)).toBe('Nothing unread');
    expect(badgeLabel(3, 1)).toBe('3 unread messages, 1 membership change not seen yet');
  });

  it('says how the connection stands', () => {
    const account = {
      user: me.user,
      name: 'Alice',
      handle: 'alice',
      domain: 'x.local',
      device: '00',
      service: { kind: 'own' as const },
      invitedBy: null,
    };
    const line = (
      connection: Parameters<typeof connectionLine>[0]['connection'],
      service: Parameters<typeof connectionLine>[0]['service'] = account.service,
    ) => connectionLine({ ...account, service, connection }, 1_000);
    expect(line({ state: 'connected' })).toBe('Connected, on this computer');
    expect(line({ state: 'connected' }, { kind: 'local', name: 'bob' })).toBe('Connected through bob');
    expect(line({ state: 'connected' }, { kind: 'server', url: 'https://chat.example:8443' })).toBe(
      'Connected to chat.example:8443',
    );
    expect(line({ state: 'unreachable', retryAtMs: 13_000 })).toBe('Reconnecting in 12 seconds');
    expect(line({ state: 'unreachable', retryAtMs: 900 })).toBe('Reconnecting…');
    const bob = { kind: 'local' as const, name: 'bob' };
    expect(line({ state: 'unreachable', retryAtMs: 13_000 }, bob)).toMatch(/bob.? is not open/);
    expect(errorWords({ code: 'serviceUnreachable' }, bob)).toMatch(/bob.? is not open on this computer/);
    expect(errorWords({ code: 'serviceUnreachable' }, { kind: 'own' })).toMatch(/can’t be reached/);
  });

  it.each(Object.keys(words.health.notFollowed) as NotFollowed[])(
    'a group that can’t be followed (%s) says what to do',
    (why) => isSentence(healthBand({ state: 'notFollowed', why })),
  );
});

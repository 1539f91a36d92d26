/** Groups to look at while working on the window, one for each face a group can have. All names are invented. */
import type { Person } from '../../bindings';
import { FakeGroup, QUEUE_POSITION, hex } from './group';

export const DOMAIN = 'harbour.local';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function person(handle: string, me = false): Person {
  return { user: `mimi://${DOMAIN}/u/${handle}`, handle, name: null, alike: false, me };
}

/** Who can be added; `nadia` exists but has no key package. */
export const HANDLES = [
  'bob',
  'carol',
  'dave',
  'erin',
  'frank',
  'grace',
  'heidi',
  'ivan',
  'judy',
  'mallory',
  'nadia',
  'oscar',
];

export function sampleGroups(me: Person, now: number): FakeGroup[] {
  const noon = new Date(now);
  noon.setHours(14, 40, 0, 0);
  const base = Math.min(noon.getTime(), now);
  return [
    harbour(me, base),
    orchestra(me, base - 3 * HOUR),
    fullChoir(me, base - 5 * HOUR),
    flat(me, base - 2 * DAY),
    reading(me, base - 3 * DAY),
    ...endings(me, base - 6 * DAY),
  ];
}

function harbour(me: Person, now: number): FakeGroup {
  const group = new FakeGroup('a1'.repeat(16), 'Harbour board', me);
  const [bob, carol, dave, erin] = ['bob', 'carol', 'dave', 'erin'].map((name) => person(name)) as [
    Person,
    Person,
    Person,
    Person,
  ];
  group.epoch = 36;
  group.change({ kind: 'created', actor: bob, target: bob, role: 'owner' }, now - 9 * DAY);
  group.change({ kind: 'added', actor: bob, target: me, role: 'admin' }, now - 9 * DAY + MINUTE);
  group.change({ kind: 'added', actor: bob, target: carol, devices: 2, role: 'admin' }, now - 9 * DAY + 2 * MINUTE);
  group.message(
    bob,
    'Welcome. This is the room for berths, dues and the *occasional* storm.',
    now - 9 * DAY + 5 * MINUTE,
  );
  group.change({ kind: 'added', actor: carol, target: erin }, now - DAY - 4 * HOUR);
  group.message(
    erin,
    'Thanks for having me. Two things from the pilots:\n\n- the **north light** is out again\n- `VHF 12` is noisy after dark\n\n> Repairs are planned for Thursday',
    now - DAY - 3 * HOUR,
  );
  group.message(me, 'Noted. I pass it on.', now - DAY - 3 * HOUR + 2 * MINUTE);
  const tide = group.message(
    carol,
    'The tide tables for March are at https://tides.example.org/march. Can somebody check berth four?',
    now - 38 * MINUTE,
  );
  const tideMessage = tide.body.kind === 'message' ? tide.body.message : '';
  group.message(me, 'On it. It silts up again, we have two metres at low water.', now - 35 * MINUTE, {
    replyTo: { message: tideMessage, sender: carol, text: 'Can somebody check berth four?' },
    reactions: [{ emoji: '🙏', people: [carol, bob], mine: false }],
  });
  group.message(me, 'I can take the boat out tomorrow before ten.', now - 34 * MINUTE, { edited: true });
  group.message(bob, 'מחר ב־9 במזח הצפוני?', now - 31 * MINUTE);
  group.markSeen(QUEUE_POSITION - 1);
  group.change({ kind: 'added', actor: bob, target: dave, devices: 2 }, now - 20 * MINUTE);
  group.message(dave, 'Hello everyone, glad to be in.', now - 16 * MINUTE, {
    reactions: [{ emoji: '👋', people: [me, bob, carol], mine: true }],
  });
  group.change({ kind: 'keyRotated', actor: carol, target: carol }, now - 12 * MINUTE);
  group.message(
    bob,
    'The berth plan is final. Please look it over before Friday, then I send it to the council.',
    now - 8 * MINUTE,
  );
  return group;
}

const LINES = [
  'Bar 64 again, please.',
  'Who has the second trombone part?',
  'Rehearsal starts at half past seven.',
  'I will be ten minutes late.',
  'The hall is booked until ten.',
  'Can we take the scherzo a little slower?',
  'Mutes for the last page.',
  'Parking is behind the church this time.',
  'Great evening, thank you all.',
  'New parts are in the cupboard. They are **double sided**, so bring clips.',
];

/** A long history, for the virtual list. */
function orchestra(me: Person, now: number): FakeGroup {
  const group = new FakeGroup('b2'.repeat(16), 'Orchestra, brass', me);
  const players = ['grace', 'ivan', 'judy', 'heidi'].map((name) => person(name));
  const start = now - 40 * DAY;
  group.change({ kind: 'created', actor: me, target: me, role: 'owner' }, start);
  for (const player of players) group.change({ kind: 'added', actor: me, target: player }, start + MINUTE);
  for (let i = 0; i < 2_000; i++) {
    const sender = i % 7 === 3 ? me : (players[(i >> 1) % players.length] ?? me);
    group.message(sender, `${LINES[i % LINES.length] ?? ''} (${i + 1})`, start + HOUR + i * 28 * MINUTE);
    if (i % 400 === 399)
      group.change({ kind: 'keyRotated', actor: sender, target: sender }, start + HOUR + i * 28 * MINUTE);
  }
  group.markSeen(QUEUE_POSITION - 1);
  for (let i = 0; i < 7; i++)
    group.message(players[i % 2] ?? me, LINES[(i * 3) % LINES.length] ?? '', now - (7 - i) * MINUTE);
  return group;
}

/** Many people, and many changes at once. */
function fullChoir(me: Person, now: number): FakeGroup {
  const group = new FakeGroup('c3'.repeat(16), 'City choir', me);
  const grace = person('grace');
  group.change({ kind: 'created', actor: grace, target: grace, role: 'owner' }, now - DAY);
  group.change({ kind: 'added', actor: grace, target: me }, now - DAY);
  group.message(grace, 'I add the sopranos now.', now - HOUR);
  group.markSeen(QUEUE_POSITION - 1);
  for (let i = 1; i <= 12; i++)
    group.change(
      { kind: 'added', actor: grace, target: person(`soprano.${i}`), devices: 1 + (i % 2) },
      now - 50 * MINUTE,
    );
  group.change({ kind: 'removed', actor: grace, target: person('soprano.3') }, now - 45 * MINUTE);
  group.change({ kind: 'left', actor: person('soprano.5'), target: person('soprano.5') }, now - 44 * MINUTE);
  group.message(person('soprano.1'), 'That was quick. Thank you.', now - 40 * MINUTE);
  return group;
}

function flat(me: Person, now: number): FakeGroup {
  const group = new FakeGroup('d4'.repeat(16), 'Flat 12', me);
  const heidi = person('heidi');
  group.change({ kind: 'created', actor: me, target: me, role: 'owner' }, now - 30 * DAY);
  group.change({ kind: 'added', actor: me, target: heidi }, now - 30 * DAY);
  group.change({ kind: 'added', actor: me, target: person('ivan') }, now - 30 * DAY);
  group.message(heidi, 'The boiler is fixed.', now - 2 * HOUR);
  const failed = group.addQueued(
    {
      kind: 'message',
      message: hex('failed', 64),
      sender: me,
      body: { type: 'text', text: 'Then I turn the heating on again.', format: 'plain' },
      replyTo: null,
      reactions: [],
      edited: false,
      state: { state: 'failed', intent: hex('intent', 32), failure: 'tooManyAttempts' },
    },
    now - HOUR,
  );
  group.add({ kind: 'unreadable', sender: heidi, cause: 'senderGone' }, now - 50 * MINUTE);
  group.add({ kind: 'unreadable', sender: null, cause: 'damaged' }, now - 49 * MINUTE);
  group.add(
    {
      kind: 'changeFailed',
      intent: hex('intent2', 32),
      what: 'added',
      targets: [person('nadia')],
      failure: 'badKeyPackage',
    },
    now - 48 * MINUTE,
  );
  group.message(person('ivan'), 'gone', now - 30 * MINUTE, { body: { type: 'deleted' } });
  group.message(person('ivan'), '', now - 29 * MINUTE, { body: { type: 'unknown', contentType: 'image/avif' } });
  group.markSeen(QUEUE_POSITION - 1);
  group.change({ kind: 'left', actor: heidi, target: heidi }, now - 10 * MINUTE);
  group.rows = [...group.rows.filter((row) => row !== failed), failed];
  return group;
}

function reading(me: Person, now: number): FakeGroup {
  const group = new FakeGroup('e5'.repeat(16), 'Reading circle', me);
  group.change({ kind: 'created', actor: person('judy'), target: person('judy'), role: 'owner' }, now - 20 * DAY);
  group.change({ kind: 'added', actor: person('judy'), target: me }, now - 20 * DAY);
  group.message(person('judy'), 'Chapters four to six for Monday.', now);
  group.markSeen(QUEUE_POSITION - 1);
  group.health = { state: 'catchingUp', done: 214, total: 1_030 };
  return group;
}

/** Groups that are over or in trouble. */
function endings(me: Person, now: number): FakeGroup[] {
  const mallory = person('mallory');
  const make = (n: number, name: string) => {
    const group = new FakeGroup(`f${n}`.repeat(16), name, me);
    group.change({ kind: 'created', actor: mallory, target: mallory, role: 'owner' }, now - 50 * DAY);
    group.change({ kind: 'added', actor: mallory, target: me }, now - 50 * DAY);
    group.message(mallory, 'Notes from the last meeting are out.', now - n * DAY);
    return group;
  };
  const removed = make(1, 'Market stall');
  removed.change({ kind: 'removed', actor: mallory, target: me }, now - DAY);
  const left = make(2, 'Old school');
  left.change({ kind: 'left', actor: mallory, target: me }, now - 2 * DAY);
  const leaving = make(3, 'Book club');
  leaving.health = { state: 'leaving' };
  const broken = make(4, 'Allotment');
  broken.health = { state: 'broken', cause: 'diverged' };
  broken.add({ kind: 'needsSetup', cause: 'diverged' }, now - 4 * DAY);
  const paused = make(5, 'Road watch');
  paused.health = { state: 'quarantined', cause: 'keychain' };
  const creating = new FakeGroup('f6'.repeat(16), 'Summer camp', me);
  creating.change({ kind: 'created', actor: me, target: me, role: 'owner' }, now - 6 * DAY);
  creating.health = { state: 'creating' };
  const all = [removed, left, leaving, broken, paused, creating];
  for (const group of all) group.markSeen(QUEUE_POSITION - 1);
  return all;
}

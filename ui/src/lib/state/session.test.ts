import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../backend/fake/engine';
import { person } from '../backend/fake/sample';
import { rowsOf, buildItems } from '../timeline/items';
import { attention } from './attention.svelte';
import { Session } from './session.svelte';

let engine: FakeEngine;
let session: Session;
let stop: () => void;

async function start(scene: ConstructorParameters<typeof FakeEngine>[0] = 'ready'): Promise<void> {
  engine = new FakeEngine(scene);
  session = new Session(engine.backend());
  stop = await session.start();
  await settle();
}

const settle = () => vi.advanceTimersByTimeAsync(2_000);
const summary = (name: string) => session.groups.find((group) => group.name === name);

beforeEach(() => {
  vi.useFakeTimers();
  attention.active = true;
  return () => {
    stop();
    vi.useRealTimers();
  };
});

describe('entering', () => {
  it.each([
    'firstRun',
    'keychainLocked',
    'storeDamaged',
    'profileInUse',
    'storeTooNew',
    'diskUnavailable',
    'deleting',
  ] as const)('shows %s and reads nothing else', async (scene) => {
    await start(scene);
    expect(session.app?.state).toBe(scene);
    expect(session.groups).toEqual([]);
    expect(session.group).toBeNull();
  });

  it('opens the newest group when the account is open', async () => {
    await start();
    expect(session.group?.detail?.name).toBe('Harbour board');
    expect(session.notices.shown).toEqual([]);
  });

  it('leaves settings open that were opened before the groups were read', async () => {
    engine = new FakeEngine('ready');
    session = new Session(engine.backend());
    const starting = session.start();
    session.settings = 'about';
    stop = await starting;
    await settle();
    expect(session.group?.detail?.name).toBe('Harbour board');
    expect(session.settings).toBe('about');
  });

  it('tries the service when the network or the person is back, and only with an account', async () => {
    await start();
    const target = new EventTarget();
    const end = session.watchLine(target);
    target.dispatchEvent(new Event('online'));
    target.dispatchEvent(new Event('focus'));
    await settle();
    expect(engine.told.reconnects).toBe(2);
    end();
    target.dispatchEvent(new Event('online'));
    await settle();
    expect(engine.told.reconnects).toBe(2);
    stop();
    await start('firstRun');
    session.reconnect();
    await settle();
    expect(engine.told.reconnects).toBe(0);
  });

  it('forgets all of an account that was deleted, before another begins', async () => {
    await start();
    session.dialog = { kind: 'deleteAccount' };
    await session.entered(
      await Promise.all([session.backend.deleteAccount('alice'), settle()]).then(([state]) => state),
    );
    await settle();
    expect(session.app?.state).toBe('firstRun');
    expect([session.groups, session.groupsLoaded, session.group, session.dialog]).toEqual([[], false, null, null]);
    expect(engine.told.badge.at(-1)?.[0]).toBe(0);
    const made = session.backend.createAccount({
      name: null,
      handle: 'zoe',
      service: { kind: 'own' },
      invitation: null,
    });
    await settle();
    await session.entered({ state: 'ready', account: await made });
    await settle();
    expect([session.groups, session.groupsLoaded, session.group]).toEqual([[], true, null]);
    expect(session.notices.shown).toEqual([]);
  });

  it('gives the tray its words', async () => {
    await start();
    expect(engine.told.tray).toEqual(['Open Conclave', 'Quit']);
    session.quit();
    await settle();
    expect(engine.told.quit).toBe(true);
  });

  it('goes on once the keychain answers', async () => {
    await start('keychainLocked');
    await session.entered(await engine.backend().unlock());
    expect(session.app?.state).toBe('ready');
  });

  it('does not open by itself a group that arrives later', async () => {
    await start('empty');
    expect(session.group).toBeNull();
    const made = engine.backend().createGroup('Later', []);
    await settle();
    await made;
    expect(session.groups).toHaveLength(1);
    expect(session.group).toBeNull();
  });
});

describe('counting', () => {
  it('adds up unread messages and changes, and tells the tray when they change', async () => {
    await start();
    expect(engine.told.badge.at(-1)?.[0]).toBe(session.unread);
    const before = engine.told.badge.length;
    engine.arrive('Orchestra, brass', 'grace', 'hello');
    await settle();
    expect(summary('Orchestra, brass')?.unread).toBe(8);
    expect(engine.told.badge).toHaveLength(before + 1);
    engine.emit({ kind: 'groups' });
    await settle();
    expect(engine.told.badge).toHaveLength(before + 1);
  });

  it('keeps the amber count until the rows were on screen', async () => {
    await start();
    await session.open(engine.named('City choir').id);
    const group = session.group;
    if (group === null) throw new Error('the group is open');
    const rows = group.timeline.rows;
    group.onScreen(rows.filter((row) => row.body.kind === 'message'));
    await settle();
    expect(summary('City choir')).toMatchObject({ unread: 1, unseenChanges: 14 });
    const fold = buildItems(rows, {
      atBeginning: true,
      newFrom: group.newFrom,
      openFolds: new Set(),
      arrived: group.arrivals,
    }).find((item) => item.kind === 'fold');
    group.onScreen(fold === undefined ? [] : rowsOf(fold));
    await settle();
    expect(summary('City choir')).toMatchObject({ unread: 0, unseenChanges: 0 });
  });

  it('counts nothing as seen while nobody looks', async () => {
    await start();
    attention.active = false;
    await session.open(engine.named('Orchestra, brass').id);
    session.group?.onScreen(session.group.timeline.rows);
    await settle();
    expect(summary('Orchestra, brass')?.unread).toBe(7);
    attention.active = true;
    session.group?.onScreen(session.group.timeline.rows);
    await settle();
    expect(summary('Orchestra, brass')?.unread).toBe(0);
  });
});

describe('writing', () => {
  it('keeps an edit that could not be saved', async () => {
    await start();
    const group = session.group;
    if (group === null) throw new Error('a group is open');
    expect(group.editLast()).toBe(true);
    const was = group.composer.editing;
    group.composer.text = 'much better words';
    vi.spyOn(session.backend, 'edit').mockRejectedValueOnce({ code: 'diskUnavailable' });
    await group.send(session.me);
    expect(group.composer.editing).toEqual(was);
    expect(group.composer.text).toBe('much better words');
    expect(session.notices.shown).toHaveLength(1);
  });
});

describe('notifying', () => {
  it('of a text are cut between letters: half a character does not cross the bridge', async () => {
    await start();
    attention.active = false;
    engine.arrive('Orchestra, brass', 'grace', `${'x'.repeat(199)}😀 and more`);
    await settle();
    expect(engine.told.notifications.map(([, body]) => body)).toEqual([`grace: ${'x'.repeat(199)}😀…`]);
  });

  it('puts what arrives elsewhere into words, and what is on screen not at all', async () => {
    await start();
    engine.arrive('Harbour board', 'bob', 'seen at once');
    engine.arrive('Orchestra, brass', 'grace', 'bar 12');
    await settle();
    expect(engine.told.notifications).toEqual([
      ['Orchestra, brass', 'grace: bar 12', engine.named('Orchestra, brass').id],
    ]);
  });

  it('makes one of a burst, and still names the membership change in it', async () => {
    await start();
    for (let i = 0; i < 20; i++) engine.arrive('Orchestra, brass', 'grace', `n${i}`);
    engine.happen('Orchestra, brass', { kind: 'added', actor: person('grace'), target: person('mallory') });
    await settle();
    expect(engine.told.notifications).toHaveLength(1);
    expect(engine.told.notifications[0]?.[1]).toBe('grace added mallory with 1 device\n20 new messages');
  });

  it('says how many changes it does not name', async () => {
    await start();
    for (const who of ['mallory', 'peggy', 'trent', 'victor', 'walter']) {
      engine.happen('Orchestra, brass', { kind: 'added', actor: person('grace'), target: person(who) });
    }
    await settle();
    const [, body] = engine.told.notifications[0] ?? [];
    expect(body?.split('\n')).toEqual([
      ...['trent', 'victor', 'walter'].map((who) => `grace added ${who} with 1 device`),
      '2 more membership changes',
    ]);
  });

  it('speaks while the window is away, also of the open group', async () => {
    await start();
    attention.active = false;
    engine.arrive('Harbour board', 'bob', 'are you there?');
    await settle();
    expect(engine.told.notifications.map(([, body]) => body)).toEqual(['bob: are you there?']);
    engine.clickNotification(engine.named('Orchestra, brass').id);
    await settle();
    expect(session.group?.detail?.name).toBe('Orchestra, brass');
  });
});

describe('the open group', () => {
  it('says arrivals to screen readers, but not own messages', async () => {
    await start();
    engine.arrive('Harbour board', 'bob', 'hello there');
    await settle();
    expect(session.notices.spoken.text).toBe('bob in Harbour board: hello there');
    const { turn } = session.notices.spoken;
    const group = session.group;
    if (group === null) throw new Error('the group is open');
    group.composer.text = 'mine';
    const sent = group.send(session.me);
    await settle();
    await sent;
    expect(group.timeline.rows.at(-1)?.body).toMatchObject({ body: { text: 'mine' }, state: { state: 'sent' } });
    expect(session.notices.spoken.turn).toBe(turn);
  });

  it('follows its rules: who may add and remove, and what is over', async () => {
    await start();
    expect(session.group).toMatchObject({ writable: true, mayAdd: true, mayRename: true, over: false });
    // Bob is an admin there: he may remove members, but not owners or other admins.
    const removable = session.group?.roster?.people.filter((one) => one.may.remove) ?? [];
    expect(new Set(removable.map((one) => one.role))).toEqual(new Set(['member']));
    await session.open(engine.named('City choir').id);
    expect(session.group).toMatchObject({ writable: true, mayAdd: false, mayRename: false });
    for (const name of ['Market stall', 'Old school', 'Allotment']) {
      await session.open(engine.named(name).id);
      expect(session.group).toMatchObject({ writable: false, mayAdd: false, over: true });
    }
    await session.open(engine.named('Book club').id);
    expect(session.group).toMatchObject({ writable: false, over: false });
  });

  it('says that a change was asked for until its row is there', async () => {
    await start();
    const group = session.group;
    const other = group?.roster?.people.find((one) => one.may.remove);
    if (group === null || other === undefined) throw new Error('somebody can be removed');
    const removing = group.removePerson(other.person);
    expect(session.notices.shown.map((notice) => notice.text)).toEqual([`Removing ${other.person.handle}.`]);
    await removing;
    await settle();
    expect(group.timeline.rows.at(-1)?.body.kind).toBe('membership');
    expect(session.notices.shown).toEqual([]);
  });

  it('gives the text back when sending is refused', async () => {
    await start();
    const group = session.group;
    if (group === null) throw new Error('the group is open');
    engine.named('Harbour board').change({ kind: 'removed', actor: person('bob'), target: engine.me }, Date.now());
    group.composer.text = 'too late';
    await group.send(session.me);
    expect(group.composer.text).toBe('too late');
    expect(session.notices.shown.at(-1)?.tone).toBe('bad');
  });

  it('steps through the groups around the ends, and keeps each draft', async () => {
    await start();
    const names = session.groups.map((group) => group.name);
    if (session.group !== null) session.group.composer.text = 'unfinished';
    session.step(-1);
    await settle();
    expect(session.group?.detail?.name).toBe(names.at(-1));
    session.step(1);
    await settle();
    expect(session.group?.detail?.name).toBe(names[0]);
    expect(session.group?.composer.text).toBe('unfinished');
  });

  it('makes no edit where nothing was changed', async () => {
    await start();
    const group = session.group;
    if (group === null) throw new Error('no group');
    const edits = vi.spyOn(session.backend, 'edit');
    expect(group.editLast()).toBe(true);
    await group.send(session.me);
    expect(group.composer.editing).toBeNull();
    expect(edits).not.toHaveBeenCalled();
    expect(group.editLast()).toBe(true);
    group.composer.text += ' and so on';
    await group.send(session.me);
    expect(edits).toHaveBeenCalledTimes(1);
  });

  it('edits the last own message', async () => {
    await start();
    expect(session.group?.editLast()).toBe(true);
    expect(session.group?.composer.text).toBe('I can take the boat out tomorrow before ten.');
  });
});

describe('the log', () => {
  it('opens at an entry, and finds the way back to the newest', async () => {
    await start();
    await session.open(engine.named('City choir').id);
    const log = session.group?.log;
    if (log === undefined) throw new Error('the group is open');
    await log.openAt(2);
    expect(log.rows.map((row) => row.index)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(log).toMatchObject({ target: 2, fromNewest: false });
    await log.toNewest();
    expect(log.rows[0]?.index).toBe(15);
    log.kind = 'removed';
    await log.filter();
    expect(log.rows).toHaveLength(1);
    await log.openAt(15);
    expect(log).toMatchObject({ kind: null, fromNewest: true });
  });
});

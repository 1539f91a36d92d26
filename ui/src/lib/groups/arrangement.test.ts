import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../backend/fake/engine';
import { attention } from '../state/attention.svelte';
import { Session } from '../state/session.svelte';
import { arrangeActions } from './arrangement';

let engine: FakeEngine;
let session: Session;

const settle = () => vi.advanceTimersByTimeAsync(2_000);
const line = (name: string) => session.groups.find((group) => group.name === name)!;
const names = () => session.listed.map((item) => (item.kind === 'group' ? item.group.name : '(archive)'));
const offered = (name: string) => arrangeActions(line(name), session).map((action) => action.id);

async function does(name: string, action: string): Promise<void> {
  arrangeActions(line(name), session)
    .find(({ id }) => id === action)!
    .run(null as never);
  await settle();
}

beforeEach(async () => {
  vi.useFakeTimers();
  attention.active = true;
  engine = new FakeEngine();
  session = new Session(engine.backend());
  const stop = await session.start();
  await settle();
  return () => {
    stop();
    vi.useRealTimers();
  };
});

describe('a group is', () => {
  it('pinned before all others, and let go again', async () => {
    await does('Old school', 'pin');
    expect(names()[0]).toBe('Old school');
    expect(offered('Old school')).toContain('unpin');
    await does('Old school', 'unpin');
    expect(names()[0]).not.toBe('Old school');
  });

  it('put away into the archive, passed by, and back with a message', async () => {
    await does('City choir', 'archive-group');
    expect(names().at(-1)).toBe('(archive)');
    const before = session.group?.id;
    for (let i = 0; i < names().length - 1; i++) session.step(1);
    await settle();
    expect(session.group?.id).toBe(before);
    session.layout.archiveOpen = true;
    expect(names().at(-1)).toBe('City choir');
    engine.arrive('City choir', 'grace', 'are you there?');
    await settle();
    expect(names().slice(0, 2)).toContain('City choir');
    expect(names()).not.toContain('(archive)');
  });

  it('shown in its place when it is opened out of the archive', async () => {
    await does('City choir', 'archive-group');
    await session.open(engine.named('City choir').id);
    expect(session.layout.archiveOpen).toBe(true);
  });

  it('muted: it counts, calls for nothing, and says so until that is over', async () => {
    attention.active = false;
    const total = session.unread;
    await does('Orchestra, brass', 'mute-hour');
    expect(session.unread).toBe(total - line('Orchestra, brass').unread);
    engine.arrive('Orchestra, brass', 'grace', 'psst');
    await settle();
    expect(line('Orchestra, brass').unread).toBe(8);
    expect(engine.told.notifications).toEqual([]);
    expect(offered('Orchestra, brass').filter((id) => id.includes('mute'))).toEqual(['unmute']);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(offered('Orchestra, brass')).toContain('mute-hour');
    engine.arrive('Orchestra, brass', 'grace', 'now');
    await settle();
    expect(engine.told.notifications).toHaveLength(1);
    await does('Orchestra, brass', 'mute-forever');
    await does('Orchestra, brass', 'unmute');
    expect(line('Orchestra, brass').mutedUntilMs).toBeNull();
  });

  it('marked as unread until it is looked at, whether or not it is the open one', async () => {
    for (const name of ['Reading circle', 'Harbour board']) {
      await session.open(engine.named(name).id);
      await settle();
      await does(name, 'mark-read').catch(() => {});
      await does(name, 'mark-unread');
      expect(line(name).markedUnread).toBe(true);
      await session.open(engine.named(name).id);
      await settle();
      expect(line(name).markedUnread).toBe(false);
    }
  });

  it('marked as read: its messages, not the changes that nobody saw', async () => {
    await does('City choir', 'mark-read');
    expect(line('City choir')).toMatchObject({ unread: 0, unseenChanges: 14 });
  });
});

it('who jumps to the newest message has read all, and nothing counts as seen by it', async () => {
  attention.active = false;
  await session.open(engine.named('City choir').id);
  await settle();
  await session.group?.readAll();
  await settle();
  expect(line('City choir')).toMatchObject({ unread: 0, unseenChanges: 14 });
});

it('says what went wrong', async () => {
  vi.spyOn(session.backend, 'pinGroup').mockRejectedValue({ code: 'diskUnavailable' });
  await does('Old school', 'pin');
  expect(session.notices.shown).toHaveLength(1);
});

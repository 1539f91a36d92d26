/** An event causes what changed to be read again, and nothing else. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Backend } from '../backend/backend';
import { FakeEngine } from '../backend/fake/engine';
import { person } from '../backend/fake/sample';
import { attention } from './attention.svelte';
import { LINES_MAX } from './grouplist';
import { Session } from './session.svelte';

const READS = ['groups', 'groupSummary', 'group', 'roster', 'timeline', 'membershipLog', 'appState', 'draft'] as const;

let engine: FakeEngine;
let session: Session;
let calls: string[];

const settle = () => vi.advanceTimersByTimeAsync(2_000);

/** What is read during something, until all is quiet. */
async function readsDuring(happens: () => void): Promise<Record<string, number>> {
  calls = [];
  happens();
  await settle();
  return Object.fromEntries([...new Set(calls)].map((call) => [call, calls.filter((other) => other === call).length]));
}

function counted(backend: Backend): Backend {
  const call = (name: (typeof READS)[number]) => {
    const original = backend[name] as (...args: unknown[]) => unknown;
    return (...args: unknown[]) => (calls.push(name), original(...args));
  };
  return { ...backend, ...Object.fromEntries(READS.map((name) => [name, call(name)])) };
}

beforeEach(async () => {
  vi.useFakeTimers();
  attention.active = false;
  calls = [];
  engine = new FakeEngine();
  session = new Session(counted(engine.backend()));
  const stop = await session.start();
  await session.open(engine.named('Harbour board').id);
  await settle();
  return () => {
    stop();
    vi.useRealTimers();
  };
});

describe('an event has read', () => {
  it('one line, for a message in another group (and what its notification says)', async () => {
    const { timeline, ...reads } = await readsDuring(() => engine.arrive('Reading circle', 'judy', 'hello'));
    expect(reads).toEqual({ groupSummary: 1 });
    expect(timeline).toBe(1);
    expect(session.groups[0]).toMatchObject({ name: 'Reading circle', last: { text: 'hello' } });
  });

  it('one line and the stretch in sight, for a message in the open group', async () => {
    attention.active = true;
    const reads = await readsDuring(() => engine.arrive('Harbour board', 'bob', 'hello'));
    expect(reads).toEqual({ groupSummary: 1, timeline: 1 });
    expect(session.group?.timeline.rows.at(-1)?.body).toMatchObject({ body: { text: 'hello' } });
  });

  it('detail and roster, for a change of membership in the open group only', async () => {
    const change = { kind: 'added' as const, actor: person('bob'), target: person('oscar') };
    const { timeline, ...reads } = await readsDuring(() => engine.happen('Harbour board', change));
    expect(reads).toMatchObject({ groupSummary: 1, roster: 1 });
    expect(timeline).toBeLessThanOrEqual(2);
    expect(session.group?.roster?.people.some((one) => one.person.handle === 'oscar')).toBe(true);
    const elsewhere = await readsDuring(() => engine.happen('City choir', { ...change, actor: person('grace') }));
    expect(elsewhere).toEqual({ groupSummary: 1, timeline: 1 });
  });

  it('the detail without the roster, when only the health of the open group changed', async () => {
    const reads = await readsDuring(() => engine.setHealth('Harbour board', { state: 'quarantined', cause: 'disk' }));
    expect(reads).toEqual({ groupSummary: 1, group: 1 });
    expect(session.group?.detail?.health).toEqual({ state: 'quarantined', cause: 'disk' });
  });

  it('the detail without the roster, whenever what a change waits for may be another', async () => {
    const waiting = (reason: 'connection' | 'answer') => [
      { what: 'renamed' as const, targets: [], sinceMs: 0, why: { reason } },
    ];
    for (const reason of ['connection', 'answer'] as const) {
      const reads = await readsDuring(() => engine.setWaiting('Harbour board', waiting(reason)));
      expect(reads).toEqual({ groupSummary: 1, group: 1 });
      expect(session.group?.detail?.waiting).toEqual(waiting(reason));
    }
    const { group } = await readsDuring(() => engine.setWaiting('Harbour board', []));
    expect(group).toBe(1);
    expect(session.group?.detail?.waitingTotal).toBe(0);
    expect(await readsDuring(() => engine.setWaiting('City choir', waiting('answer')))).toEqual({ groupSummary: 1 });
  });

  it('one line, when rows were marked as seen', async () => {
    const reads = await readsDuring(
      () => void session.backend.markSeen(engine.named('City choir').id, Number.MAX_SAFE_INTEGER),
    );
    expect(reads).toEqual({ groupSummary: 1 });
  });

  it('the whole list, when more changed than is worth single questions', async () => {
    const reads = await readsDuring(() => {
      for (let i = 0; i <= LINES_MAX + 1; i++) engine.emit({ kind: 'group', group: `g${i}` });
      // The first is read at once, the rest together.
    });
    expect(reads).toEqual({ groupSummary: 1, groups: 1 });
  });

  it('the whole list and nothing of the groups in it, when a group was deleted', async () => {
    const gone = engine.named('Old school').id;
    const reads = await readsDuring(() => void session.backend.forgetGroup(gone));
    expect(reads).toEqual({ groups: 1, group: 1, roster: 1 });
    expect(session.groups.some(({ id }) => id === gone)).toBe(false);
  });
});

describe('a line', () => {
  it('goes when its group is gone, and comes when its group is new', async () => {
    const gone = engine.named('Old school').id;
    engine.groups = engine.groups.filter(({ id }) => id !== gone);
    const reads = await readsDuring(() => engine.emit({ kind: 'group', group: gone }));
    expect(reads).toEqual({ groupSummary: 1 });
    expect(session.groups.some(({ id }) => id === gone)).toBe(false);
  });

  it('that could not be read is read with the next event, together with all others', async () => {
    const broken = vi.spyOn(session.backend, 'groupSummary').mockRejectedValueOnce({ code: 'diskUnavailable' });
    await readsDuring(() => engine.arrive('Reading circle', 'judy', 'one'));
    expect(session.notices.shown).toHaveLength(1);
    broken.mockRestore();
    expect(await readsDuring(() => engine.emit({ kind: 'group', group: engine.named('City choir').id }))).toEqual({
      groups: 1,
    });
    expect(session.groups[0]).toMatchObject({ name: 'Reading circle', last: { text: 'one' } });
  });
});

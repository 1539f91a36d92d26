import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../backend/fake/engine';
import type { Backend } from '../backend/backend';
import type { TimelineRow } from '../bindings';
import { PAGE, WINDOW_MAX } from '../timeline/window';
import { Timeline } from './timeline.svelte';

let engine: FakeEngine;
let backend: Backend;
let arrivals: TimelineRow[];
const failures: unknown[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  failures.length = 0;
  arrivals = [];
  engine = new FakeEngine('ready');
  backend = engine.backend();
  return () => {
    vi.useRealTimers();
    expect(failures).toEqual([]);
  };
});

async function opened(name: string): Promise<Timeline> {
  const timeline = new Timeline(backend, engine.named(name).id, {
    arrived: (rows) => arrivals.push(...rows),
    failed: (thrown) => failures.push(thrown),
  });
  await timeline.open();
  return timeline;
}

const positions = (timeline: Timeline) => timeline.rows.map((row) => row.position);
const contiguous = (timeline: Timeline) => {
  const all = positions(timeline);
  expect(all).toEqual(Array.from({ length: all.length }, (_, i) => (all[0] ?? 0) + i));
};

describe('reading', () => {
  it('begins with the newest page', async () => {
    const timeline = await opened('Orchestra, brass');
    expect(timeline.rows).toHaveLength(PAGE);
    expect(timeline.window).toMatchObject({ moreBefore: true, moreAfter: false });
    expect(timeline.firstUnread).toBe(timeline.rows.at(-7)?.id);
  });

  it('begins at the first unread row, however far back', async () => {
    Object.assign(engine.named('Orchestra, brass'), { seenTo: 900, readTo: 900 });
    const timeline = await opened('Orchestra, brass');
    expect(timeline.rows.some((row) => row.id === timeline.firstUnread)).toBe(true);
    expect(timeline.rows.length).toBeLessThanOrEqual(WINDOW_MAX);
    expect(timeline.window).toMatchObject({ moreBefore: true, moreAfter: true });
    contiguous(timeline);
  });

  it('grows backwards to the beginning, within its bound, and forwards again', async () => {
    const timeline = await opened('Orchestra, brass');
    let rounds = 0;
    while (timeline.window.moreBefore) {
      const anchor = timeline.rows[10];
      await timeline.loadOlder();
      // The rows in view stay, as the same objects.
      expect(timeline.rows).toContain(anchor);
      expect(timeline.rows.length).toBeLessThanOrEqual(WINDOW_MAX);
      contiguous(timeline);
      rounds++;
    }
    expect(rounds).toBeGreaterThan(15);
    expect(positions(timeline)[0]).toBe(1);
    while (timeline.window.moreAfter) {
      const anchor = timeline.rows.at(-10);
      await timeline.loadNewer();
      expect(timeline.rows).toContain(anchor);
      expect(timeline.rows.length).toBeLessThanOrEqual(WINDOW_MAX);
      contiguous(timeline);
    }
    expect(timeline.rows.at(-1)?.id).toBe(engine.named('Orchestra, brass').rows.at(-1)?.id);
    expect(timeline.shift).toBe(false);
  });

  it('finds a message far back, and the way to the newest', async () => {
    const timeline = await opened('Orchestra, brass');
    const wanted = engine.named('Orchestra, brass').rows[300]?.body;
    const id = wanted?.kind === 'message' ? wanted.message : '';
    expect((await timeline.findMessage(id))?.body).toMatchObject({ message: id });
    contiguous(timeline);
    expect(timeline.window.moreAfter).toBe(true);
    await timeline.toNewest();
    expect(timeline.window.moreAfter).toBe(false);
    expect(await timeline.findMessage('nowhere')).toBeNull();
  });
});

describe('following', () => {
  it('takes in what arrives at the end and tells of it once', async () => {
    const timeline = await opened('Harbour board');
    const before = timeline.rows;
    engine.arrive('Harbour board', 'bob', 'one more');
    await timeline.refresh();
    expect(timeline.rows.at(-1)?.body).toMatchObject({ body: { text: 'one more' } });
    expect(timeline.rows[3]).toBe(before[3]);
    await timeline.refresh();
    expect(arrivals.map((row) => row.id)).toEqual([timeline.rows.at(-1)?.id]);
  });

  it('does not tear the reader away when looking at older rows', async () => {
    Object.assign(engine.named('Orchestra, brass'), { seenTo: 900, readTo: 900 });
    const timeline = await opened('Orchestra, brass');
    const before = positions(timeline);
    engine.arrive('Orchestra, brass', 'grace', 'later');
    await timeline.refresh();
    expect(positions(timeline)).toEqual(before);
    expect(arrivals).toEqual([]);
  });

  it('starts over at the end when more arrived than it holds', async () => {
    const timeline = await opened('Harbour board');
    timeline.atEnd = true;
    for (let i = 0; i < 900; i++) engine.named('Harbour board').message(engine.me, `n${i}`, i);
    await timeline.refresh();
    expect(timeline.rows.length).toBeLessThanOrEqual(WINDOW_MAX);
    expect(timeline.window.moreAfter).toBe(false);
    contiguous(timeline);
  });

  it('shows edits, reactions and states of rows anywhere in the stretch', async () => {
    const timeline = await opened('Harbour board');
    const row = timeline.rows.find((one) => one.body.kind === 'message' && one.body.sender.me);
    const message = row?.body.kind === 'message' ? row.body.message : '';
    await backend.edit(timeline.group, message, 'changed', 'plain');
    await timeline.refresh();
    expect(timeline.rows.find((one) => one.id === row?.id)?.body).toMatchObject({
      edited: true,
      body: { text: 'changed' },
    });
  });
});

describe('sending', () => {
  const draft = { text: 'hello', format: 'plain' as const, replyTo: null };

  it('shows the row before the engine has answered, then the engine’s row in its place, never both', async () => {
    const timeline = await opened('Harbour board');
    const count = timeline.rows.length;
    const sent = timeline.send(draft, engine.me, null);
    expect(timeline.rows).toHaveLength(count + 1);
    expect(timeline.rows.at(-1)?.body).toMatchObject({ state: { state: 'queued' }, body: { text: 'hello' } });
    await sent;
    expect(timeline.rows).toHaveLength(count + 1);
    const id = timeline.rows.at(-1)?.id;
    await vi.runAllTimersAsync();
    await timeline.refresh();
    expect(timeline.rows.at(-1)).toMatchObject({ id, body: { state: { state: 'sent' } } });
    expect(timeline.rows).toHaveLength(count + 1);
  });

  it('takes the row back when the engine refuses', async () => {
    const timeline = await opened('Market stall');
    const count = timeline.rows.length;
    await expect(timeline.send(draft, engine.me, null)).rejects.toEqual({ code: 'notAMember' });
    expect(timeline.rows).toHaveLength(count);
  });

  it('keeps everything queued while offline, in order, and each once when it is back', async () => {
    const timeline = await opened('Harbour board');
    const count = timeline.rows.length;
    engine.setConnection({ state: 'unreachable', retryAtMs: Date.now() + 5_000 });
    for (let i = 0; i < 150; i++) await timeline.send({ ...draft, text: `q${i}` }, engine.me, null);
    engine.arrive('Harbour board', 'bob', 'from before');
    await timeline.refresh();
    const texts = () =>
      timeline.rows
        .flatMap((row) => (row.body.kind === 'message' && row.body.body.type === 'text' ? [row.body.body.text] : []))
        .filter((text) => /^q\d/.test(text));
    expect(timeline.rows).toHaveLength(count + 151);
    expect(texts()).toEqual(Array.from({ length: 150 }, (_, i) => `q${i}`));
    engine.setConnection({ state: 'connected' });
    await timeline.refresh();
    expect(timeline.rows).toHaveLength(count + 151);
    expect(texts()).toEqual(Array.from({ length: 150 }, (_, i) => `q${i}`));
    expect(timeline.rows.every((row) => row.body.kind !== 'message' || row.body.state.state !== 'queued')).toBe(true);
  });
});

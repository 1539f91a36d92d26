import { describe, expect, it } from 'vitest';
import { message, someone } from './rows.fixture';
import {
  WINDOW_MAX,
  appended,
  emptyWindow,
  isUnplaced,
  keepIdentity,
  ordered,
  prepended,
  rereadFrom,
  withoutHead,
  withoutTail,
} from './window';

const bob = someone('bob');
const me = someone('alice', true);
const page = (rows: ReturnType<typeof message>[], moreBefore = false, moreAfter = false) => ({
  rows,
  moreBefore,
  moreAfter,
  firstUnread: null,
});
const run = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => message(from + i, bob));

describe('the loaded stretch', () => {
  it('orders by position and keeps the later of two rows with one id', () => {
    const queued = message(900, me, { id: 'x', state: { state: 'queued' } });
    const sent = message(3, me, { id: 'x' });
    expect(ordered([message(5, bob), queued, message(1, bob), sent]).map((row) => [row.id, row.position])).toEqual([
      ['r1', 1],
      ['x', 3],
      ['r5', 5],
    ]);
  });

  it('keeps the object of a row that did not change, and takes the new one of a row that did', () => {
    const before = [message(1, bob), message(2, bob)];
    const after = [message(1, bob), message(2, bob, { edited: true })];
    const kept = keepIdentity(before, after);
    expect(kept[0]).toBe(before[0]);
    expect(kept[1]).toBe(after[1]);
  });

  it('grows at both ends without doubling the rows where pages meet', () => {
    const middle = appended(emptyWindow, page(run(10, 20), true, true));
    const older = prepended(middle, page(run(5, 12), true));
    const newer = appended(older, page(run(18, 25), true, false));
    expect(newer.rows.map((row) => row.position)).toEqual(Array.from({ length: 20 }, (_, i) => i + 5));
    expect(newer).toMatchObject({ moreBefore: true, moreAfter: false });
  });

  it('drops what is beyond the bound, and remembers that it is there', () => {
    const window = { rows: run(0, WINDOW_MAX + 30), moreBefore: false, moreAfter: false };
    const tailless = withoutTail(window);
    const headless = withoutHead(window);
    expect(tailless).toMatchObject({ moreBefore: false, moreAfter: true });
    expect(headless).toMatchObject({ moreBefore: true, moreAfter: false });
    expect([tailless.rows.length, headless.rows.length]).toEqual([WINDOW_MAX, WINDOW_MAX]);
    expect([tailless.rows[0]?.position, headless.rows[0]?.position]).toEqual([0, 30]);
    expect(withoutHead(tailless)).toBe(tailless);
  });

  it('is read again from its first row that has a place, never from one that will move', () => {
    const queued = [1, 2].map((n) => message(9_000 + n, me, { state: { state: 'queued' } }));
    expect(rereadFrom({ rows: [...run(40, 42), ...queued], moreBefore: true, moreAfter: false })).toBe(40);
    expect(rereadFrom({ rows: run(40, 42), moreBefore: false, moreAfter: false })).toBe(0);
    expect(rereadFrom({ rows: queued, moreBefore: true, moreAfter: false })).toBeNull();
    expect(rereadFrom(emptyWindow)).toBeNull();
  });

  it('knows which rows have no place yet', () => {
    expect(isUnplaced(message(1, me, { state: { state: 'queued' } }))).toBe(true);
    expect(isUnplaced(message(1, me, { state: { state: 'failed', intent: 'i', failure: 'refused' } }))).toBe(true);
    expect(isUnplaced(message(1, me))).toBe(false);
    expect(isUnplaced(message(1, bob))).toBe(false);
  });
});

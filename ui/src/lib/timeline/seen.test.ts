import { describe, expect, it } from 'vitest';
import { door, message, someone } from './rows.fixture';
import { isHeld, seenUpTo, type SeenInput } from './seen';

const bob = someone('bob');
const me = someone('alice', true);
const input = (more: Partial<SeenInput>): SeenInput => ({
  rows: [],
  moreBefore: false,
  firstUnread: null,
  unseenChanges: 0,
  shown: new Set(),
  ...more,
});

describe('what counts as seen', () => {
  it('is everything up to the furthest row that was on screen', () => {
    const rows = [1, 2, 3, 4].map((n) => message(n, bob));
    expect(seenUpTo(input({ rows, shown: new Set(['r1', 'r3']) }))).toBe(3);
    expect(seenUpTo(input({ rows }))).toBeNull();
  });

  it('stops before a membership change that was not on screen', () => {
    const rows = [message(1, bob), door(2, 'added', false), message(3, bob)];
    expect(seenUpTo(input({ rows, shown: new Set(['r1', 'r3']), unseenChanges: 1 }))).toBe(1);
    expect(seenUpTo(input({ rows, shown: new Set(['r3']), unseenChanges: 1 }))).toBeNull();
    expect(seenUpTo(input({ rows, shown: new Set(['r1', 'r2', 'r3']), unseenChanges: 1 }))).toBe(3);
  });

  it('passes changes that were seen before', () => {
    const rows = [door(1, 'added', true), message(2, bob)];
    expect(seenUpTo(input({ rows, shown: new Set(['r2']) }))).toBe(2);
  });

  it('never takes the place of a row that only waits to be sent', () => {
    const rows = [message(1, bob), message(9_000, me, { state: { state: 'queued' } })];
    expect(seenUpTo(input({ rows, shown: new Set(['r1', 'r9000']) }))).toBe(1);
  });

  it('is nothing while unseen changes lie above what is loaded', () => {
    const rows = [message(50, bob)];
    const above = { rows, moreBefore: true, firstUnread: 'r7', unseenChanges: 2 };
    expect(isHeld(above)).toBe(true);
    expect(seenUpTo(input({ ...above, shown: new Set(['r50']) }))).toBeNull();
    expect(isHeld({ ...above, unseenChanges: 0 })).toBe(false);
    expect(isHeld({ ...above, rows: [message(7, bob), ...rows] })).toBe(false);
    expect(isHeld({ ...above, moreBefore: false })).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import type { TimelineRow } from '../bindings';
import { GROUPING_MS, buildItems, indexOfRow, rowOfKey, rowsOf, type Item } from './items';
import { FOLD_MAX, FOLD_MIN } from './folds';
import { door, message, someone } from './rows.fixture';

const bob = someone('bob');
const carol = someone('carol');
const DAY_MS = 86_400_000;
const build = (rows: TimelineRow[], more: Partial<Parameters<typeof buildItems>[1]> = {}) =>
  buildItems(rows, { atBeginning: false, newFrom: null, openFolds: new Set(), arrived: new Map(), ...more });
const kinds = (items: Item[]) => items.map((item) => item.kind);
const doors = (from: number, n: number) => Array.from({ length: n }, (_, i) => door(from + i));

describe('day separators', () => {
  it('stand before the first row of each local day', () => {
    const noon = new Date(2031, 2, 3, 12).getTime();
    const late = new Date(2031, 2, 3, 23, 59).getTime();
    const early = new Date(2031, 2, 4, 0, 1).getTime();
    const items = build([
      message(1, bob, { atMs: noon }),
      message(2, bob, { atMs: late }),
      message(3, bob, { atMs: early }),
    ]);
    expect(kinds(items)).toEqual(['day', 'message', 'message', 'day', 'message']);
  });

  it('follow the local day over a change of clocks', () => {
    const rows = [0, 1, 2].map((n) => message(n + 1, bob, { atMs: new Date(2031, 2, 29 + n, 0, 30).getTime() }));
    expect(kinds(build(rows)).filter((kind) => kind === 'day')).toHaveLength(3);
  });
});

describe('grouping of messages', () => {
  const shape = (items: Item[]) => items.flatMap((item) => (item.kind === 'message' ? [[item.first, item.last]] : []));

  it('gives one heading to one sender in quick succession', () => {
    expect(shape(build([message(1, bob), message(2, bob), message(3, bob)]))).toEqual([
      [true, false],
      [false, false],
      [false, true],
    ]);
  });

  it('begins again with another sender, after a while, at a reply, and after a membership change', () => {
    const rows = [
      message(1, bob),
      message(2, carol),
      message(3, carol, { atMs: 2_000 + GROUPING_MS }),
      message(4, carol, { atMs: 3_000 + GROUPING_MS, replyTo: { message: 'x', sender: bob, text: 'hm' } }),
      door(5, 'added', true, 4_000 + GROUPING_MS),
      message(6, carol, { atMs: 5_000 + GROUPING_MS }),
    ];
    expect(shape(build(rows)).every(([first, last]) => first && last)).toBe(true);
  });

  it('does not group over midnight', () => {
    const night = new Date(2031, 2, 3, 23, 59, 30).getTime();
    expect(shape(build([message(1, bob, { atMs: night }), message(2, bob, { atMs: night + 60_000 })]))).toEqual([
      [true, true],
      [true, true],
    ]);
  });
});

describe('folding of membership changes', () => {
  it(`leaves fewer than ${FOLD_MIN} as they are`, () => {
    expect(kinds(build(doors(1, FOLD_MIN - 1)))).toEqual(['day', 'door', 'door', 'door']);
  });

  it('folds a run into one item that stands for all its rows', () => {
    const items = build(doors(1, 14));
    expect(kinds(items)).toEqual(['day', 'fold']);
    expect(rowsOf(items[1] as Item).map((row) => row.position)).toEqual(Array.from({ length: 14 }, (_, i) => i + 1));
  });

  it('shows the fold and each row when open', () => {
    const items = build(doors(1, 5), { openFolds: new Set(['fold:r1']) });
    expect(kinds(items)).toEqual(['day', 'fold', 'door', 'door', 'door', 'door', 'door']);
  });

  it('never folds more into one than it can name', () => {
    const items = build(doors(1, FOLD_MAX + 2));
    expect(kinds(items)).toEqual(['day', 'fold', 'door', 'door']);
    expect(items.flatMap(rowsOf)).toHaveLength(FOLD_MAX + 2);
  });

  it('never folds what arrives into what stood there before', () => {
    const arrived = new Map([
      ['r6', 1],
      ['r7', 2],
      ['r8', 3],
      ['r9', 3],
      ['r10', 3],
      ['r11', 3],
    ]);
    expect(kinds(build(doors(1, 11), { arrived }))).toEqual(['day', 'fold', 'door', 'door', 'fold']);
  });

  it('never folds over a message, a day, or the line "New"', () => {
    const rows = [...doors(1, 3), message(4, bob), ...doors(5, 3)];
    expect(kinds(build(rows))).not.toContain('fold');
    const overDays = [...doors(1, 3), ...[4, 5, 6].map((n) => door(n, 'added', true, 2 * DAY_MS + n))];
    expect(kinds(build(overDays))).not.toContain('fold');
    const marked = build(doors(1, 8), { newFrom: 'r5' });
    expect(kinds(marked)).toEqual(['day', 'fold', 'new', 'fold']);
    expect(marked.flatMap((item) => (item.kind === 'fold' ? [item.away] : []))).toEqual([false, true]);
  });
});

describe('finding rows', () => {
  it('finds a row by itself, or by the closed fold that holds it', () => {
    const items = build([message(1, bob), ...doors(2, 6)]);
    expect(items[indexOfRow(items, 'r1')]?.kind).toBe('message');
    expect(items[indexOfRow(items, 'r4')]?.kind).toBe('fold');
    expect(indexOfRow(items, 'nowhere')).toBe(-1);
  });

  it('has a key of its own for each item', () => {
    const items = build([...doors(1, 5), message(6, bob), door(7), message(8, bob, { atMs: 3 * DAY_MS })], {
      newFrom: 'r6',
      atBeginning: true,
      openFolds: new Set(['fold:r1']),
    });
    expect(new Set(items.map((item) => item.key)).size).toBe(items.length);
    expect(items[0]?.kind).toBe('beginning');
  });
});

describe('the key of an item', () => {
  it('names the row that it belongs to, whatever the item is', () => {
    expect(['7', 'fold:7', 'day:7'].map(rowOfKey)).toEqual(['7', '7', '7']);
  });
});

import { describe, expect, it } from 'vitest';
import { buildItems } from './items';
import { meaningOf, nextItem, type Pressed, type Where } from './keys';
import { message, someone } from './rows.fixture';

const press = (key: string, more: Partial<Pressed> = {}): Pressed => ({
  key,
  code: '',
  isComposing: false,
  keyCode: 0,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  ...more,
});
const onRow: Where = { onList: false, inControl: false, selected: false };

describe('a key in the timeline', () => {
  it('leads between its rows and to its ends', () => {
    expect(['ArrowUp', 'ArrowDown', 'Home', 'End'].map((key) => meaningOf(press(key), onRow))).toEqual([
      'up',
      'down',
      'oldest',
      'newest',
    ]);
  });

  it('is else for the row', () => {
    expect(['r', 'Enter', 'Delete', 'Tab'].map((key) => meaningOf(press(key), onRow))).toEqual([
      'row',
      'row',
      'row',
      'row',
    ]);
  });

  it('leads back to the list, and from there out of it', () => {
    const back = press('Tab', { shiftKey: true });
    expect(meaningOf(back, onRow)).toBe('out');
    expect(meaningOf(back, { ...onRow, onList: true })).toBe('row');
  });

  it('belongs to the button or link that has the focus', () => {
    expect(meaningOf(press('ArrowUp'), { ...onRow, inControl: true })).toBeNull();
    expect(meaningOf(press('Tab', { shiftKey: true }), { ...onRow, inControl: true })).toBeNull();
  });

  it('belongs to the window with a modifier', () => {
    expect(meaningOf(press('ArrowUp', { altKey: true }), onRow)).toBeNull();
    expect(meaningOf(press('ArrowUp', { ctrlKey: true }), onRow)).toBeNull();
    expect(meaningOf(press('k', { metaKey: true }), onRow)).toBeNull();
  });

  it('copies the row only where nothing is selected, on every layout', () => {
    for (const copy of [
      press('c', { ctrlKey: true }),
      press('C', { metaKey: true }),
      press('с', { code: 'KeyC', ctrlKey: true }),
    ]) {
      expect(meaningOf(copy, onRow)).toBe('row');
      expect(meaningOf(copy, { ...onRow, selected: true })).toBeNull();
    }
  });
});

describe('the arrows', () => {
  const bob = someone('bob');
  const DAY_MS = 86_400_000;
  // beginning, day, r1, day, new, r2, r3
  const rows = [
    message(1, bob, { atMs: 0 }),
    message(2, bob, { atMs: 3 * DAY_MS }),
    message(3, bob, { atMs: 3 * DAY_MS + 1 }),
  ];
  const items = buildItems(rows, { atBeginning: true, newFrom: 'r2', openFolds: new Set(), arrived: new Map() });
  const all = { first: 0, last: items.length - 1 };

  it('pass over lines between the rows', () => {
    expect(items.map((item) => item.kind)).toEqual(['beginning', 'day', 'message', 'day', 'new', 'message', 'message']);
    expect(nextItem(items, 2, all, 1)).toBe(5);
    expect(nextItem(items, 5, all, -1)).toBe(2);
    expect(nextItem(items, 5, all, 1)).toBe(6);
  });

  it('lead nowhere past the ends', () => {
    expect(items[nextItem(items, 6, all, 1)]).toBeUndefined();
    expect(items[nextItem(items, 2, all, -1)]).toBeUndefined();
  });

  it('begin with what is in sight where the current row is not', () => {
    expect(nextItem(items, -1, all, 1)).toBe(2);
    expect(nextItem(items, -1, all, -1)).toBe(6);
    expect(nextItem(items, 2, { first: 4, last: 6 }, 1)).toBe(5);
    expect(nextItem(items, 6, { first: 0, last: 4 }, -1)).toBe(2);
  });

  it('stay with 0 where the current row is in sight, else take the newest that is', () => {
    expect(nextItem(items, 5, all, 0)).toBe(5);
    expect(nextItem(items, -1, { first: 0, last: 4 }, 0)).toBe(2);
  });
});

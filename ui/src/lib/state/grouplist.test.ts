import { describe, expect, it } from 'vitest';
import type { GroupSummary } from '../bindings';
import { FOR_EVER_MS, isMuted, listItems, withLines } from './grouplist';

function line(id: string, activityMs: number, more: Partial<GroupSummary> = {}): GroupSummary {
  return {
    id,
    name: id,
    health: { state: 'healthy' },
    people: 2,
    unread: 0,
    unseenChanges: 0,
    activityMs,
    last: null,
    draft: null,
    pinned: false,
    archived: false,
    markedUnread: false,
    mutedUntilMs: null,
    waitsSinceMs: null,
    ...more,
  };
}

const ids = (groups: readonly GroupSummary[]) => groups.map((group) => group.id);

describe('the list', () => {
  it('has pinned groups first, else the newest, also after a line changed', () => {
    const list = withLines(
      [line('a', 3), line('b', 2), line('c', 1)],
      new Map([['c', line('c', 1, { pinned: true })]]),
    );
    expect(ids(list)).toEqual(['c', 'a', 'b']);
    expect(ids(withLines(list, new Map([['b', line('b', 9)]])))).toEqual(['c', 'b', 'a']);
    expect(
      ids(
        withLines(
          list,
          new Map([
            ['a', null],
            ['d', line('d', 5)],
          ]),
        ),
      ),
    ).toEqual(['c', 'd', 'b']);
  });

  it('keeps the order of names where nothing else differs', () => {
    expect(ids(withLines([], new Map(['b', 'a'].map((id) => [id, line(id, 1)]))))).toEqual(['a', 'b']);
  });

  it('has archived groups behind a line that opens them', () => {
    const groups = [line('a', 3), line('b', 2, { archived: true }), line('c', 1)];
    const keys = (open: boolean) => listItems(groups, open).map((item) => item.key);
    expect(keys(false)).toEqual(['a', 'c', 'archive']);
    expect(keys(true)).toEqual(['a', 'c', 'archive', 'b']);
    expect(listItems([line('a', 1)], false).map((item) => item.key)).toEqual(['a']);
  });

  it('knows when a group speaks again', () => {
    expect(isMuted(line('a', 1, { mutedUntilMs: 10 }), 9)).toBe(true);
    expect(isMuted(line('a', 1, { mutedUntilMs: 10 }), 10)).toBe(false);
    expect(isMuted(line('a', 1), 0)).toBe(false);
    expect(isMuted(line('a', 1, { mutedUntilMs: FOR_EVER_MS }), 4e12)).toBe(true);
  });
});

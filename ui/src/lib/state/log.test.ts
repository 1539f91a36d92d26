import { describe, expect, it } from 'vitest';
import type { LogRow, MembershipKind } from '../bindings';
import { folded } from './log.svelte';

/** Newest first, as pages are. */
function rows(...kinds: MembershipKind[]): LogRow[] {
  return kinds.map((kind, i) => ({
    index: kinds.length - 1 - i,
    change: { kind, actor: null, target: null, devices: 1, name: null, role: null, epoch: kinds.length - i, atMs: 0 },
    commitHash: '',
    rowHash: '',
    seen: true,
  }));
}

function shape(all: readonly LogRow[], target: number | null = null): (number | number[])[] {
  return folded(all, target).map((item) =>
    item.kind === 'entry' ? item.entry.index : item.entries.map((entry) => entry.index),
  );
}

describe('the log folds renewals of keys', () => {
  it('that stand one after the other', () => {
    expect(shape(rows('keysRenewed', 'keysRenewed', 'added', 'keysRenewed', 'created'))).toEqual([[4, 3], 2, 1, 0]);
  });

  it('but never the entry that is pointed at', () => {
    const all = rows('keysRenewed', 'keysRenewed', 'keysRenewed', 'keysRenewed');
    expect(shape(all)).toEqual([[3, 2, 1, 0]]);
    expect(shape(all, 2)).toEqual([3, 2, [1, 0]]);
  });

  it('and nothing else', () => {
    expect(shape(rows('added', 'added', 'keyRotated', 'keyRotated'))).toEqual([3, 2, 1, 0]);
  });
});

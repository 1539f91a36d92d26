/**
 * What counts as seen. Messages are read once the reader has passed them; a membership change only once its row (or the
 * fold that names it) was on screen, so that jumping to the newest message never clears an amber count.
 */
import type { TimelineRow } from '../bindings';
import { isUnplaced } from './window';

export interface SeenInput {
  rows: readonly TimelineRow[];
  moreBefore: boolean;
  firstUnread: string | null;
  unseenChanges: number;
  /** Ids of rows that were on screen since the group was opened. */
  shown: ReadonlySet<string>;
}

/** True while unseen changes are above the loaded rows: nothing is marked until the reader has been there. */
export function isHeld({ rows, moreBefore, firstUnread, unseenChanges }: Omit<SeenInput, 'shown'>): boolean {
  return unseenChanges > 0 && moreBefore && firstUnread !== null && !rows.some((row) => row.id === firstUnread);
}

/** The position up to which everything counts as seen; null if nothing does. */
export function seenUpTo(input: SeenInput): number | null {
  if (isHeld(input)) return null;
  let furthest: number | null = null;
  for (const row of input.rows) {
    const hidden = row.body.kind === 'membership' && !row.body.seen && !input.shown.has(row.id);
    if (hidden) break;
    if (isUnplaced(row)) continue;
    if (input.shown.has(row.id)) furthest = row.position;
  }
  return furthest;
}

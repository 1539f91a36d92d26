/** How runs of membership changes fold into one item. */
import type { DoorItem } from './items';

/** The key of a fold: this, and the row of its first change. */
export const FOLD_KEY = 'fold:';
/** This many consecutive membership changes fold into one item. */
export const FOLD_MIN = 4;
/** Most changes in a fold, which names everyone in them. */
export const FOLD_MAX = 24;

export type FoldItem = {
  kind: 'fold';
  key: string;
  doors: DoorItem[];
  /** It happened after the reader last looked. */
  away: boolean;
  open: boolean;
};

/** A run of changes as items: one fold, followed by its changes if it is open. A short run is not folded. */
export function foldRun(run: DoorItem[], away: boolean, open: ReadonlySet<string>): (DoorItem | FoldItem)[] {
  if (run.length > FOLD_MAX) {
    return [...foldRun(run.slice(0, FOLD_MAX), away, open), ...foldRun(run.slice(FOLD_MAX), away, open)];
  }
  const first = run[0];
  if (first === undefined || run.length < FOLD_MIN) return run;
  const key = FOLD_KEY + first.key;
  const isOpen = open.has(key);
  const fold: FoldItem = { kind: 'fold', key, doors: run, away, open: isOpen };
  return isOpen ? [fold, ...run] : [fold];
}

/** Keys in the timeline: move between items, go to either end, or act on a row. */
import { shortcutLetter, type Press } from '../composing';
import { isIn, type Sight } from '../viewport/sight';
import type { Item } from './items';

/** `out` moves from a row to the list itself; `row` is left to the focused row. */
export type Meaning = 'out' | 'up' | 'down' | 'oldest' | 'newest' | 'row';

/** Where a key was pressed. */
export interface Where {
  /** On the list itself, not on a row. */
  onList: boolean;
  /** In a button or link in a row. */
  inControl: boolean;
  /** Some text is selected. */
  selected: boolean;
}

export type Pressed = Press & Pick<KeyboardEvent, 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'>;

const WAYS: Readonly<Record<string, Meaning>> = { ArrowUp: 'up', ArrowDown: 'down', Home: 'oldest', End: 'newest' };

/** Null if the key is not handled here. */
export function meaningOf(pressed: Pressed, { onList, inControl, selected }: Where): Meaning | null {
  const command = pressed.ctrlKey || pressed.metaKey;
  // With a selection, copying is up to the page; else it copies the row.
  const copies = command && !selected && shortcutLetter(pressed) === 'c';
  if (pressed.altKey || (command && !copies) || inControl) return null;
  // Shift+Tab leaves the rows, rather than going through the links above.
  if (pressed.key === 'Tab' && pressed.shiftKey && !onList) return 'out';
  return WAYS[pressed.key] ?? 'row';
}

/** Whether an item can be focused: lines between rows can't. */
export const canBeAt = ({ kind }: Item): boolean => kind !== 'day' && kind !== 'new' && kind !== 'beginning';

/**
 * The item to move to, from the current one, or from what is in view if that is not. With `by` 0: the newest in view.
 */
export function nextItem(items: readonly Item[], current: number, sight: Sight, by: 1 | 0 | -1): number {
  let next = current;
  if (!isIn(sight, current)) next = by === 1 ? sight.first - 1 : sight.last + 1;
  const step = by === 0 && next !== current ? -1 : by;
  if (step === 0) return next;
  for (next += step; ; next += step) {
    const item = items[next];
    if (item === undefined || canBeAt(item)) return next;
  }
}

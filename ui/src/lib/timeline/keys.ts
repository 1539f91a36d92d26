/** What the keys mean in the timeline: up and down between its items, to its ends, or what a row does. */
import { shortcutLetter, type Press } from '../composing';
import { isIn, type Sight } from '../viewport/sight';
import type { Item } from './items';

/** `out` leads from a row to the list itself; `row` is for the row that has the focus to say. */
export type Meaning = 'out' | 'up' | 'down' | 'oldest' | 'newest' | 'row';

/** Where a key was pressed. */
export interface Where {
  /** On the list itself rather than on a row. */
  onList: boolean;
  /** In a button or link inside of a row. */
  inControl: boolean;
  /** Some text is selected. */
  selected: boolean;
}

export type Pressed = Press & Pick<KeyboardEvent, 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'>;

const WAYS: Readonly<Record<string, Meaning>> = { ArrowUp: 'up', ArrowDown: 'down', Home: 'oldest', End: 'newest' };

/** Null where the key is somebody else's. */
export function meaningOf(pressed: Pressed, { onList, inControl, selected }: Where): Meaning | null {
  const command = pressed.ctrlKey || pressed.metaKey;
  // Copying is the page's own where something is selected; else it takes the row.
  const copies = command && !selected && shortcutLetter(pressed) === 'c';
  if (pressed.altKey || (command && !copies) || inControl) return null;
  // Back from a row leads out, not through the links of those above.
  if (pressed.key === 'Tab' && pressed.shiftKey && !onList) return 'out';
  return WAYS[pressed.key] ?? 'row';
}

/** Whether the focus can be on an item: lines between rows have nothing to do. */
export const canBeAt = ({ kind }: Item): boolean => kind !== 'day' && kind !== 'new' && kind !== 'beginning';

/** The item that is led to from the current one; from what is in sight where that is not. With `by` 0 it is the newest in sight. */
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

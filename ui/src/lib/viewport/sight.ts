/** Which part of a list is in view. */
import { below } from './following';
import type { Scroller } from './viewport';

/** The first and last item that are at least partly visible. */
export interface Sight {
  first: number;
  last: number;
}

/** This much of an item counts as having been read. */
const LINE_PX = 20;
/** This much of what was read before stays in view above what is new. */
const MARGIN_PX = 48;
/** Within this distance of an end, more rows are loaded. */
const LOAD_AHEAD_PX = 700;

export function sightOf(scroller: Scroller): Sight {
  const { offset, view } = scroller.geometry();
  return { first: scroller.itemAt(offset), last: scroller.itemAt(offset + view - 1) };
}

export const isIn = ({ first, last }: Sight, index: number): boolean => index >= first && index <= last;

/** Items with at least one visible line; a `whole` item must be fully visible, or fill the view. */
export function readable(scroller: Scroller, whole: (item: number) => boolean): number[] {
  const { offset, view } = scroller.geometry();
  const last = scroller.itemAt(offset + view);
  const found: number[] = [];
  for (let item = scroller.itemAt(offset); item <= last; item++) {
    const [start, size] = [scroller.offsetOf(item), scroller.sizeOf(item)];
    const enough = whole(item) ? Math.min(size - 1, view) : Math.min(LINE_PX, size);
    if (Math.min(offset + view, start + size) - Math.max(offset, start) >= enough) found.push(item);
  }
  return found;
}

/** The offset at which an item starts near the view's upper edge. */
export function underMargin(scroller: Scroller, item: number): number {
  return scroller.offsetOf(item) - MARGIN_PX;
}

/** The offset at which an item is centred. */
export function inMiddle(scroller: Scroller, item: number): number {
  return scroller.offsetOf(item) - (scroller.geometry().view - scroller.sizeOf(item)) / 2;
}

/** The ends that the view is close enough to for loading more. */
export function nearEnds(scroller: Scroller): { older: boolean; newer: boolean } {
  const here = scroller.geometry();
  return { older: here.offset < LOAD_AHEAD_PX, newer: below(here) < LOAD_AHEAD_PX };
}

/** Everything fits into the view. */
export function fits(scroller: Scroller): boolean {
  const { length, view } = scroller.geometry();
  return length - view < 1;
}

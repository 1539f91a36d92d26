/** What of a list is in sight. */
import { below } from './following';
import type { Scroller } from './viewport';

/** The first and the last item of which something is to be seen. */
export interface Sight {
  first: number;
  last: number;
}

/** So much of an item counts as having been read. */
const LINE_PX = 20;
/** So much of what was read before stays in sight above what is new. */
const MARGIN_PX = 48;
/** Within this distance of an end more rows are read. */
const LOAD_AHEAD_PX = 700;

export function sightOf(scroller: Scroller): Sight {
  const { offset, view } = scroller.geometry();
  return { first: scroller.itemAt(offset), last: scroller.itemAt(offset + view - 1) };
}

export const isIn = ({ first, last }: Sight, index: number): boolean => index >= first && index <= last;

/** The items of which at least a line shows; of a `whole` one all must, or as much as the view holds. */
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

/** Where the view has to be for an item to begin near its upper edge. */
export function underMargin(scroller: Scroller, item: number): number {
  return scroller.offsetOf(item) - MARGIN_PX;
}

/** Where the view has to be for an item to stand in its middle. */
export function inMiddle(scroller: Scroller, item: number): number {
  return scroller.offsetOf(item) - (scroller.geometry().view - scroller.sizeOf(item)) / 2;
}

/** The ends that the view is near enough to for more to be read there. */
export function nearEnds(scroller: Scroller): { older: boolean; newer: boolean } {
  const here = scroller.geometry();
  return { older: here.offset < LOAD_AHEAD_PX, newer: below(here) < LOAD_AHEAD_PX };
}

/** All that there is fits into the view. */
export function fits(scroller: Scroller): boolean {
  const { length, view } = scroller.geometry();
  return length - view < 1;
}

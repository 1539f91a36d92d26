/**
 * Whether the reader follows the end of a list that grows. Who is there stays there, whatever changes its size: the
 * window, the zoom, rows that are drawn or unfold. Only the reader's own hand leads away from it.
 */

/** How a view lies on what it shows, in pixels. */
export interface Geometry {
  /** What is scrolled past. */
  offset: number;
  /** The whole length. */
  length: number;
  /** The length that is in sight. */
  view: number;
}

/** This close to the end counts as being there. */
export const END_SLACK_PX = 40;
/** A scroll this soon after a wheel, key or pointer is the reader's; a smooth one takes as long. */
export const HAND_MS = 700;
/** Less is rounding. */
const MOVED_PX = 1;

export const below = ({ offset, length, view }: Geometry): number => length - offset - view;

/** Whether a view is at an offset, as far as there is so much to scroll past. */
export function isAt({ offset, length, view }: Geometry, wanted: number | null): boolean {
  return wanted !== null && Math.abs(offset - Math.max(0, Math.min(wanted, length - view))) <= MOVED_PX;
}

/** What a scroll comes to: the reader left or reached the end, or the end moved and is to be followed, or nothing. */
export type Scrolled = 'reached' | 'left' | 'follow' | 'same';

export class Following {
  #last: Geometry = { offset: 0, length: 0, view: 0 };
  #hand = Number.NEGATIVE_INFINITY;

  constructor(public atEnd = true) {}

  /** A wheel, key, finger or pointer moves the view from here on. */
  touched(now: number): void {
    this.#hand = now;
  }

  /** The view was scrolled, by whom or what ever. `more`: there is more behind what is loaded. */
  scrolled(here: Geometry, more: boolean, now: number): Scrolled {
    const last = this.#last;
    this.#last = here;
    if (below(here) <= END_SLACK_PX) {
      this.atEnd = !more;
      return 'reached';
    }
    if (!this.atEnd) return 'same';
    const laidOut = here.length !== last.length || here.view !== last.view;
    const byHand = now - this.#hand <= HAND_MS && here.offset < last.offset;
    if (byHand || (!laidOut && here.offset < last.offset - MOVED_PX)) {
      this.atEnd = false;
      return 'left';
    }
    return laidOut ? 'follow' : 'same';
  }

  /** Sizes changed. True: the end is to be brought into sight again. */
  laidOut(here: Geometry, more: boolean): boolean {
    this.#last = here;
    return this.atEnd && !more;
  }

  /** The view was put somewhere by what the reader chose. */
  put(here: Geometry, atEnd: boolean): void {
    this.#last = here;
    this.atEnd = atEnd;
  }
}

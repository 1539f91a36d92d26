/**
 * Whether the reader follows the end of a growing list. A reader at the end stays there, whatever changes size: the
 * window, the zoom, rows that render or expand. Only the reader's own input moves away from it.
 */

/** A view and its content, in pixels. */
export interface Geometry {
  /** The scroll offset. */
  offset: number;
  /** The length of the content. */
  length: number;
  /** The length of the view. */
  view: number;
}

/** This close to the end counts as being there. */
export const END_SLACK_PX = 40;
/** A scroll this soon after a wheel, key or pointer event is the reader's; smooth scrolling takes as long. */
export const HAND_MS = 700;
/** A smaller difference is rounding. */
const MOVED_PX = 1;

export const below = ({ offset, length, view }: Geometry): number => length - offset - view;

/** Whether a view is at an offset, or as close as its content permits. */
export function isAt({ offset, length, view }: Geometry, wanted: number | null): boolean {
  return wanted !== null && Math.abs(offset - Math.max(0, Math.min(wanted, length - view))) <= MOVED_PX;
}

/** The effect of a scroll: the reader left or reached the end, or the end moved and must be followed, or nothing. */
export type Scrolled = 'reached' | 'left' | 'follow' | 'same';

export class Following {
  #last: Geometry = { offset: 0, length: 0, view: 0 };
  #hand = Number.NEGATIVE_INFINITY;

  constructor(public atEnd = true) {}

  /** A wheel, key or pointer event: the reader moves the view from now on. */
  touched(now: number): void {
    this.#hand = now;
  }

  /** The view was scrolled, for whatever reason. `more`: there is more after what is loaded. */
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

  /** Sizes changed. True: scroll to the end again. */
  laidOut(here: Geometry, more: boolean): boolean {
    this.#last = here;
    return this.atEnd && !more;
  }

  /** The view was moved to a place that the reader chose. */
  put(here: Geometry, atEnd: boolean): void {
    this.#last = here;
    this.atEnd = atEnd;
  }
}

/** The rendered list, behind an interface without the DOM. */
import type { Scroller } from './viewport';

/** What is needed of a virtual list. */
export interface VirtualList {
  findItemIndex(offset: number): number;
  getItemOffset(index: number): number;
  getItemSize(index: number): number;
}

/**
 * Native scrolling, which is immediate: the list's own waits for sizes and would be interrupted by the next frame's.
 */
export function scrollerOf(element: HTMLElement, list: VirtualList): Scroller {
  return {
    geometry: () => ({ offset: element.scrollTop, length: element.scrollHeight, view: element.clientHeight }),
    scrollTo: (offset) => void (element.scrollTop = offset),
    itemAt: (offset) => list.findItemIndex(offset),
    offsetOf: (item) => list.getItemOffset(item),
    sizeOf: (item) => list.getItemSize(item),
  };
}

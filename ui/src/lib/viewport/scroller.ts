/** The list as the page draws it, for what knows no page. */
import type { Scroller } from './viewport';

/** What is asked of a virtual list. */
export interface VirtualList {
  findItemIndex(offset: number): number;
  getItemOffset(index: number): number;
  getItemSize(index: number): number;
}

/** The page's own scrolling, which is immediate: the list's waits for sizes and would be cut off by the next frame's. */
export function scrollerOf(element: HTMLElement, list: VirtualList): Scroller {
  return {
    geometry: () => ({ offset: element.scrollTop, length: element.scrollHeight, view: element.clientHeight }),
    scrollTo: (offset) => void (element.scrollTop = offset),
    itemAt: (offset) => list.findItemIndex(offset),
    offsetOf: (item) => list.getItemOffset(item),
    sizeOf: (item) => list.getItemSize(item),
  };
}

/** A list for viewport tests. */
import type { Scroller } from './viewport';

/** A list like a browser's: its offset is clamped to its length. */
export class List implements Scroller {
  offset = 0;
  constructor(
    public sizes: number[],
    public view: number,
  ) {}

  get length(): number {
    return Math.max(this.view, this.offsetOf(this.sizes.length));
  }
  geometry = () => ({ offset: this.offset, length: this.length, view: this.view });
  scrollTo(offset: number): void {
    this.offset = Math.max(0, Math.min(offset, this.length - this.view));
  }
  itemAt(offset: number): number {
    let index = 0;
    while (index < this.sizes.length - 1 && this.offsetOf(index + 1) <= offset) index++;
    return index;
  }
  offsetOf = (item: number) => this.sizes.slice(0, item).reduce((sum, size) => sum + size, 0);
  sizeOf = (item: number) => this.sizes[item] ?? 0;
}

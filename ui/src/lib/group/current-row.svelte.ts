/** The current row of keyboard navigation, which has or last had the focus. */
import { focusDrawn } from '../parts/focus';
import type { Item } from '../timeline/items';
import { nextItem } from '../timeline/keys';
import { isIn, type Sight } from '../viewport/sight';

/** The list that the row is in. */
export interface Rows {
  items(): readonly Item[];
  sight(): Sight;
  /** The rendered row, if it is rendered. */
  drawn(key: string): HTMLElement | null | undefined;
  scrollTo(index: number): void;
}

/** The row around an element; rows carry the key of their item. */
export function rowAround(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('[data-key]') : null;
}

export class CurrentRow {
  #key = $state<string | null>(null);
  /** It is being scrolled into view. */
  #going = false;
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  get key(): string | null {
    return this.#key;
  }

  get index(): number {
    return this.#key === null ? -1 : this.#rows.items().findIndex((item) => item.key === this.#key);
  }

  get inSight(): boolean {
    return isIn(this.#rows.sight(), this.index);
  }

  /** An element in the list was focused. */
  focused(event: FocusEvent): void {
    this.#key = rowAround(event.target)?.dataset['key'] ?? this.#key;
  }

  /** Arrow keys start from what is being read: a row that was scrolled away and is not focused is no longer current. */
  scrolled(): void {
    if (this.#key === null || this.#going || this.inSight) return;
    if (rowAround(document.activeElement)?.dataset['key'] !== this.#key) this.#key = null;
  }

  /** With 0: onto the current row, else the newest in view. */
  async move(by: 1 | 0 | -1): Promise<void> {
    await this.goTo(nextItem(this.#rows.items(), this.index, this.#rows.sight(), by));
  }

  async goTo(index: number): Promise<void> {
    const key = this.#rows.items()[index]?.key;
    if (key === undefined) return;
    this.#key = key;
    this.#going = true;
    const row = () => this.#rows.drawn(key);
    if (!row()) this.#rows.scrollTo(index);
    await focusDrawn(row, () => this.#key === key);
    if (this.#key !== key) return;
    this.#going = false;
    row()?.scrollIntoView({ block: 'nearest' });
  }
}

/**
 * Where a list of rows is scrolled to, and what keeps it there. Independent of the DOM, which is behind a `Scroller`,
 * so that every rule can be unit tested.
 */
import { END_SLACK_PX, Following, below, isAt, type Geometry } from './following';

export interface Scroller {
  geometry(): Geometry;
  scrollTo(offset: number): void;
  /** The item at this offset. */
  itemAt(offset: number): number;
  offsetOf(item: number): number;
  sizeOf(item: number): number;
}

/** An item, and the distance of its start below the view's upper edge; negative above it. */
export interface Place {
  key: string;
  top: number;
}

export interface Shown {
  /** Keys of the items, in order. */
  keys(): readonly string[];
  /** There is more after what is loaded. */
  more(): boolean;
  /** The reader reached or left the end. */
  ended(atEnd: boolean): void;
  /** The rows may be shown: they are in place, or it took too long. */
  drawn(): void;
  frame(): Promise<void>;
  after(ms: number): Promise<void>;
  now(): number;
}

/** Frames to settle at a place until nothing moves. */
const FRAMES_MAX = 30;
const STILL_FRAMES = 3;
/** Frames until rows have measured sizes instead of estimated ones: the first renders and measures them. */
const DRAWN_FRAMES = 2;
/** Frames may be slow, and rows may keep moving: after this time they are shown wherever they are. */
export const HIDDEN_MS_MAX = 100;
/** For this long after a click, what grows in that row was expanded by the click. */
const UNFOLD_MS = 1_000;

export class Viewport {
  readonly #following = new Following();
  /** What the reader is looking at, as of the last scroll; it stays in place when the width changes. */
  #anchor: Place | null = null;
  #unfolding: { place: Place; size: number; until: number; whole: boolean } | null = null;
  #turn = 0;
  /** The target of the view, until it has settled or the reader interrupts. */
  #wanted: (() => number | null) | null = null;
  #drawn = false;
  /** The initial position was reached: rows count as seen only from then on. */
  placed = false;

  constructor(
    private readonly scroller: () => Scroller | null,
    private readonly shown: Shown,
  ) {}

  get atEnd(): boolean {
    return this.#following.atEnd;
  }

  touched(): void {
    // The reader's input ends every automatic movement.
    this.#turn++;
    this.#wanted = null;
    this.#following.touched(this.shown.now());
  }

  /** The reader's place; null until it is known. */
  place(): Place | 'end' | null {
    if (!this.placed) return null;
    return this.atEnd ? 'end' : this.#anchor;
  }

  scrolled(): void {
    const scroller = this.scroller();
    if (scroller === null || !this.placed) return;
    const outcome = this.#following.scrolled(scroller.geometry(), this.shown.more(), this.shown.now());
    if (outcome === 'follow') this.toEnd();
    else this.#look(scroller);
    this.shown.ended(this.atEnd);
  }

  /** Rows were added, removed or resized, or the view's height changed. */
  laidOut(): void {
    const scroller = this.scroller();
    if (scroller === null) return;
    if (this.#wanted !== null) return this.#scrollToWanted(scroller);
    if (!this.placed || this.#unfolded(scroller)) return;
    if (this.#following.laidOut(scroller.geometry(), this.shown.more())) this.toEnd();
  }

  /** The view's width changed, so all rows change their heights. */
  async reflowed(): Promise<void> {
    const anchor = this.#anchor;
    if (!this.placed) return;
    if (this.atEnd || anchor === null) return this.laidOut();
    await this.settle(() => this.#offsetFor(anchor));
  }

  /** Something in this item was clicked. `whole`: it shows or hides other items, rather than expanding itself. */
  clicked(key: string, whole: boolean): void {
    const scroller = this.scroller();
    const index = this.shown.keys().indexOf(key);
    if (scroller === null || index < 0) return;
    const top = scroller.offsetOf(index) - scroller.geometry().offset;
    this.#unfolding = { place: { key, top }, size: scroller.sizeOf(index), until: this.shown.now() + UNFOLD_MS, whole };
  }

  toEnd(): void {
    const scroller = this.scroller();
    if (scroller !== null) scroller.scrollTo(scroller.geometry().length);
  }

  /**
   * Goes to an offset that is known only once rows are rendered, until nothing moves. False: the reader interrupted.
   */
  async settle(offset: () => number | null): Promise<boolean> {
    const turn = ++this.#turn;
    this.#wanted = offset;
    let still = 0;
    let before = '';
    for (let i = 0; i < FRAMES_MAX && still < STILL_FRAMES && turn === this.#turn; i++) {
      const scroller = this.scroller();
      const wanted = offset();
      if (scroller === null || wanted === null) break;
      scroller.scrollTo(wanted);
      await this.shown.frame();
      const here = scroller.geometry();
      const said = `${here.offset}/${here.length}/${here.view}`;
      still = said === before && here.view > 0 ? still + 1 : 0;
      before = said;
      if (i + 1 >= DRAWN_FRAMES && isAt(here, offset())) this.#show();
    }
    const arrived = turn === this.#turn;
    if (arrived) this.#wanted = null;
    return arrived;
  }

  /** Goes to a place that the reader chose, or to the group's initial place. */
  async go(to: 'end' | Place | (() => number | null)): Promise<void> {
    const end = to === 'end';
    this.#put(end);
    const offset = end
      ? () => this.scroller()?.geometry().length ?? null
      : typeof to === 'function'
        ? to
        : () => this.#offsetFor(to);
    if (!this.#drawn) void this.shown.after(HIDDEN_MS_MAX).then(() => this.#show());
    const arrived = await this.settle(offset);
    this.#show();
    this.placed = true;
    const scroller = this.scroller();
    if (scroller === null) return;
    if (!arrived) return this.scrolled();
    this.#put(end || (below(scroller.geometry()) <= END_SLACK_PX && !this.shown.more()));
    this.#look(scroller);
  }

  /** If it keeps moving too long, it is shown moving rather than not at all. */
  #show(): void {
    const scroller = this.scroller();
    if (this.#drawn || scroller === null) return;
    this.#drawn = true;
    this.#scrollToWanted(scroller);
    this.shown.drawn();
  }

  #scrollToWanted(scroller: Scroller): void {
    const wanted = this.#wanted?.() ?? null;
    if (wanted !== null) scroller.scrollTo(wanted);
  }

  #put(atEnd: boolean): void {
    const geometry = this.scroller()?.geometry();
    if (geometry !== undefined) this.#following.put(geometry, atEnd);
    this.shown.ended(atEnd);
  }

  #offsetFor({ key, top }: Place): number | null {
    const index = this.shown.keys().indexOf(key);
    return index < 0 ? null : (this.scroller()?.offsetOf(index) ?? 0) - top;
  }

  #look(scroller: Scroller): void {
    const { offset } = scroller.geometry();
    const index = scroller.itemAt(offset);
    const key = this.shown.keys()[index];
    if (key !== undefined) this.#anchor = { key, top: scroller.offsetOf(index) - offset };
  }

  /** What the reader expanded stays in place, and grows downwards. True if that was the cause. */
  #unfolded(scroller: Scroller): boolean {
    const asked = this.#unfolding;
    if (asked === null) return false;
    if (this.shown.now() > asked.until) {
      this.#unfolding = null;
      return false;
    }
    const index = this.shown.keys().indexOf(asked.place.key);
    const grew = index >= 0 && Math.abs(scroller.sizeOf(index) - asked.size) > END_SLACK_PX;
    if (index < 0 || (!grew && !asked.whole)) return false;
    // Something that collapses is anchored at its lower edge: its upper edge may be far above.
    const shrunk = asked.whole ? 0 : Math.max(0, asked.size - scroller.sizeOf(index));
    const top = asked.place.top < 0 ? asked.place.top + shrunk : asked.place.top;
    scroller.scrollTo(scroller.offsetOf(index) - top);
    const here = scroller.geometry();
    this.#put(below(here) <= END_SLACK_PX && !this.shown.more());
    this.#look(scroller);
    return true;
  }
}

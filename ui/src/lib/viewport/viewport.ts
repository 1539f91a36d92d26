/**
 * Where a list of rows is scrolled to, and what keeps it there. It knows no DOM: a `Scroller` does, so that every rule
 * is a plain test.
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

/** An item, and how far below the upper edge of the view it begins; above it that is negative. */
export interface Place {
  key: string;
  top: number;
}

export interface Shown {
  /** Keys of the items, in order. */
  keys(): readonly string[];
  /** There is more behind what is loaded. */
  more(): boolean;
  /** The reader reached or left the end. */
  ended(atEnd: boolean): void;
  /** From now on the rows are to be seen: they stand where the view begins, or it took too long. */
  drawn(): void;
  frame(): Promise<void>;
  after(ms: number): Promise<void>;
  now(): number;
}

/** Frames in which a place is looked for until nothing moves any more. */
const FRAMES_MAX = 30;
const STILL_FRAMES = 3;
/** Frames until rows have their own sizes instead of assumed ones: in the first they are drawn and measured. */
const DRAWN_FRAMES = 2;
/** Frames may be slow, and rows may go on moving: so long after they are there they show, wherever they stand. */
export const HIDDEN_MS_MAX = 100;
/** So long after a click what grows in that row is what was asked for. */
const UNFOLD_MS = 1_000;

export class Viewport {
  readonly #following = new Following();
  /** What the reader looks at, as of the last scroll; where the width changes it stays where it is. */
  #anchor: Place | null = null;
  #unfolding: { place: Place; size: number; until: number; whole: boolean } | null = null;
  #turn = 0;
  /** Where the view is going, until it has settled or a hand ends it. */
  #wanted: (() => number | null) | null = null;
  #drawn = false;
  /** The first place was found: only from here on rows count as seen. */
  placed = false;

  constructor(
    private readonly scroller: () => Scroller | null,
    private readonly shown: Shown,
  ) {}

  get atEnd(): boolean {
    return this.#following.atEnd;
  }

  touched(): void {
    // A hand ends every automatic movement.
    this.#turn++;
    this.#wanted = null;
    this.#following.touched(this.shown.now());
  }

  /** Where the reader is; null before that was found. */
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

  /** Rows came, went or got another size, or the view got another height. */
  laidOut(): void {
    const scroller = this.scroller();
    if (scroller === null) return;
    if (this.#wanted !== null) return this.#scrollToWanted(scroller);
    if (!this.placed || this.#unfolded(scroller)) return;
    if (this.#following.laidOut(scroller.geometry(), this.shown.more())) this.toEnd();
  }

  /** The view got another width, so all rows get other heights. */
  async reflowed(): Promise<void> {
    const anchor = this.#anchor;
    if (!this.placed) return;
    if (this.atEnd || anchor === null) return this.laidOut();
    await this.settle(() => this.#offsetFor(anchor));
  }

  /** Something in this item was clicked. `whole`: it shows or hides other items, rather than more of itself. */
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

  /** Goes to an offset that is only known once rows were drawn: until nothing moves any more. False: a hand came first. */
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

  /** Goes somewhere that the reader chose, or the room begins with. */
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

  /** What moves until it has settled is shown moving rather than not at all. */
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

  /** What the reader unfolded stays where it was, and grows downwards. True when that was it. */
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
    // What folds up is followed by its lower edge: its upper one may be far above.
    const shrunk = asked.whole ? 0 : Math.max(0, asked.size - scroller.sizeOf(index));
    const top = asked.place.top < 0 ? asked.place.top + shrunk : asked.place.top;
    scroller.scrollTo(scroller.offsetOf(index) - top);
    const here = scroller.geometry();
    this.#put(below(here) <= END_SLACK_PX && !this.shown.more());
    this.#look(scroller);
    return true;
  }
}

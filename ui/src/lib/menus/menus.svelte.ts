/** The one menu that is open, and who offers what: each thing of the window is marked with its offer. */
import type { Attachment } from 'svelte/attachments';
import type { Offer } from './actions';

export interface Point {
  x: number;
  y: number;
}

export interface OpenMenu extends Offer {
  /** What it belongs to, and what has the focus again afterwards. */
  anchor: HTMLElement;
  /** Where it was asked for; else it opens beside the anchor. */
  point: Point | null;
}

export class Menus {
  shown = $state.raw<OpenMenu | null>(null);
  /** Counts what was asked for: an offer that comes late opens nothing over a newer one. */
  #asked = 0;

  /** A button's menu: opens, or closes where it is open. */
  toggle(anchor: HTMLElement, offer: Offer): void {
    if (this.shown?.anchor === anchor) return this.close();
    this.#asked++;
    this.shown = { ...offer, anchor, point: null };
  }

  /** Opens what is offered there, once it is known; nothing where that is nothing. */
  async ask(anchor: HTMLElement, point: Point, offer: Offer | Promise<Offer>): Promise<void> {
    const turn = ++this.#asked;
    const { label, sections } = await offer;
    const some = sections.filter((section) => section.length > 0);
    if (turn === this.#asked && some.length > 0) this.shown = { label, sections: some, anchor, point };
  }

  close(): void {
    this.#asked++;
    this.shown = null;
  }
}

type Offering = () => Offer | Promise<Offer>;
const offerings = new WeakMap<Element, Offering>();

/** Marks an element as a thing with a menu. */
export function offers(offering: Offering): Attachment<HTMLElement> {
  return (element) => {
    offerings.set(element, offering);
    return () => void offerings.delete(element);
  };
}

/** The innermost thing around an element, and what it offers. */
export function offeringOf(from: Element): Offering | null {
  for (let element: Element | null = from; element !== null; element = element.parentElement) {
    const found = offerings.get(element);
    if (found !== undefined) return found;
  }
  return null;
}

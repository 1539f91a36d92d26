/** The open menu, and the offers: each thing in the window is registered with its actions. */
import type { Attachment } from 'svelte/attachments';
import type { Offer } from './actions';

export interface Point {
  x: number;
  y: number;
}

export interface OpenMenu extends Offer {
  /** The element it belongs to, which gets the focus back. */
  anchor: HTMLElement;
  /** Where it was requested; else it opens next to the anchor. */
  point: Point | null;
}

export class Menus {
  shown = $state.raw<OpenMenu | null>(null);
  /** Counts requests: an offer that arrives late does not open over a newer one. */
  #asked = 0;

  /** A button's menu: opens or closes it. */
  toggle(anchor: HTMLElement, offer: Offer): void {
    if (this.shown?.anchor === anchor) return this.close();
    this.#asked++;
    this.shown = { ...offer, anchor, point: null };
  }

  /** Opens the menu of an offer once it is known; nothing if it is empty. */
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

/** Registers an element as a thing with a menu. */
export function offers(offering: Offering): Attachment<HTMLElement> {
  return (element) => {
    offerings.set(element, offering);
    return () => void offerings.delete(element);
  };
}

/** The innermost thing around an element, with its offer. */
export function offeringOf(from: Element): Offering | null {
  for (let element: Element | null = from; element !== null; element = element.parentElement) {
    const found = offerings.get(element);
    if (found !== undefined) return found;
  }
  return null;
}

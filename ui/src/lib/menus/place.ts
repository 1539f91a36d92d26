/** The actions at a place in the window: for a text field, or for a selection, a link and the thing around them. */
import { inField } from '../keys';
import { FOCUSABLE } from '../parts/focus';
import type { Session } from '../state/session.svelte';
import { words } from '../words/catalogue';
import type { Offer, Section } from './actions';
import { fieldOffer, isField } from './field';
import { linkActions } from './link';
import { offeringOf } from './menus.svelte';
import { selectionActions } from './selection';

/** The actions for an element, or for the thing that contains it. */
export async function offerAt(target: Element, session: Session): Promise<Offer> {
  if (isField(target)) return fieldOffer(target, session);
  if (inField(target)) return { label: '', sections: [] };
  const parts: Section[] = [selectionActions(target, session), linkActions(target, session)];
  const around = await offeringOf(target)?.();
  return { label: around?.label ?? words.menu.title, sections: [...parts, ...(around?.sections ?? [])] };
}

/** The element that gets the focus back: this one, or its nearest focusable ancestor. */
export function anchorOf(target: Element): HTMLElement {
  const near = target.closest(FOCUSABLE);
  return near instanceof HTMLElement ? near : document.body;
}

/** Opened by key, the menu is placed at the focused element. */
export function pointOf(element: Element): { x: number; y: number } {
  const INSET_PX = 24;
  const box = element.getBoundingClientRect();
  const bottom = Math.min(box.bottom, window.innerHeight);
  return { x: box.left + Math.min(INSET_PX, box.width / 2), y: Math.max(Math.max(box.top, 0), bottom - INSET_PX / 2) };
}

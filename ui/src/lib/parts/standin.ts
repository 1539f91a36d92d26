/**
 * Where the focus goes when the focused element disappears: a button that removes itself, a panel that closes around
 * it. Otherwise the body would have it, and the next typed letters would be lost.
 */
import { FOCUSABLE } from './focus';

/** The composer: `data-home` marks an element's role for the focus. */
const WRITING = '[data-home=writing]';
/** The composer, else the timeline, else the list of groups, else anything. */
const HOMES = [WRITING, '[data-home=reading]', '[data-home=choosing] [tabindex="0"]', 'main input, main button'];

/** Watches the focus of a page. Returns a function that stops it. */
export function keepFocus(page: Document): () => void {
  /** The last focused element and its ancestors, innermost first. */
  let path: readonly Element[] = [];
  const got = ({ target }: FocusEvent) => {
    path = target instanceof Element ? around(target) : [];
  };
  // Not every web view focuses a clicked button; clicking something unfocusable gives up the focus.
  const clicked = ({ target }: MouseEvent) => {
    const control = target instanceof Element ? target.closest(FOCUSABLE) : null;
    if (nobodyHasIt(page)) path = control === null ? [] : around(control);
  };
  const observer = new MutationObserver(() => {
    if (path[0]?.isConnected !== false || !nobodyHasIt(page)) return;
    const outer = path.slice(1).filter((element) => element.isConnected);
    path = [];
    if (!outer.some(takes)) focusHome(page);
  });
  observer.observe(page.body, { childList: true, subtree: true });
  page.addEventListener('focusin', got);
  page.addEventListener('click', clicked, true);
  return () => {
    observer.disconnect();
    page.removeEventListener('focusin', got);
    page.removeEventListener('click', clicked, true);
  };
}

/** No control has the focus: typed letters reach nobody. */
export function nobodyHasIt(page: Document): boolean {
  return page.activeElement === null || page.activeElement === page.body;
}

export function focusHome(page: Document): void {
  for (const home of HOMES) {
    page.querySelector<HTMLElement>(home)?.focus({ preventScroll: true });
    if (!nobodyHasIt(page)) return;
  }
}

export function focusComposer(): void {
  document.querySelector<HTMLElement>(WRITING)?.focus();
}

function around(element: Element): Element[] {
  const path: Element[] = [];
  for (let at: Element | null = element; at !== null; at = at.parentElement) path.push(at);
  return path;
}

/** Tries to focus an element, or the current row of a list, or a control in a dialog; returns whether that succeeded. */
function takes(element: Element): boolean {
  const inside = { UL: '[tabindex="0"]', DIALOG: FOCUSABLE }[element.tagName];
  const taker = inside === undefined ? element : element.querySelector(inside);
  if (!(taker instanceof HTMLElement) || !taker.matches(FOCUSABLE)) return false;
  taker.focus({ preventScroll: true });
  return document.activeElement === taker;
}

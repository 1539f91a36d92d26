/**
 * What has the focus when what had it goes away: a button that its own click removes, a panel that closes around it. Else
 * the page as a whole would have it, and what is typed next would be lost.
 */
import { FOCUSABLE } from './focus';

/** Where one writes: an element says with `data-home` what it is to the focus. */
const WRITING = '[data-home=writing]';
/** Where one writes, else what one reads, else the list of groups, else whatever there is. */
const HOMES = [WRITING, '[data-home=reading]', '[data-home=choosing] [tabindex="0"]', 'main input, main button'];

/** Watches over the focus of a page. Returns the end of it. */
export function keepFocus(page: Document): () => void {
  /** What had the focus last, and all that it was in, from the inside outwards. */
  let path: readonly Element[] = [];
  const got = ({ target }: FocusEvent) => {
    path = target instanceof Element ? around(target) : [];
  };
  // Not every web view gives it to a button that is clicked; and whoever points at what can't have it has let go of it.
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

/** No control has the focus: what is typed reaches nobody. */
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

/** The row of the message that is unfolded now, the next one of a list, the dialog. */
function takes(element: Element): boolean {
  const inside = { UL: '[tabindex="0"]', DIALOG: FOCUSABLE }[element.tagName];
  const taker = inside === undefined ? element : element.querySelector(inside);
  if (!(taker instanceof HTMLElement) || !taker.matches(FOCUSABLE)) return false;
  taker.focus({ preventScroll: true });
  return document.activeElement === taker;
}

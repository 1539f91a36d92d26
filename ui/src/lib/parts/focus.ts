/** Helpers for keyboard focus. */
import { tick } from 'svelte';
import type { Action } from 'svelte/action';

/** Focusable elements. */
export const FOCUSABLE = 'a[href], button, input, textarea, select, summary, [tabindex]';

/** An opening drawer focuses its first control; as a pane next to the group it does not. */
export const focusInside: Action<HTMLElement, boolean> = (element, isDrawer) => {
  if (isDrawer) element.querySelector<HTMLElement>('[role=tab][tabindex="0"], button')?.focus({ preventScroll: true });
};

/** Focuses the element when it appears: for the first field of a dialog. */
export const focusNow: Action<HTMLElement> = (element) => {
  queueMicrotask(() => element.focus({ preventScroll: true }));
};

/** After a failed submit: focuses the first invalid field of a form. */
export async function focusWrong(form: HTMLElement | undefined): Promise<void> {
  await tick();
  form?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
}

/** A virtual list renders what is scrolled to within a few frames; after this many it is not there. */
const FRAMES_MAX = 20;

/** Focuses an element that may not be rendered yet; at once if it is, since the next key may follow immediately. */
export async function focusDrawn(find: () => HTMLElement | null | undefined, wanted: () => boolean): Promise<void> {
  for (let frames = 0; frames < FRAMES_MAX && wanted(); frames++) {
    const element = find();
    element?.focus({ preventScroll: true });
    if (element !== null && element !== undefined && document.activeElement === element) return;
    await new Promise((done) => requestAnimationFrame(done));
  }
}

/** Actions about keyboard focus. */
import { tick } from 'svelte';
import type { Action } from 'svelte/action';

/** What can have the focus. */
export const FOCUSABLE = 'a[href], button, input, textarea, select, summary, [tabindex]';

/** A drawer that opens takes the focus to its first control; beside the room the same pane does not. */
export const focusInside: Action<HTMLElement, boolean> = (element, isDrawer) => {
  if (isDrawer) element.querySelector<HTMLElement>('[role=tab][tabindex="0"], button')?.focus({ preventScroll: true });
};

/** Focuses the element when it appears: for the first field of a dialog. */
export const focusNow: Action<HTMLElement> = (element) => {
  queueMicrotask(() => element.focus({ preventScroll: true }));
};

/** After an attempt: the first field of a form that says what is wrong with it. */
export async function focusWrong(form: HTMLElement | undefined): Promise<void> {
  await tick();
  form?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
}

/** A virtual list draws what is scrolled to within some frames: more than this, and it is not there. */
const FRAMES_MAX = 20;

/** Focuses what is perhaps not drawn yet: at once where it is, since the next key may be there already. */
export async function focusDrawn(find: () => HTMLElement | null | undefined, wanted: () => boolean): Promise<void> {
  for (let frames = 0; frames < FRAMES_MAX && wanted(); frames++) {
    const element = find();
    element?.focus({ preventScroll: true });
    if (element !== null && element !== undefined && document.activeElement === element) return;
    await new Promise((done) => requestAnimationFrame(done));
  }
}

/** Actions about keyboard focus. */
import type { Action } from 'svelte/action';

/** A drawer that opens takes the focus to its first control; beside the room the same pane does not. */
export const focusInside: Action<HTMLElement, boolean> = (element, isDrawer) => {
  if (isDrawer) element.querySelector<HTMLElement>('[role=tab][tabindex="0"], button')?.focus({ preventScroll: true });
};

/** Focuses the element when it appears: for the first field of a dialog. */
export const focusNow: Action<HTMLElement> = (element) => {
  queueMicrotask(() => element.focus({ preventScroll: true }));
};

/** Actions about keyboard focus. */
import type { Action } from 'svelte/action';

/** Focuses the element when it appears: for the first field of a dialog. */
export const focusNow: Action<HTMLElement> = (element) => {
  queueMicrotask(() => element.focus({ preventScroll: true }));
};

/**
 * Actions on the things in the window. One list for each kind of thing defines its menu, its hover buttons and its
 * keys: a key does nothing that the menu does not offer.
 */
import type { Component } from 'svelte';
import { shortcutLetter, type Press } from '../composing';

export interface Action {
  id: string;
  label: string;
  icon?: Component<{ size?: number }>;
  /** The key for it while the thing has the focus, as returned by `shortcutLetter`. */
  key?: string;
  /** The shortcut as displayed, if it is not the key's name. */
  hint?: string;
  danger?: boolean;
  /** `at` is the element it was triggered on; popovers open there. */
  run: (at: HTMLElement) => void;
}

/** Related entries; a line separates them from the next section. */
export type Section = readonly Action[];

/** The actions for a thing, and the menu's label. */
export interface Offer {
  label: string;
  sections: readonly Section[];
}

/** Runs the action of a key on a thing. False if the key has no meaning there. */
export function runKey(event: Press, sections: readonly Section[], at: HTMLElement): boolean {
  const key = shortcutLetter(event);
  const action = sections.flat().find((one) => one.key === key);
  action?.run(at);
  return action !== undefined;
}

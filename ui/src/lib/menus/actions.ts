/**
 * What can be done with a thing. One list for each kind of thing is what its menu offers, what its buttons on hover are
 * taken from, and what the keys do: what the menu does not offer, no key does.
 */
import type { Component } from 'svelte';
import { shortcutLetter, type Press } from '../composing';

export interface Action {
  id: string;
  label: string;
  icon?: Component<{ size?: number }>;
  /** The key that does it while the thing has the focus, as `shortcutLetter` gives it. */
  key?: string;
  /** The shortcut as it is shown, where that is not the key's own name. */
  hint?: string;
  danger?: boolean;
  /** `at` is where it was asked for: what opens, opens there. */
  run: (at: HTMLElement) => void;
}

/** Entries that belong together; a line parts them from the next ones. */
export type Section = readonly Action[];

/** What is offered for a thing, and what it is called. */
export interface Offer {
  label: string;
  sections: readonly Section[];
}

/** Does what a key means on a thing. False when it means nothing there. */
export function runKey(event: Press, sections: readonly Section[], at: HTMLElement): boolean {
  const key = shortcutLetter(event);
  const action = sections.flat().find((one) => one.key === key);
  action?.run(at);
  return action !== undefined;
}

/**
 * Roving tabindex: one tab stop for a list; arrow keys move between its entries in render order. The selector finds the
 * entries, which may come and go.
 */
import type { Action } from 'svelte/action';
import { isComposing } from '../composing';

interface Options {
  items: string;
  along?: 'row' | 'column';
}

export const roving: Action<HTMLElement, Options> = (list, { items, along = 'column' }) => {
  const entries = () => [...list.querySelectorAll<HTMLElement>(items)].filter((entry) => !entry.matches(':disabled'));
  let last: HTMLElement | null = null;

  /** Exactly one entry is in the tab order: the last focused one, else the first. */
  function settle(): void {
    const all = entries();
    const stop = last !== null && all.includes(last) ? last : all[0];
    for (const entry of all) {
      const wanted = entry === stop ? 0 : -1;
      if (entry.tabIndex !== wanted) entry.tabIndex = wanted;
    }
  }

  function focused(event: FocusEvent): void {
    const entry = event.target instanceof Element ? event.target.closest<HTMLElement>(items) : null;
    if (entry === null || entry === last) return;
    last = entry;
    settle();
  }

  function keys(event: KeyboardEvent): void {
    if (
      event.defaultPrevented ||
      isComposing(event) ||
      event.altKey ||
      event.ctrlKey ||
      event.metaKey ||
      event.shiftKey
    )
      return;
    const all = entries();
    const here = all.indexOf(event.target as HTMLElement);
    if (here < 0) return;
    const next = target(event.key, here, all.length);
    if (next === null) return;
    event.preventDefault();
    all[next]?.focus({ preventScroll: true });
    all[next]?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  function target(key: string, here: number, length: number): number | null {
    const forwards = getComputedStyle(list).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    const [on, back] =
      along === 'column'
        ? ['ArrowDown', 'ArrowUp']
        : [forwards, forwards === 'ArrowRight' ? 'ArrowLeft' : 'ArrowRight'];
    if (key === on) return Math.min(here + 1, length - 1);
    if (key === back) return Math.max(here - 1, 0);
    if (key === 'Home') return 0;
    return key === 'End' ? length - 1 : null;
  }

  const observer = new MutationObserver(settle);
  observer.observe(list, { childList: true, subtree: true });
  list.addEventListener('focusin', focused);
  list.addEventListener('keydown', keys);
  settle();
  return {
    destroy: () => {
      observer.disconnect();
      list.removeEventListener('focusin', focused);
      list.removeEventListener('keydown', keys);
    },
  };
};

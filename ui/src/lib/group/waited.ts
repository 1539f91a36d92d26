/** A change that completes at once should not flash: waiting changes are shown after a moment. */
import { seconds } from '../parts/clock.svelte';

export const SHOWN_AFTER_MS = 2_000;

/** Whether a change requested then has waited for a moment. Follows the clock until it has. */
export function hasWaited(sinceMs: number): boolean {
  const waited = (now: number) => now < sinceMs || now - sinceMs >= SHOWN_AFTER_MS;
  // Setting the clock back must not hide it.
  return waited(Date.now()) || waited(seconds.now);
}

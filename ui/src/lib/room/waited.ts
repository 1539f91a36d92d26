/** A change that goes through at once is not to flash: what waits is shown once it has waited for a moment. */
import { seconds } from '../parts/clock.svelte';

export const SHOWN_AFTER_MS = 2_000;

/** Whether a change that was asked for then has waited for a moment. Looks at the clock again until it has. */
export function hasWaited(sinceMs: number): boolean {
  const waited = (now: number) => now < sinceMs || now - sinceMs >= SHOWN_AFTER_MS;
  // A clock that was set back since must not hide it.
  return waited(Date.now()) || waited(seconds.now);
}

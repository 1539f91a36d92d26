/** The current time as state, in steps: for countdowns, and for separators that change from today to yesterday. */
import { createSubscriber } from 'svelte/reactivity';

class Clock {
  #subscribe: () => void;

  constructor(everyMs: number) {
    this.#subscribe = createSubscriber((update) => {
      const timer = setInterval(update, everyMs);
      return () => clearInterval(timer);
    });
  }

  get now(): number {
    this.#subscribe();
    return Date.now();
  }
}

export const seconds = new Clock(1_000);
export const minutes = new Clock(60_000);

import { beforeEach, describe, expect, it, vi } from 'vitest';
import { hasWaited, SHOWN_AFTER_MS } from './waited';

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

describe('a change', () => {
  it('is shown once it has waited for a moment', () => {
    const since = Date.now();
    expect(hasWaited(since)).toBe(false);
    vi.advanceTimersByTime(SHOWN_AFTER_MS - 1);
    expect(hasWaited(since)).toBe(false);
    vi.advanceTimersByTime(1);
    expect(hasWaited(since)).toBe(true);
  });

  it('is shown where the clock was set back since', () => expect(hasWaited(Date.now() + 1)).toBe(true));
});

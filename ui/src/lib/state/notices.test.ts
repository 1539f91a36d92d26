import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Notices } from './notices.svelte';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('keeps nothing of what was read out: its sender may delete it', () => {
  const notices = new Notices(String);
  notices.speak('bob: a secret');
  vi.advanceTimersByTime(2_000);
  notices.speak('bob: another');
  vi.advanceTimersByTime(2_000);
  expect(notices.spoken.text, 'not before it was said').toBe('bob: another');
  vi.advanceTimersByTime(2_000);
  expect(notices.spoken.text).toBe('');
});

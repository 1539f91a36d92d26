import { beforeEach, expect, it, vi } from 'vitest';
import { Coalesced } from './rereads';

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

it('runs once for many requests meanwhile, and again for what came during the run', async () => {
  let runs = 0;
  let finish = () => {};
  const work = new Coalesced(
    () =>
      new Promise<void>((done) => {
        runs++;
        finish = done;
      }),
    50,
  );
  const first = work.request();
  void work.request();
  void work.request();
  expect(runs).toBe(1);
  finish();
  await vi.advanceTimersByTimeAsync(60);
  expect(runs).toBe(2);
  finish();
  await first;
  await vi.advanceTimersByTimeAsync(500);
  expect(runs).toBe(2);
});

it('can be asked again after a run that failed', async () => {
  let fails = true;
  const work = new Coalesced(() => (fails ? Promise.reject(new Error('no')) : Promise.resolve()), 10);
  await expect(work.request()).rejects.toThrow('no');
  fails = false;
  await expect(work.request()).resolves.toBeUndefined();
});

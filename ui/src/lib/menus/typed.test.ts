import { expect, it } from 'vitest';
import { Typed } from './typed';

const NAMES = ['Reply', 'React', 'Copy text', 'Copy address', 'Edit'];

it('goes through what begins with one letter, and straight to what begins with several', () => {
  let now = 0;
  const typed = new Typed(() => now);
  expect(typed.find('r', NAMES, 0)).toBe(1);
  expect(typed.find('r', NAMES, 1)).toBe(0);
  now += 1_000;
  let at: number | null = 0;
  for (const letter of 'copy a') at = typed.find(letter, NAMES, at ?? 0);
  expect(at).toBe(3);
  now += 1_000;
  expect(typed.find('x', NAMES, 3)).toBeNull();
});

it('takes a blank only within a name', () => {
  let now = 0;
  const typed = new Typed(() => now);
  expect([typed.is({ key: ' ' }), typed.is({ key: 'c' }), typed.is({ key: 'Enter' }), typed.is({ key: 'é' })]).toEqual([
    false,
    true,
    false,
    true,
  ]);
  typed.find('c', NAMES, 0);
  expect(typed.is({ key: ' ' })).toBe(true);
  now += 1_000;
  expect(typed.is({ key: ' ' })).toBe(false);
});

import { expect, it } from 'vitest';
import { SHOWN_LETTERS_MAX, SHOWN_LINES_MAX, beginning } from './fold';

const lines = (text: string) => text.split('\n').length;

it('shows texts of a usual size whole', () => {
  for (const text of [
    '',
    'a',
    'x'.repeat(SHOWN_LETTERS_MAX + 500),
    Array.from({ length: SHOWN_LINES_MAX }, () => 'a').join('\n'),
  ]) {
    expect(beginning(text)).toBeNull();
  }
});

it('folds long ones, by letters and by lines', () => {
  expect(beginning('x'.repeat(64 * 1024))).toBe(`${'x'.repeat(SHOWN_LETTERS_MAX)}…`);
  expect(beginning(`E${'\n'.repeat(1_500)}7`)).toBe('E…');
  const code = Array.from({ length: 900 }, (_, i) => `line ${i}`).join('\n');
  expect(lines(beginning(code) ?? code)).toBe(SHOWN_LINES_MAX);
  expect(beginning('😀'.repeat(10_000))).toBe(`${'😀'.repeat(SHOWN_LETTERS_MAX)}…`);
});

import { expect, it } from 'vitest';
import { COLUMNS, cellAfter, layOut } from './grid';

const some = (n: number) =>
  Array.from({ length: n }, (_, i) => ({ emoji: String(i), name: '', words: [], tones: false }));
// A heading and one line; a heading, one full line and two more; nothing for empty groups.
const lines = layOut([
  { id: 'recent', emojis: some(3) },
  { id: 'objects', emojis: [] },
  { id: 'flags', emojis: some(COLUMNS + 2) },
]);

it('lays out each group under its name', () => {
  expect(lines.map((line) => [line.heading, line.emojis.length])).toEqual([
    ['recent', 0],
    [null, 3],
    ['flags', 0],
    [null, COLUMNS],
    [null, 2],
  ]);
});

it.each([
  ['first', [0, 0], [1, 0]],
  ['ArrowRight', [1, 0], [1, 1]],
  ['ArrowRight', [1, 2], [3, 0]],
  ['ArrowLeft', [3, 0], [1, 2]],
  ['ArrowLeft', [1, 0], null],
  ['ArrowDown', [1, 2], [3, 2]],
  ['ArrowDown', [3, 5], [4, 1]],
  ['ArrowDown', [4, 1], null],
  ['ArrowUp', [3, 5], [1, 2]],
  ['ArrowUp', [1, 1], null],
  ['PageDown', [1, 1], [4, 1]],
  ['PageUp', [4, 1], [1, 1]],
  ['Home', [3, 5], [3, 0]],
  ['End', [3, 5], [3, COLUMNS - 1]],
  ['x', [3, 5], null],
] as const)('%s from %s leads to %s', (key, [line, column], to) => {
  expect(cellAfter(lines, { line, column }, key)).toEqual(to === null ? null : { line: to[0], column: to[1] });
});

import { describe, expect, it } from 'vitest';
import { beginningOf, firstBytes, firstLetters, shortened } from './letters';

/** A lone surrogate, which no text may end with. */
const HALF = /[\ud800-\udbff](?![\udc00-\udfff])/;
const FAMILY = '👩‍👩‍👧‍👦';

describe('cuts', () => {
  it.each([
    ['abc', 2, 'ab'],
    ['abc', 3, 'abc'],
    [`${'x'.repeat(199)}😀 and more`, 200, `${'x'.repeat(199)}😀`],
    [`${FAMILY}${FAMILY}`, 1, FAMILY],
    ['e\u0301e\u0301', 1, 'e\u0301'],
    ['🇩🇪🇫🇷', 1, '🇩🇪'],
    ['❤️❤️', 1, '❤️'],
    ['', 5, ''],
    ['ab', 0, ''],
  ])('%j to %i letters', (text, max, expected) => expect(firstLetters(text, max)).toBe(expected));

  it('never leave half a character, at any place', () => {
    const text = `a😀${FAMILY}é🇩🇪`.repeat(20);
    for (let max = 0; max < 110; max++) expect(firstLetters(text, max)).not.toMatch(HALF);
  });

  it.each([
    ['abc', 2, 'ab'],
    ['abc', 3, 'abc'],
    ['жжж', 5, 'жж'],
    ['a😀', 4, 'a'],
    [`${'x'.repeat(10)}${FAMILY}`, 30, 'x'.repeat(10)],
    [`${FAMILY}`, 25, FAMILY],
    ['e\u0301', 2, ''],
  ])('%j to %i bytes', (text, max, expected) => expect(firstBytes(text, max)).toBe(expected));

  it('say that there is more', () => {
    expect(shortened('abc', 2)).toBe('ab…');
    expect(shortened('abc', 3)).toBe('abc');
    expect(shortened(FAMILY, 1)).toBe(FAMILY);
  });

  it('bound a letter of endless marks', () => {
    const text = `a${'\u0301'.repeat(60_000)}`;
    expect(firstLetters(text, 200).length).toBeLessThan(100);
    expect(firstLetters(`a${'\u{1d165}'.repeat(60_000)}`, 200)).not.toMatch(HALF);
  });
});

it('cuts what is very long at units and lines, and within no character', () => {
  expect(beginningOf('😀😀', 3, 10)).toBe('😀');
  expect(beginningOf('a\nb\nc', 100, 2)).toBe('a\nb');
  expect(beginningOf('abc', -5, 2)).toBe('');
  expect(beginningOf('abc', 100, 2)).toBe('abc');
});

import { expect, it } from 'vitest';
import { sameEmoji, toned } from './tone';

const DARK = '\u{1f3ff}';

it.each([
  ['👍', '👍🏿'],
  ['🕵️', '🕵🏿'],
  ['🕵️‍♂️', '🕵🏿‍♂️'],
  ['👩‍❤️‍👨', '👩🏿‍❤️‍👨🏿'],
  ['🧑‍🤝‍🧑', '🧑🏿‍🤝‍🧑🏿'],
  ['🤝', '🤝🏿'],
  ['👩‍🦰', '👩🏿‍🦰'],
  ['⛹️‍♀️', '⛹🏿‍♀️'],
])('%s in the darkest tone is %s', (emoji, dark) => {
  expect(toned(emoji, DARK)).toBe(dark);
  expect(toned(emoji, '')).toBe(emoji);
});

it('knows an emoji by itself, however it is written', () => {
  expect(sameEmoji('❤', '❤\ufe0f')).toBe(true);
  expect(sameEmoji('👩‍❤️‍👨', '👩‍❤‍👨')).toBe(true);
  expect(sameEmoji('👍', '👍🏿')).toBe(false);
  expect(sameEmoji('❤', '🧡')).toBe(false);
});

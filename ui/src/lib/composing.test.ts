import { expect, it } from 'vitest';
import { isComposing, shortcutLetter } from './composing';

const press = (key: string, code: string) => ({ key, code, isComposing: false, keyCode: 0 });

it.each([
  ['k', 'KeyK', 'k'],
  ['K', 'KeyK', 'k'],
  ['л', 'KeyK', 'k'],
  ['Л', 'KeyK', 'k'],
  ['κ', 'KeyK', 'k'],
  ['ن', 'KeyK', 'k'],
  // Dvorak, and a French keyboard: the typed letter counts, not its position.
  ['k', 'KeyV', 'k'],
  ['q', 'KeyA', 'q'],
  ['é', 'Digit2', 'é'],
  ['Enter', 'Enter', 'enter'],
  ['ф', '', 'ф'],
])('%s at %s is the shortcut %s', (key, code, letter) => expect(shortcutLetter(press(key, code))).toBe(letter));

it('leaves a press to the input method that has taken it', () => {
  expect(isComposing({ ...press('Enter', 'Enter'), keyCode: 13 })).toBe(false);
  expect(isComposing({ ...press('Enter', 'Enter'), keyCode: 229 })).toBe(true);
  expect(isComposing({ ...press('Enter', 'Enter'), isComposing: true, keyCode: 13 })).toBe(true);
});

import { describe, expect, it } from 'vitest';
import { meddles, selectsAll } from './guards';

const none = {
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  isComposing: false,
  keyCode: 0,
  target: null,
};
const plain = (key: string, code = key) => ({ ...none, key, code });
const ctrl = (key: string, code: string) => ({ ...plain(key, code), ctrlKey: true });

describe('what the web view would do to the page', () => {
  it.each([
    ['reload', 'r', 'KeyR'],
    ['reload on Dvorak', 'r', 'KeyO'],
    ['print on Dvorak, where R is on other keyboards', 'p', 'KeyR'],
    ['open on Dvorak', 'o', 'KeyS'],
    ['reload in Cyrillic', 'к', 'KeyR'],
    ['print in Greek', 'π', 'KeyP'],
    ['find in Hebrew', 'כ', 'KeyF'],
    ['save with Caps Lock', 'S', 'KeyS'],
  ])('%s is refused', (_what, key, code) => expect(meddles(ctrl(key, code))).toBe(true));

  it.each([
    ['copy on Dvorak', 'c', 'KeyI'],
    ['N at the place of another letter', 'n', 'KeyF'],
    ['K on Dvorak', 'k', 'KeyV'],
    ['paste', 'v', 'KeyV'],
    ['undo on a German keyboard', 'z', 'KeyY'],
    ['undo in Cyrillic', 'я', 'KeyZ'],
    ['zoom', '+', 'Equal'],
    ['zoom', '0', 'Digit0'],
  ])('%s is left alone', (_what, key, code) => expect(meddles(ctrl(key, code))).toBe(false));

  it('counts ⌘ and Shift, and not what AltGr writes', () => {
    expect(meddles({ ...plain('r', 'KeyR'), metaKey: true })).toBe(true);
    expect(meddles({ ...ctrl('R', 'KeyR'), shiftKey: true })).toBe(true);
    expect(meddles({ ...ctrl('r', 'KeyR'), altKey: true })).toBe(false);
    expect(meddles(plain('r', 'KeyR'))).toBe(false);
  });

  it('knows the keys that need no other', () => {
    for (const key of ['F5', 'F3', 'F7', 'BrowserBack']) expect(meddles(plain(key)), key).toBe(true);
    for (const key of ['ArrowLeft', 'ArrowRight']) expect(meddles({ ...plain(key), altKey: true }), key).toBe(true);
    for (const key of ['ArrowUp', 'ArrowDown']) expect(meddles({ ...plain(key), altKey: true }), key).toBe(false);
    for (const key of ['ArrowLeft', 'Backspace', 'F1', 'Enter']) expect(meddles(plain(key)), key).toBe(false);
  });
});

it.each([
  ['a', 'KeyA', true],
  // A French keyboard: Q and A are swapped.
  ['a', 'KeyQ', true],
  ['q', 'KeyA', false],
  ['ф', 'KeyA', true],
])('Ctrl and %s at %s selects all: %s', (key, code, all) => expect(selectsAll(ctrl(key, code))).toBe(all));

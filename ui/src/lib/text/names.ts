/** Checks names while people type. The engine cleans them, and has the final say. */
import { countLetters } from './letters';

/** Invisible parts of a name: controls, direction marks, fillers. Joiners and selectors are part of letters. */
const HIDDEN =
  /(?![\u200c\u200d\s]|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}])[\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** A text as a name: visible characters only, with single spaces. */
export function cleanName(text: string): string {
  const seen = text.replace(HIDDEN, '').normalize('NFC').replace(/\s+/gu, ' ').trim();
  return /[^\u200c\u200d\p{M}\s]/u.test(seen) ? seen : '';
}

/** By how many letters a name is too long; none if it fits. */
export function lettersOver(text: string, max: number): number {
  return Math.max(0, countLetters(cleanName(text)) - max);
}

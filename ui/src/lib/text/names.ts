/** Names that people type, as far as it can be said while they type. The engine cleans them, and has the last word. */
import { countLetters } from './letters';

/** Most letters of a person's name and of a group's, as the engine has them. */
export const PERSON_LETTERS_MAX = 64;
export const GROUP_LETTERS_MAX = 100;

/** What nobody sees of a name: controls, marks of direction, fillers. Joiners and selectors are part of letters. */
const HIDDEN =
  /(?![\u200c\u200d\s]|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}])[\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** What is left of a text as a name: what can be seen, in single spaces. */
export function cleanName(text: string): string {
  const seen = text.replace(HIDDEN, '').normalize('NFC').replace(/\s+/gu, ' ').trim();
  return /[^\u200c\u200d\p{M}\s]/u.test(seen) ? seen : '';
}

/** By how many letters a name is too long; none where it fits. */
export function lettersOver(text: string, max: number): number {
  return Math.max(0, countLetters(cleanName(text)) - max);
}

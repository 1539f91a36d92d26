/** The coloured avatar of a person or a group: colour from the id, letters from the name. */
import { firstLetters } from '../text/letters';

const COLOURS = 8;

export function colourOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193) >>> 0;
  return (((hash ^ (hash >>> 15)) >>> 0) % COLOURS) + 1;
}

/** Up to two letters: of the first two words, or the first two of a single word. */
export function initials(name: string): string {
  const parts = name.split(/[\s._-]+/).filter((part) => /[\p{L}\p{N}]/u.test(part));
  const [first, second] = parts;
  if (first === undefined) return firstLetters(name, 1);
  return (
    second === undefined ? firstLetters(first, 2) : firstLetters(first, 1) + firstLetters(second, 1)
  ).toLocaleUpperCase();
}

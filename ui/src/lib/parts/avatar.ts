/** The coloured circle that stands for a person or a group: colour from the id, letters from the name. */
const COLOURS = 8;

export function colourOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193) >>> 0;
  return (((hash ^ (hash >>> 15)) >>> 0) % COLOURS) + 1;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Up to two letters: of the first two words, or the first two of the only one. */
export function initials(name: string): string {
  const parts = name.split(/[\s._-]+/).filter((part) => /[\p{L}\p{N}]/u.test(part));
  const letters = (text: string, n: number) => [...segmenter.segment(text)].slice(0, n).map((s) => s.segment).join('');
  const [first, second] = parts;
  if (first === undefined) return letters(name, 1);
  return (second === undefined ? letters(first, 2) : letters(first, 1) + letters(second, 1)).toLocaleUpperCase();
}

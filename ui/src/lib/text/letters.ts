/**
 * Cuts text at what readers see as letters (grapheme clusters, UAX #29): an emoji sequence is one, and is never cut.
 */
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** A letter with more marks than this is cut between code points: nobody writes one. In UTF-16 units. */
const LETTER_UNITS_MAX = 64;

/** The beginning of a text, of at most this many letters. */
export function firstLetters(text: string, max: number): string {
  if (text.length <= max) return wellFormed(text);
  // Scans no more than can be shown: the text may have any length.
  const looked = text.slice(0, (max + 1) * LETTER_UNITS_MAX);
  let end = 0;
  let letters = 0;
  for (const { index, segment } of segmenter.segment(looked)) {
    if (letters++ === max) break;
    if (segment.length > LETTER_UNITS_MAX) return wellFormed(text.slice(0, index + LETTER_UNITS_MAX));
    end = index + segment.length;
  }
  return wellFormed(text.slice(0, end));
}

/**
 * The beginning of a text, of this many UTF-16 units and lines, cut between characters: for texts too long to segment.
 */
export function beginningOf(text: string, units: number, lines: number): string {
  return wellFormed(text.slice(0, Math.max(0, Math.min(units, endOfLine(text, lines)))));
}

/** Where the line with this number ends, or the text. */
export function endOfLine(text: string, line: number): number {
  let at = -1;
  for (let i = 0; i < line; i++) {
    at = text.indexOf('\n', at + 1);
    if (at < 0) return text.length;
  }
  return at;
}

const encoder = new TextEncoder();

/** The beginning of a text, of at most this many bytes of UTF-8. */
export function firstBytes(text: string, max: number): string {
  // A UTF-16 unit is at most three bytes.
  if (text.length * 3 <= max) return text;
  const { read } = encoder.encodeInto(text, new Uint8Array(max));
  if (read >= text.length) return text;
  const from = Math.max(0, read - LETTER_UNITS_MAX);
  const letter = segmenter.segment(text.slice(from, read + LETTER_UNITS_MAX)).containing(read - from);
  return wellFormed(text.slice(0, letter === undefined ? read : from + letter.index));
}

/** Like `firstLetters`, with an ellipsis if there is more. */
export function shortened(text: string, max: number): string {
  const start = firstLetters(text, max);
  return start.length < text.length ? `${start}…` : start;
}

/** The number of letters in a text. For texts of bounded length. */
export function countLetters(text: string): number {
  let letters = 0;
  for (const { segment } of segmenter.segment(text)) letters += Math.ceil(segment.length / LETTER_UNITS_MAX);
  return letters;
}

/** A lone surrogate can't be passed to the shell: dropped at the end. */
function wellFormed(text: string): string {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
}

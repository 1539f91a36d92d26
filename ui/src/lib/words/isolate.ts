/** Keeps the direction of what people wrote out of the sentences that it is filled into (UAX #9). */

/** Letters that run from right to left, which our sentences don't, and marks of direction. */
const TURNS =
  /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const OVERRIDES = /[\u202a-\u202e]/g;
const ISOLATES = /[\u2066-\u2069]/g;
const FSI = '\u2068';
const PDI = '\u2069';

/** A text with a direction of its own, whatever stands in it. */
export function isolated(text: string): string {
  if (!TURNS.test(text)) return text;
  const inside = text.replace(OVERRIDES, '');
  return FSI + (isBalanced(inside) ? inside : inside.replace(ISOLATES, '')) + PDI;
}

/** Whether each isolate in it ends in it. */
function isBalanced(text: string): boolean {
  let depth = 0;
  for (const [mark] of text.matchAll(ISOLATES)) {
    depth += mark === PDI ? -1 : 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

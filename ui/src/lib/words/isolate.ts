/** Isolates the direction of people's text from the sentences that it is inserted into (UAX #9). */

/** Right-to-left letters, which our sentences do not have, and direction marks. */
const TURNS =
  /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const OVERRIDES = /[\u202a-\u202e]/g;
const ISOLATES = /[\u2066-\u2069]/g;
const FSI = '\u2068';
const PDI = '\u2069';

/** A text as a bidi isolate, if it may need one. */
export function isolated(text: string): string {
  if (!TURNS.test(text)) return text;
  const inside = text.replace(OVERRIDES, '');
  return FSI + (isBalanced(inside) ? inside : inside.replace(ISOLATES, '')) + PDI;
}

/** Whether each isolate in it is closed in it. */
function isBalanced(text: string): boolean {
  let depth = 0;
  for (const [mark] of text.matchAll(ISOLATES)) {
    depth += mark === PDI ? -1 : 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** Long messages are folded, so that one of 64 KiB or a thousand lines does not fill the window. */
import { endOfLine, firstLetters } from './letters';

export const SHOWN_LETTERS_MAX = 3_000;
export const SHOWN_LINES_MAX = 60;
/** A text that exceeds the limit by less than this is shown in full: hiding a single line helps nobody. */
const LETTERS_SLACK = 500;
const LINES_SLACK = 10;

/** The beginning of a long text; null if it is shown in full. */
export function beginning(text: string): string | null {
  const lines = endOfLine(text, SHOWN_LINES_MAX + LINES_SLACK) < text.length;
  if (!lines && text.length <= SHOWN_LETTERS_MAX + LETTERS_SLACK) return null;
  const start = firstLetters(text, SHOWN_LETTERS_MAX);
  return `${start.slice(0, endOfLine(start, SHOWN_LINES_MAX)).trimEnd()}…`;
}

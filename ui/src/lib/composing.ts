/** What a key press means, on every layout and with every input method. */

/** What of a key press counts here. */
export type Press = Pick<KeyboardEvent, 'key' | 'code' | 'isComposing' | 'keyCode'>;

/** The code that WebKit gives a press that an input method has taken, after it said that nothing is composed any more. */
const TAKEN = 229;

/** Whether the press belongs to an input method: it chooses a word, and neither sends nor picks anything. */
export function isComposing(press: Press): boolean {
  return press.isComposing || press.keyCode === TAKEN;
}

/**
 * The letter that a shortcut names: as it is written where that is a Latin one, so that it is where people see it; else
 * by its place, since `Ctrl+Л` is pressed where K is.
 */
export function shortcutLetter(press: Press): string {
  const typed = press.key.toLowerCase();
  if (/^[\x00-\x7f]+$/.test(typed) || /^\p{sc=Latin}$/u.test(typed)) return typed;
  return /^Key([A-Z])$/.exec(press.code)?.[1]?.toLowerCase() ?? typed;
}

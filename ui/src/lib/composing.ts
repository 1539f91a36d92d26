/** The meaning of a key press, on every layout and with every input method. */

/** The relevant parts of a key press. */
export type Press = Pick<KeyboardEvent, 'key' | 'code' | 'isComposing' | 'keyCode'>;

/** The key code that WebKit gives a press consumed by an input method, after composition has ended. */
const TAKEN = 229;

/** Whether the press belongs to an input method: it chooses a word, and must not send or pick anything. */
export function isComposing(press: Press): boolean {
  return press.isComposing || press.keyCode === TAKEN;
}

/**
 * The letter of a shortcut: the typed one if it is Latin, so that shortcuts are where people see the letter; else by
 * position, since `Ctrl+Л` is pressed where K is.
 */
export function shortcutLetter(press: Press): string {
  const typed = press.key.toLowerCase();
  if (/^[\x00-\x7f]+$/.test(typed) || /^\p{sc=Latin}$/u.test(typed)) return typed;
  return /^Key([A-Z])$/.exec(press.code)?.[1]?.toLowerCase() ?? typed;
}

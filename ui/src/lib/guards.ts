/** What a web view does of its own at a key that a window must not: load, print or search the page, select all of it. */
import { shortcutLetter, type Press } from './composing';
import { inField, isMac } from './keys';

type Modified = Press & Pick<KeyboardEvent, 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'target'>;

/**
 * With Ctrl, or ⌘: load anew, print, save the page, open a file, find and find again. What the web view finds is only
 * what happens to be drawn, so its search would say that a message is not there that is. Zoom stays the web view's.
 */
const LETTERS: ReadonlySet<string> = new Set(['r', 'p', 's', 'o', 'f', 'g']);
/** By themselves: load anew, find again, a text cursor in the page. */
const KEYS: ReadonlySet<string> = new Set([
  'F5',
  'BrowserRefresh',
  'F3',
  'BrowserSearch',
  'F7',
  'BrowserBack',
  'BrowserForward',
]);

const command = (event: Modified) => event.ctrlKey || event.metaKey;

/** Whether a key would have the web view do something to the page as a whole. */
export function meddles(event: Modified): boolean {
  if (KEYS.has(event.key)) return true;
  if (command(event) && !event.altKey) return LETTERS.has(shortcutLetter(event));
  // Back and forward in a history that the window does not have. On a Mac these move by words.
  const sideways = event.key === 'ArrowLeft' || event.key === 'ArrowRight';
  return event.altKey && !isMac && sideways && !command(event) && !event.shiftKey;
}

/** Whether a key would select the whole page. */
export function selectsAll(event: Modified): boolean {
  return command(event) && !event.altKey && shortcutLetter(event) === 'a' && !inField(event.target);
}

/** Watches from the outermost place, before anything else takes the event. Returns the end of it. */
export function guard(target: EventTarget): () => void {
  const key = (event: Event) => {
    const pressed = event as KeyboardEvent;
    if (meddles(pressed) || selectsAll(pressed)) event.preventDefault();
  };
  target.addEventListener('keydown', key, true);
  return () => target.removeEventListener('keydown', key, true);
}

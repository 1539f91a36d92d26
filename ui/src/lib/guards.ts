/** Blocks browser shortcuts that make no sense in an app window: reload, print, search the page, select all of it. */
import { shortcutLetter, type Press } from './composing';
import { inField, isMac } from './keys';

type Modified = Press & Pick<KeyboardEvent, 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'target'>;

/**
 * With Ctrl or ⌘: reload, print, save the page, open a file, find, and find again. The web view's search finds only
 * what is rendered, so it would miss messages. Zoom remains.
 */
const LETTERS: ReadonlySet<string> = new Set(['r', 'p', 's', 'o', 'f', 'g']);
/** Without a modifier: reload, find again, caret browsing. */
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

/** Whether a key would trigger an action of the web view on the whole page. */
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

/** Listens in the capture phase, before any other handler. Returns a function that stops it. */
export function guard(target: EventTarget): () => void {
  const key = (event: Event) => {
    const pressed = event as KeyboardEvent;
    if (meddles(pressed) || selectsAll(pressed)) event.preventDefault();
  };
  target.addEventListener('keydown', key, true);
  return () => target.removeEventListener('keydown', key, true);
}

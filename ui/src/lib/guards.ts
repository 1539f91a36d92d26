/** What a web view does of its own that a window must not: its menu, loading the page anew, selecting all of it. */
import { isMac } from './keys';

const FIELDS = 'input, textarea, [contenteditable]';

const inField = (target: EventTarget | null) => target instanceof Element && target.closest(FIELDS) !== null;

/** Whether a key would load the page anew, which loses what was being written. */
export function reloads(event: KeyboardEvent): boolean {
  if (event.key === 'F5' || event.key === 'BrowserRefresh') return true;
  return (event.ctrlKey || event.metaKey) && !event.altKey && event.code === 'KeyR';
}

/** Whether a key would select the whole page. */
export function selectsAll(event: KeyboardEvent): boolean {
  const command = isMac ? event.metaKey : event.ctrlKey;
  return command && !event.altKey && event.code === 'KeyA' && !inField(event.target);
}

/** Watches from the outermost place, before anything else takes the event. Returns the end of it. */
export function guard(target: EventTarget): () => void {
  const key = (event: Event) => {
    const pressed = event as KeyboardEvent;
    if (reloads(pressed) || selectsAll(pressed)) event.preventDefault();
  };
  const menu = (event: Event) => {
    if (!inField(event.target)) event.preventDefault();
  };
  target.addEventListener('keydown', key, true);
  target.addEventListener('contextmenu', menu, true);
  return () => {
    target.removeEventListener('keydown', key, true);
    target.removeEventListener('contextmenu', menu, true);
  };
}

/** Keys that work everywhere in the window. Fields and dialogs come first: what they take does not get here. */
import { isComposing, shortcutLetter } from './composing';
import { focusComposer, nobodyHasIt } from './parts/standin';
import type { Session } from './state/session.svelte';
import { words } from './words/catalogue';

export const isMac = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? '');

/** A shortcut as it is shown beside what it does. */
export function withCommand(letter: string): string {
  return `${isMac ? words.keys.cmd : words.keys.ctrl} ${letter}`;
}

export function globalKey(event: KeyboardEvent, session: Session): void {
  if (event.defaultPrevented || isComposing(event)) return;
  if (handle(event, session)) event.preventDefault();
}

function handle(event: KeyboardEvent, session: Session): boolean {
  const command = isMac ? event.metaKey : event.ctrlKey;
  if (command && !event.shiftKey && !event.altKey) return commandKey(shortcutLetter(event), session);
  if (session.dialog !== null) return false;
  if (session.settings !== null) return settingsKey(event, session);
  if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
    session.step(event.key === 'ArrowUp' ? -1 : 1);
    return true;
  }
  if (event.key === 'Escape') return escape(session);
  if (event.key === '?' && !inField(event.target)) {
    session.dialog = { kind: 'shortcuts' };
    return true;
  }
  // The composer takes the letter itself: it has the focus by the time that it is typed.
  if (types(event) && nobodyHasIt(document)) focusComposer();
  return false;
}

/** Whether a key writes something where there is a place for it. */
function types({ key, ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
  return !ctrlKey && !altKey && !metaKey && key !== ' ' && (key === 'Dead' || [...key].length === 1);
}

function settingsKey(event: KeyboardEvent, session: Session): boolean {
  if (event.key !== 'Escape') return false;
  session.settings = null;
  return true;
}

function commandKey(key: string, session: Session): boolean {
  // Not over another dialog: what was typed there would be gone.
  if (key === 'k' && (session.dialog === null || session.dialog.kind === 'palette')) {
    session.dialog = session.dialog?.kind === 'palette' ? null : { kind: 'palette' };
    return true;
  }
  if (key === ',' && session.dialog === null && session.account !== null) {
    session.settings = session.settings === null ? 'profile' : null;
    return true;
  }
  if (key === 'q') {
    session.quit();
    return true;
  }
  // What they are about is not in sight.
  if (session.dialog !== null || session.settings !== null) return false;
  switch (key) {
    case 'n':
      session.dialog = { kind: 'createGroup' };
      return true;
    case 'i':
      if (session.room !== null) session.layout.panelOpen = !session.layout.panelOpen;
      return true;
    case 'u':
      // Also where nobody may be added: to a web view it is the page's source.
      if (session.room?.mayAdd === true) session.dialog = { kind: 'addPeople', room: session.room };
      return true;
    case 'j':
      focusComposer();
      return true;
    default:
      return false;
  }
}

/** Outside the composer, Esc closes what lies on top, then leads back to writing. */
function escape(session: Session): boolean {
  if (session.layout.closeDrawer()) return true;
  if (session.room?.composer.cancel() === true) return true;
  focusComposer();
  return true;
}

/** What takes letters for itself. */
const FIELDS = 'input, textarea, select, [contenteditable]';

export function inField(target: EventTarget | null): boolean {
  return globalThis.Element !== undefined && target instanceof Element && target.closest(FIELDS) !== null;
}

/** Global shortcuts. Fields and dialogs handle their keys first. */
import { isComposing, shortcutLetter } from './composing';
import { focusComposer, nobodyHasIt } from './parts/standin';
import type { Session } from './state/session.svelte';
import { words } from './words/catalogue';

export const isMac = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? '');

/** A shortcut as displayed. */
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
  // The composer receives the letter: it has the focus by the time it is typed.
  if (types(event) && nobodyHasIt(document)) focusComposer();
  return false;
}

/** Whether a key types a character. */
function types({ key, ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
  return !ctrlKey && !altKey && !metaKey && key !== ' ' && (key === 'Dead' || [...key].length === 1);
}

function settingsKey(event: KeyboardEvent, session: Session): boolean {
  if (event.key !== 'Escape') return false;
  session.settings = null;
  return true;
}

function commandKey(key: string, session: Session): boolean {
  // Not over another dialog: its input would be lost.
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
  // Their target is hidden.
  if (session.dialog !== null || session.settings !== null) return false;
  switch (key) {
    case 'n':
      session.dialog = { kind: 'createGroup' };
      return true;
    case 'i':
      if (session.group !== null) session.layout.panelOpen = !session.layout.panelOpen;
      return true;
    case 'u':
      // Even if nobody can be added: the web view would show the page's source.
      if (session.group?.mayAdd === true) session.dialog = { kind: 'addPeople', group: session.group };
      return true;
    case 'j':
      focusComposer();
      return true;
    default:
      return false;
  }
}

/** Outside the composer, Esc closes the topmost layer, then focuses the composer. */
function escape(session: Session): boolean {
  if (session.layout.closeDrawer()) return true;
  if (session.group?.composer.cancel() === true) return true;
  focusComposer();
  return true;
}

/** Elements that accept text. */
const FIELDS = 'input, textarea, select, [contenteditable]';

export function inField(target: EventTarget | null): boolean {
  return globalThis.Element !== undefined && target instanceof Element && target.closest(FIELDS) !== null;
}

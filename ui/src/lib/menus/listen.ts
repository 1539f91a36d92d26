/** Opens menus: on right-click, the menu key, or Shift+F10. */
import type { Session } from '../state/session.svelte';
import { anchorOf, offerAt, pointOf } from './place';

/** Returns a function that stops it. */
export function listen(target: EventTarget, session: Session): () => void {
  const ask = (element: EventTarget | null, point: { x: number; y: number } | null) => {
    if (!(element instanceof Element) || element.closest('[role=menu]') !== null) return;
    const at = point ?? pointOf(element);
    session.menus.ask(anchorOf(element), at, offerAt(element, session)).catch((thrown) => session.notices.fail(thrown));
  };
  // Some web views also send the event after a key, at once or when it is released.
  let byKey = false;
  const pointed = (event: Event) => {
    // The web view's own menu never shows.
    event.preventDefault();
    const { clientX, clientY } = event as MouseEvent;
    if (!byKey) ask(event.target, { x: clientX, y: clientY });
  };
  const pressed = () => (byKey = false);
  const key = (event: Event) => {
    const { key, shiftKey, ctrlKey, altKey, metaKey } = event as KeyboardEvent;
    if (ctrlKey || altKey || metaKey || !(key === 'ContextMenu' || (key === 'F10' && shiftKey))) return;
    event.preventDefault();
    byKey = true;
    ask(document.activeElement, null);
  };
  target.addEventListener('contextmenu', pointed, true);
  target.addEventListener('pointerdown', pressed, true);
  target.addEventListener('keydown', key, true);
  return () => {
    target.removeEventListener('contextmenu', pointed, true);
    target.removeEventListener('pointerdown', pressed, true);
    target.removeEventListener('keydown', key, true);
  };
}

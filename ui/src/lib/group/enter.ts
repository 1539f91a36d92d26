/** What Enter does in the composer, by the person's choice. */
import { isMac } from '../keys';

type Press = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'altKey' | 'ctrlKey' | 'metaKey'>;

/** Whether a key sends: Enter alone, or with Ctrl (Command on a Mac), depending on the setting. */
export function sends(event: Press, enterSends: boolean): boolean {
  if (event.key !== 'Enter' || event.shiftKey || event.altKey) return false;
  const [command, other] = isMac ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
  return !other && command !== enterSends;
}

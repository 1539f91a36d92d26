/** What Enter does in the composer: the person chooses. */
import { isMac } from '../keys';

type Press = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'altKey' | 'ctrlKey' | 'metaKey'>;

/** Whether a key sends. Enter by itself does, or with Ctrl (on a Mac: Command); the other of the two never does. */
export function sends(event: Press, enterSends: boolean): boolean {
  if (event.key !== 'Enter' || event.shiftKey || event.altKey) return false;
  const [command, other] = isMac ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
  return !other && command !== enterSends;
}

/** The name of a key. */
import { words } from '../words/catalogue';

export function keyName(key: string): string {
  return key === 'delete' ? words.keys.del : key.toUpperCase();
}

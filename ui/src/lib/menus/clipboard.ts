/** Copying, always with a confirmation. */
import type { Session } from '../state/session.svelte';
import { words } from '../words/catalogue';

export async function copy(text: string, session: Session): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    session.notices.tell(words.common.copied);
  } catch (thrown) {
    session.notices.fail(thrown);
  }
}

/** Actions on a row that is neither a message nor a change: an unreadable entry, a failed request. */
import Copy from '@lucide/svelte/icons/copy';
import RotateCw from '@lucide/svelte/icons/rotate-cw';
import X from '@lucide/svelte/icons/x';
import type { TimelineRow } from '../bindings';
import type { OpenGroup } from '../state/open-group.svelte';
import type { Session } from '../state/session.svelte';
import { words } from '../words/catalogue';
import { plainSentence } from '../words/say';
import type { Section } from './actions';
import { copy } from './clipboard';

export function plainActions({ body }: TimelineRow, group: OpenGroup, session: Session): Section[] {
  const text: Section = [
    {
      id: 'plain-copy',
      label: words.message.copyText,
      icon: Copy,
      key: 'c',
      run: () => void copy(plainSentence(body), session),
    },
  ];
  if (body.kind !== 'changeFailed') return [text];
  const { intent } = body;
  return [
    [
      { id: 'plain-retry', label: words.common.retry, icon: RotateCw, run: () => void group.retry(intent) },
      {
        id: 'plain-dismiss',
        label: words.common.dismiss,
        icon: X,
        key: 'delete',
        run: () => void group.discard(intent),
      },
    ],
    text,
  ];
}

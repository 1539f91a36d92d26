/** Actions on a membership change, in the timeline and in the log. */
import Copy from '@lucide/svelte/icons/copy';
import Hash from '@lucide/svelte/icons/hash';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import type { LogRow, MembershipChange } from '../bindings';
import type { OpenGroup } from '../state/open-group.svelte';
import type { Session } from '../state/session.svelte';
import { words } from '../words/catalogue';
import { changeSentence } from '../words/say';
import { fullTime } from '../words/dates';
import type { Offer } from './actions';
import { copy } from './clipboard';

const asText = (change: MembershipChange) => `${changeSentence(change)} (${fullTime(change.atMs)})`;

export function doorOffer(change: MembershipChange, logIndex: number, group: OpenGroup, session: Session): Offer {
  return {
    label: words.menu.change,
    sections: [
      [
        { id: 'door-log', label: words.door.openLog, icon: ScrollText, run: () => openLog(logIndex, group, session) },
        {
          id: 'door-copy',
          label: words.message.copyText,
          icon: Copy,
          key: 'c',
          run: () => void copy(asText(change), session),
        },
      ],
    ],
  };
}

export function logEntryOffer(entry: LogRow, session: Session): Offer {
  return {
    label: words.menu.change,
    sections: [
      [
        {
          id: 'log-copy',
          label: words.message.copyText,
          icon: Copy,
          key: 'c',
          run: () => void copy(asText(entry.change), session),
        },
        {
          id: 'log-copy-hash',
          label: words.menu.copyRowHash,
          icon: Hash,
          run: () => void copy(entry.rowHash, session),
        },
      ],
    ],
  };
}

export function openLog(index: number, group: OpenGroup, session: Session): void {
  session.layout.showPanel('log');
  void group.log.openAt(index);
}

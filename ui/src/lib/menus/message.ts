/** Actions on a message. */
import Copy from '@lucide/svelte/icons/copy';
import Pencil from '@lucide/svelte/icons/pencil';
import Reply from '@lucide/svelte/icons/reply';
import RotateCw from '@lucide/svelte/icons/rotate-cw';
import SmilePlus from '@lucide/svelte/icons/smile-plus';
import Trash2 from '@lucide/svelte/icons/trash-2';
import type { MessageRow } from '../bindings';
import { focusComposer } from '../parts/standin';
import { canEdit, canRespond, type OpenGroup } from '../state/open-group.svelte';
import type { Session } from '../state/session.svelte';
import type { MessageItem } from '../timeline/items';
import { words } from '../words/catalogue';
import type { Section } from './actions';
import { copy } from './clipboard';

export interface MessagePlace {
  item: MessageItem;
  group: OpenGroup;
  session: Session;
  /** Opens the emoji picker for it. */
  onreact: (message: MessageRow, anchor: HTMLElement) => void;
}

export function messageActions({ item, group, session, onreact }: MessagePlace): Section[] {
  const { message, row } = item;
  const { body, state } = message;
  const responds = group.writable && canRespond(row);
  const then = (work: () => void) => () => {
    work();
    focusComposer();
  };
  const respond: Section = [
    { id: 'react', label: words.message.react, icon: SmilePlus, key: '+', run: (at) => onreact(message, at) },
    { id: 'reply', label: words.message.reply, icon: Reply, key: 'r', run: then(() => group.reply(message)) },
  ];
  const own: Section = [
    { id: 'edit', label: words.message.edit, icon: Pencil, key: 'e', run: then(() => group.edit(message)) },
    {
      id: 'delete',
      label: words.message.delete,
      icon: Trash2,
      key: 'delete',
      danger: true,
      run: () => (session.dialog = { kind: 'deleteMessage', group, message }),
    },
  ];
  return [
    responds ? respond : [],
    body.type === 'text'
      ? [{ id: 'copy', label: words.message.copyText, icon: Copy, key: 'c', run: () => void copy(body.text, session) }]
      : [],
    state.state === 'failed' ? failedActions(state.intent, group, session) : [],
    responds && canEdit(row) ? own : [],
  ];
}

function failedActions(intent: string, group: OpenGroup, session: Session): Section {
  return [
    { id: 'retry-message', label: words.common.retry, icon: RotateCw, run: () => void group.retry(intent) },
    {
      id: 'discard-message',
      label: words.common.discard,
      icon: Trash2,
      key: 'delete',
      danger: true,
      run: () => (session.dialog = { kind: 'discard', group, intent }),
    },
  ];
}

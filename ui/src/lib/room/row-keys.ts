/** What the keys do while a row of the timeline has the focus. */
import type { MessageRow } from '../bindings';
import { canEdit, canRespond, type Room } from '../state/room.svelte';
import type { Session } from '../state/session.svelte';
import type { Item } from '../timeline/items';
import { shortcutLetter } from '../composing';
import { focusComposer } from '../keys';
import { words } from '../words/catalogue';

/** True when the key meant something here. */
export function rowKey(
  event: KeyboardEvent,
  item: Item,
  room: Room,
  session: Session,
  react: (message: MessageRow, anchor: HTMLElement) => void,
): boolean {
  switch (item.kind) {
    case 'message':
      return messageKey(event, item, room, session, react);
    // These are buttons, or have nothing to do.
    case 'door':
    case 'fold':
    case 'plain':
    case 'beginning':
    case 'day':
    case 'new':
      return false;
  }
}

export function openLog(index: number, room: Room, session: Session): void {
  session.layout.showPanel('log');
  void room.log.openAt(index);
}

function messageKey(
  event: KeyboardEvent,
  item: Extract<Item, { kind: 'message' }>,
  room: Room,
  session: Session,
  react: (message: MessageRow, anchor: HTMLElement) => void,
): boolean {
  const { message, row } = item;
  const anchor = event.target;
  const responds = room.writable && canRespond(row);
  switch (shortcutLetter(event)) {
    case 'r':
      if (!responds) return false;
      room.reply(message);
      focusComposer();
      return true;
    case '+':
      if (!responds || !(anchor instanceof HTMLElement)) return false;
      react(message, anchor);
      return true;
    case 'e':
      if (!responds || !canEdit(row)) return false;
      room.edit(message);
      focusComposer();
      return true;
    case 'delete':
      if (!responds || !canEdit(row)) return false;
      session.dialog = { kind: 'deleteMessage', room, message };
      return true;
    case 'c':
      if (message.body.type !== 'text') return false;
      void navigator.clipboard.writeText(message.body.text).then(
        () => session.notices.tell(words.common.copied),
        (thrown) => session.notices.fail(thrown),
      );
      return true;
    default:
      return false;
  }
}

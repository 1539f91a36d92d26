/** Keys on a focused row of the timeline: the actions of its menu. */
import { runKey, type Offer } from '../menus/actions';
import { doorOffer } from '../menus/change';
import { messageActions } from '../menus/message';
import { plainActions } from '../menus/plain';
import type { MessageRow } from '../bindings';
import type { OpenGroup } from '../state/open-group.svelte';
import type { Session } from '../state/session.svelte';
import type { Item } from '../timeline/items';

/** True if the key was handled. */
export function rowKey(
  event: KeyboardEvent,
  item: Item,
  group: OpenGroup,
  session: Session,
  onreact: (message: MessageRow, anchor: HTMLElement) => void,
): boolean {
  const at = event.target;
  return at instanceof HTMLElement && runKey(event, sectionsOf(item, group, session, onreact), at);
}

function sectionsOf(
  item: Item,
  group: OpenGroup,
  session: Session,
  onreact: (message: MessageRow, anchor: HTMLElement) => void,
): Offer['sections'] {
  switch (item.kind) {
    case 'message':
      return messageActions({ item, group, session, onreact });
    case 'door':
      return doorOffer(item.change, item.logIndex, group, session).sections;
    case 'plain':
      return plainActions(item.row, group, session);
    // These are buttons, or have no action.
    case 'fold':
    case 'beginning':
    case 'day':
    case 'new':
      return [];
  }
}

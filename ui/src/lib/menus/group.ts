/** Actions on a group. */
import LogOut from '@lucide/svelte/icons/log-out';
import MessageSquare from '@lucide/svelte/icons/message-square';
import Pencil from '@lucide/svelte/icons/pencil';
import Scale from '@lucide/svelte/icons/scale';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import Trash2 from '@lucide/svelte/icons/trash-2';
import UserPlus from '@lucide/svelte/icons/user-plus';
import Users from '@lucide/svelte/icons/users';
import { arrangeActions } from '../groups/arrangement';
import { focusComposer } from '../parts/standin';
import type { PanelTab } from '../state/layout.svelte';
import type { Room } from '../state/room.svelte';
import type { Session } from '../state/session.svelte';
import { words } from '../words/catalogue';
import type { Offer, Section } from './actions';

/** For a group in the list, which may not be the open one. */
export async function groupOffer(id: string, session: Session): Promise<Offer> {
  const room = await session.roomOf(id);
  const open: Section =
    session.room?.id === id
      ? []
      : [
          {
            id: 'open-group',
            label: words.menu.openGroup,
            icon: MessageSquare,
            run: () => void session.open(id).then(focusComposer),
          },
        ];
  return { label: room.detail?.name ?? words.room.menu, sections: [open, ...groupActions(room, session)] };
}

export function groupActions(room: Room, session: Session): Section[] {
  const line = session.groups.find((group) => group.id === room.id);
  const show = (id: string, label: string, icon: typeof Users, tab: PanelTab) => ({
    id,
    label,
    icon,
    run: () => void session.open(room.id).then(() => session.layout.showPanel(tab)),
  });
  return [
    [
      ...(room.mayAdd
        ? [
            {
              id: 'add-people-menu',
              label: words.room.addPeople,
              icon: UserPlus,
              run: () => void (session.dialog = { kind: 'addPeople', room }),
            },
          ]
        : []),
      ...(room.mayRename
        ? [
            {
              id: 'rename-group',
              label: words.room.rename,
              icon: Pencil,
              run: () => void (session.dialog = { kind: 'rename', room }),
            },
          ]
        : []),
    ],
    line === undefined ? [] : arrangeActions(line, session),
    [
      show('open-people', words.palette.who, Users, 'people'),
      show('open-log', words.palette.log, ScrollText, 'log'),
      show('open-rules', words.palette.rules, Scale, 'rules'),
    ],
    [
      ...(room.writable
        ? [
            {
              id: 'leave-group',
              label: words.room.leave,
              icon: LogOut,
              danger: true,
              run: () => void (session.dialog = { kind: 'leave', room }),
            },
          ]
        : []),
      ...(room.over
        ? [
            {
              id: 'forget-group-menu',
              label: words.room.forget,
              icon: Trash2,
              danger: true,
              run: () => void (session.dialog = { kind: 'forget', room }),
            },
          ]
        : []),
    ],
  ];
}

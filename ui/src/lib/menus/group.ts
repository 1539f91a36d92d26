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
import { PANEL_TABS, type PanelTab } from '../state/layout.svelte';
import type { OpenGroup } from '../state/open-group.svelte';
import type { Session } from '../state/session.svelte';
import { words } from '../words/catalogue';
import type { Offer, Section } from './actions';

const TAB_ICONS: Readonly<Record<PanelTab, typeof Users>> = { people: Users, log: ScrollText, rules: Scale };

/** For a group in the list, which may not be the open one. */
export async function groupOffer(id: string, session: Session): Promise<Offer> {
  const group = await session.openOrRead(id);
  const open: Section =
    session.group?.id === id
      ? []
      : [
          {
            id: 'open-group',
            label: words.menu.openGroup,
            icon: MessageSquare,
            run: () => void session.open(id).then(focusComposer),
          },
        ];
  return { label: group.detail?.name ?? words.group.menu, sections: [open, ...groupActions(group, session)] };
}

export function groupActions(group: OpenGroup, session: Session): Section[] {
  const line = session.groups.find((one) => one.id === group.id);
  const show = (tab: PanelTab) => ({
    id: `open-${tab}`,
    label: words.palette.panel[tab],
    icon: TAB_ICONS[tab],
    run: () => void session.open(group.id).then(() => session.layout.showPanel(tab)),
  });
  return [
    [
      ...(group.mayAdd
        ? [
            {
              id: 'add-people-menu',
              label: words.group.addPeople,
              icon: UserPlus,
              run: () => void (session.dialog = { kind: 'addPeople', group }),
            },
          ]
        : []),
      ...(group.mayRename
        ? [
            {
              id: 'rename-group',
              label: words.group.rename,
              icon: Pencil,
              run: () => void (session.dialog = { kind: 'rename', group }),
            },
          ]
        : []),
    ],
    line === undefined ? [] : arrangeActions(line, session),
    PANEL_TABS.map(show),
    [
      ...(group.writable
        ? [
            {
              id: 'leave-group',
              label: words.group.leave,
              icon: LogOut,
              danger: true,
              run: () => void (session.dialog = { kind: 'leave', group }),
            },
          ]
        : []),
      ...(group.over
        ? [
            {
              id: 'forget-group-menu',
              label: words.group.forget,
              icon: Trash2,
              danger: true,
              run: () => void (session.dialog = { kind: 'forget', group }),
            },
          ]
        : []),
    ],
  ];
}

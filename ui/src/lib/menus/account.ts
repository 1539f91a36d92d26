/** Actions on one's own account. */
import AtSign from '@lucide/svelte/icons/at-sign';
import Copy from '@lucide/svelte/icons/copy';
import LogOut from '@lucide/svelte/icons/log-out';
import Pencil from '@lucide/svelte/icons/pencil';
import RotateCw from '@lucide/svelte/icons/rotate-cw';
import Settings from '@lucide/svelte/icons/settings';
import UserPlus from '@lucide/svelte/icons/user-plus';
import type { Account } from '../bindings';
import { withCommand } from '../keys';
import { focusDrawn } from '../parts/focus';
import type { Session } from '../state/session.svelte';
import { words } from '../words/catalogue';
import { inviteLabel } from '../words/say';
import type { Offer, Section } from './actions';
import { copy } from './clipboard';

export function accountOffer(account: Account, session: Session): Offer {
  const tryNow: Section =
    account.connection.state === 'unreachable'
      ? [{ id: 'account-reconnect', label: words.connection.tryNow, icon: RotateCw, run: () => session.tryNow() }]
      : [];
  return {
    label: account.name,
    sections: [
      tryNow,
      [
        {
          id: 'account-settings',
          label: words.settings.title,
          icon: Settings,
          hint: withCommand(','),
          run: () => void (session.settings = 'profile'),
        },
        { id: 'account-name', label: words.menu.changeName, icon: Pencil, run: () => changeName(session) },
        {
          id: 'account-invite-menu',
          label: inviteLabel(account.service, words.palette.invite),
          icon: UserPlus,
          run: () => void (session.dialog = { kind: 'invite' }),
        },
      ],
      [
        {
          id: 'account-copy',
          label: words.menu.copyName,
          icon: Copy,
          key: 'c',
          run: () => void copy(account.handle, session),
        },
        {
          id: 'account-copy-address',
          label: words.message.linkCopy,
          icon: AtSign,
          run: () => void copy(account.user, session),
        },
      ],
      [
        {
          id: 'account-quit',
          label: words.palette.quit,
          icon: LogOut,
          hint: withCommand('Q'),
          run: () => session.quit(),
        },
      ],
    ],
  };
}

function changeName(session: Session): void {
  session.settings = 'profile';
  void focusDrawn(
    () => document.querySelector<HTMLElement>('#profile-name'),
    () => session.settings === 'profile',
  );
}

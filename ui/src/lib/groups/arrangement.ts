/** Actions on a group's place in the list: local to this computer, invisible to others. */
import Archive from '@lucide/svelte/icons/archive';
import ArchiveRestore from '@lucide/svelte/icons/archive-restore';
import Bell from '@lucide/svelte/icons/bell';
import BellOff from '@lucide/svelte/icons/bell-off';
import Mail from '@lucide/svelte/icons/mail';
import MailOpen from '@lucide/svelte/icons/mail-open';
import Pin from '@lucide/svelte/icons/pin';
import PinOff from '@lucide/svelte/icons/pin-off';
import type { GroupSummary } from '../bindings';
import type { Action, Section } from '../menus/actions';
import { FOR_EVER_MS, isMuted } from '../state/grouplist';
import type { Session } from '../state/session.svelte';
import { words } from '../words/catalogue';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export function arrangeActions(group: GroupSummary, session: Session): Section {
  const { backend } = session;
  const action = (id: string, label: string, icon: NonNullable<Action['icon']>, call: () => Promise<void>): Action => ({
    id,
    label,
    icon,
    run: () => void session.attempt(call),
  });
  const mute = (id: string, label: string, until: () => number) =>
    action(id, label, BellOff, () => backend.muteGroup(group.id, until()));
  return [
    group.unread > 0 || group.markedUnread
      ? action('mark-read', words.groups.markRead, MailOpen, () => backend.markRead(group.id))
      : action('mark-unread', words.groups.markUnread, Mail, () => backend.markUnread(group.id)),
    group.pinned && !group.archived
      ? action('unpin', words.groups.unpin, PinOff, () => backend.pinGroup(group.id, false))
      : action('pin', words.groups.pin, Pin, () => backend.pinGroup(group.id, true)),
    ...(isMuted(group, Date.now())
      ? [action('unmute', words.groups.unmute, Bell, () => backend.muteGroup(group.id, null))]
      : [
          mute('mute-hour', words.groups.muteHour, () => Date.now() + HOUR_MS),
          mute('mute-day', words.groups.muteDay, () => Date.now() + DAY_MS),
          mute('mute-forever', words.groups.muteForEver, () => FOR_EVER_MS),
        ]),
    group.archived
      ? action('unarchive', words.groups.unarchive, ArchiveRestore, () => backend.archiveGroup(group.id, false))
      : action('archive-group', words.groups.archive, Archive, () => backend.archiveGroup(group.id, true)),
  ];
}

/** Actions on a link in a message. */
import Copy from '@lucide/svelte/icons/copy';
import ExternalLink from '@lucide/svelte/icons/external-link';
import type { Session } from '../state/session.svelte';
import { words } from '../words/catalogue';
import type { Section } from './actions';
import { copy } from './clipboard';

export function linkActions(target: Element, session: Session): Section {
  // The sanitised address, not the one that the web view resolves.
  const href = target.closest('a[href]')?.getAttribute('href') ?? null;
  if (href === null) return [];
  const address = href.startsWith('mailto:') ? href.slice('mailto:'.length) : href;
  return [
    {
      id: 'open-link',
      label: words.menu.openLink,
      icon: ExternalLink,
      run: () => void (session.dialog = { kind: 'link', href }),
    },
    { id: 'copy-link', label: words.message.linkCopy, icon: Copy, run: () => void copy(address, session) },
  ];
}

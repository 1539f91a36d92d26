/** The palette's entries, and its search. */
import { focusComposer } from '../parts/standin';
import { groupActions } from '../menus/group';
import type { DialogState, Session } from '../state/session.svelte';
import { words } from '../words/catalogue';
import { fill, inviteLabel } from '../words/say';

export interface Entry {
  id: string;
  title: string;
  kind: 'group' | 'action';
  run: () => void;
}

/** At most this many are shown. */
export const OFFERED_MAX = 40;

export function paletteEntries(session: Session): Entry[] {
  const groups = session.groups.map((group): Entry => ({
    id: `group:${group.id}`,
    title: group.name,
    kind: 'group',
    run: () => void session.open(group.id).then(focusComposer),
  }));
  return [...groups, ...actions(session)];
}

type Make = (id: string, title: string, run: () => void) => Entry;

const action: Make = (id, title, run) => ({ id, title, kind: 'action', run });

function actions(session: Session): Entry[] {
  const opens = (dialog: DialogState) => () => void (session.dialog = dialog);
  const themes = [
    ['light', words.account.themeLight],
    ['dark', words.account.themeDark],
    ['system', words.account.themeSystem],
  ] as const;
  return [
    action('new-group', words.groups.new, opens({ kind: 'createGroup' })),
    ...(session.group === null
      ? []
      : groupActions(session.group, session)
          .flat()
          .map(({ id, label, run }) => action(id, label, () => run(document.body)))),
    action('settings', words.settings.title, () => (session.settings = 'profile')),
    ...(session.account === null
      ? []
      : [action('invite', inviteLabel(session.account.service, words.palette.invite), opens({ kind: 'invite' }))]),
    action('shortcuts', words.palette.shortcuts, opens({ kind: 'shortcuts' })),
    ...themes.map(([theme, name]) =>
      action(`theme-${theme}`, fill(words.palette.theme, { theme: name }), () =>
        session.layout.setTheme(theme, window),
      ),
    ),
    action('quit', words.palette.quit, () => session.quit()),
  ];
}

/** Entries with every word of the query; titles that start with it come first. */
export function search(entries: readonly Entry[], query: string): Entry[] {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return entries.slice(0, OFFERED_MAX);
  const parts = wanted.split(/\s+/);
  return entries
    .map((entry) => ({ entry, title: entry.title.toLowerCase() }))
    .filter(({ title }) => parts.every((part) => title.includes(part)))
    .sort((a, b) => Number(b.title.startsWith(wanted)) - Number(a.title.startsWith(wanted)))
    .slice(0, OFFERED_MAX)
    .map(({ entry }) => entry);
}

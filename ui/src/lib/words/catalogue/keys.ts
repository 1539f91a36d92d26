/** The keyboard: names of keys, the list of shortcuts, the palette. */
import type { PanelTab } from '../../state/layout.svelte';

export const keys = {
  enter: 'Enter',
  esc: 'Esc',
  up: '↑',
  down: '↓',
  shift: 'Shift',
  del: 'Del',
  f10: 'F10',
  ctrl: 'Ctrl',
  alt: 'Alt',
  cmd: '⌘',
} as const;

export const shortcuts = {
  title: 'Keyboard shortcuts',
  palette: 'Search or jump to',
  newGroup: 'New group',
  next: 'Next or previous group',
  send: 'Send',
  newline: 'New line',
  editLast: 'Edit your last message',
  cancel: 'Cancel, close',
  sheet: 'This sheet',
  settings: 'Settings',
  quit: 'Quit Conclave',
  rows: 'Move between messages',
  onRow: 'On a message: reply, react, edit, copy, delete',
  menu: 'Menu of the focused item',
  panel: 'Side panel',
  composer: 'Go to the composer',
  addPeople: 'Add people',
  markup: 'In a message',
  bold: '**bold**',
  italic: '*italic*',
  code: '`code`',
  quote: '> quote',
  list: '- list',
} as const;

export const palette = {
  title: 'Search or jump to',
  placeholder: 'Find a group or an action',
  none: 'Nothing matches.',
  invite: 'Invite someone to this service',
  group: 'Group',
  action: 'Action',
  shortcuts: 'Keyboard shortcuts',
  theme: 'Appearance: {theme}',
  panel: { people: 'Who is here', log: 'Membership log', rules: 'Rules of this group' } satisfies Record<
    PanelTab,
    string
  >,
  quit: 'Quit Conclave',
} as const;

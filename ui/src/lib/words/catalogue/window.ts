/** The window as a whole, the tray and notifications. */

export const app = {
  name: 'Conclave',
  opening: 'Opening Conclave…',
  tryAgain: 'Try again',
  trying: 'Trying…',
  keptAs: 'It was kept as {name}.',
  unreachableEngine: 'The window can’t talk to the engine.',
} as const;

export const common = {
  cancel: 'Cancel',
  close: 'Close',
  copy: 'Copy',
  copied: 'Copied',
  retry: 'Try again',
  discard: 'Discard',
  dismiss: 'Dismiss',
  details: 'Details',
  someone: 'Someone',
  youSubject: 'You',
  youObject: 'you',
  nameAndLogin: '{name} ({login})',
  loading: 'Loading…',
} as const;

export const counts = {
  people: { one: '# person', other: '# people' },
  devices: { one: '# device', other: '# devices' },
  unread: { one: '# unread message', other: '# unread messages' },
  unseen: { one: '# membership change not seen yet', other: '# membership changes not seen yet' },
  changes: { one: '# change', other: '# changes' },
  changesAway: { one: '# change while you were away', other: '# changes while you were away' },
  groups: { one: '# group', other: '# groups' },
  entries: { one: '# entry', other: '# entries' },
  days: { one: '# day', other: '# days' },
  minutes: { one: '# minute', other: '# minutes' },
  letters: { one: '# letter', other: '# letters' },
  moreChanges: { one: '# more membership change', other: '# more membership changes' },
  newMessages: { one: '# new message', other: '# new messages' },
} as const;

export const tray = { open: 'Open Conclave', quit: 'Quit' } as const;

export const badge = { none: 'Nothing unread' } as const;

export const notify = {
  title: '{group}',
  message: '{sender}: {text}',
  hidden: '{sender} wrote',
  change: '{change}',
  other: 'Something new in {group}',
} as const;

export const notices = {
  region: 'Notices',
  leaving: 'You asked to leave {group}.',
  adding: 'Adding {names}.',
  removing: 'Removing {names}.',
  renaming: 'Renaming the group to {name}.',
} as const;

export const live = { message: '{sender} in {group}: {text}', change: '{group}: {change}' } as const;

/** The panel next to the group: people, log, rules. */
import type { Role } from '../../bindings';

export const panel = {
  title: 'About this group',
  people: 'Who is here',
  log: 'Log',
  rules: 'Rules',
  close: 'Close panel',
} as const;

export const roster = {
  heading: 'People',
  headingOver: 'Who was here',
  over: 'This is how you last saw it. You can’t see who is here now.',
  filter: 'Filter people',
  you: '{person} (you)',
  since: 'since {date}',
  thisDevice: 'this device',
  deviceNumber: 'Device {number}',
  deviceSince: 'Device {number}: leaf {leaf}, since epoch {epoch}',
  identityKey: 'Identity key',
  remove: 'Remove from group',
  more: 'Show more people',
  none: 'Nobody matches.',
  treeHash: 'Tree',
  epoch: 'Epoch',
  authenticator: 'Authenticator',
  authenticatorHint:
    'The same for everyone in this epoch. Compare it with someone to check that you are in the same group.',
  renewed: 'Your key was renewed {when}.',
  renewedNever: 'Your key has not been renewed here yet.',
  suite: 'Cipher suite',
} as const;

export const log = {
  search: 'Search names',
  allPeople: 'Everyone',
  allKinds: 'All kinds',
  person: 'Person',
  kind: 'Kind of change',
  export: 'Export',
  exportJson: 'Save all as JSON',
  exportCsv: 'Save all as CSV',
  exportShownJson: 'Save what matches as JSON',
  exportShownCsv: 'Save what matches as CSV',
  fileName: '{group}, membership log, {date}',
  fileNameShown: '{group}, membership log (part), {date}',
  exported: 'Saved as {path}',
  intact: 'All {entries} checked: they fit together, and none is missing.',
  intactHow: 'Each holds the hash of the one before it, and every epoch has an entry.',
  matching: '{entries} match.',
  missing: 'Something is missing from this log. Compare it with another member’s.',
  missingHow: 'There is no entry for epoch {epoch}.',
  renewals: '{what}, {from} to {to}',
  renewalsOneDay: '{what}, {from}',
  broken: 'The log was changed outside Conclave, or damaged. Compare it with another member’s.',
  brokenHow: 'The chain is broken at entry {index}: it does not hold the hash of the one before it.',
  none: 'No entry matches.',
  older: 'Show older',
  newest: 'Back to the newest',
  entry: 'Entry',
  commitHash: 'Commit',
  rowHash: 'Row',
  rowHashHint: 'The same in every member’s log.',
  notSeen: 'new',
} as const;

export const rules = {
  add: 'Who adds people',
  remove: 'Who removes people',
  change: 'Who renames the group',
  leave: 'Leaving',
  leaveText:
    'Anyone, at any time. When the last owner leaves, an admin becomes owner, or another member if there is no admin.',
  join: 'Joining without being added',
  joinYes: 'Allowed: with an invitation.',
  joinNo: 'Not possible. Someone has to add you.',
  history: 'What newcomers see',
  historyText: 'Only messages sent after they were added.',
  keys: 'Renewing keys',
  keysText: 'Each device in use renews its key at least every {days}.',
  hidden: 'What the service can see',
  handshakeYes: 'Membership changes are encrypted.',
  handshakeNo: 'Membership changes are signed, but the service can read them.',
  paddingYes: 'Message lengths are padded.',
  paddingNo: 'Message lengths are visible.',
  mine: 'Your role here: {role}.',
  room: 'Room',
} as const;

export const roles = { member: 'member', admin: 'admin', owner: 'owner' } as const satisfies Record<Role, string>;

export const atLeast = {
  member: 'Everyone in the group',
  admin: 'Owners and admins',
  owner: 'Owners',
} as const satisfies Record<Role, string>;

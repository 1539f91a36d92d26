/** Membership changes: made, waiting, failed. */
import type { HeldUp, MembershipKind, NewKeyWaits, WaitingFor } from '../../bindings';
import type { Counted } from '../forms';

/** A waiting change, as the subject of a sentence. */
const changesWaiting = {
  created: 'Creating the group',
  added: 'Adding {targets}',
  removed: 'Removing {targets}',
  left: 'Leaving the group',
  roleChanged: 'Changing the role of {targets}',
  renamed: 'Renaming the group',
  policyChanged: 'Changing the rules',
  keyRotated: 'Renewing your key',
  keysRenewed: 'Renewing your keys',
} as const satisfies Record<MembershipKind, string>;

/** What it is waiting for, and what can be done. The records below are more specific. */
const waitingFor = {
  connection: '{change} is waiting for a connection to the service. It will continue by itself.',
  wrongService:
    '{change} is waiting: the service answers with a different key than before, so nothing is sent to it. Ask whoever runs it.',
  notFollowed: '{change} is waiting until this computer can follow the group again.',
  creation: '{change} is waiting until the service has accepted the group. It will continue by itself.',
  log: '{change} is waiting until this computer has read what happened in the group. It will continue by itself.',
  newKey: '{change} is waiting: this computer needs a new signature key in this group first. {key}',
  keyPackages:
    '{change} is waiting: the keys needed to add {people} have expired or can’t be used, and Conclave has asked the service for new ones. It will continue by itself.',
  turn: '{change} is waiting until this computer has finished what it began before. It will continue by itself.',
  answer: '{change} is waiting for the service to confirm it. It will continue by itself.',
  busy: '{change} is waiting: the service is full or overloaded, and asked Conclave to come back later. It will try again by itself. If this doesn’t go away, tell whoever runs the service.',
} as const satisfies Record<Exclude<WaitingFor['reason'], 'heldUp'>, string>;

const keyPackagesPutOff =
  '{change} is waiting: the keys needed to add {people} have expired or can’t be used, and the service is too busy to hand out new ones. Conclave will ask again by itself.';

/** What a new signature key is waiting for. */
const newKeyWaits = {
  underWay: 'It is on its way; after that, this will continue by itself.',
  connection: 'There is no connection to the service; when it is back, this will continue by itself.',
  busy: 'The service is full or overloaded, and asked Conclave to come back later. It will try again by itself.',
  keychain: 'The keychain is locked or does not answer. Unlock it; Conclave will try again by itself.',
  refused:
    'None was accepted. Conclave will try again in an hour, or after the group’s next change. If that does not help, ask to be removed and added again.',
} as const satisfies Record<NewKeyWaits, string>;

/** What holds the group up on this computer. */
const waitingHeldUp = {
  keychain:
    '{change} is waiting for the keychain, which does not release this group’s key. Unlock it; Conclave will try again by itself.',
  disk: '{change} is waiting: this group’s data can’t be written to the disk. Free some space; Conclave will try again by itself.',
  fault: '{change} is waiting: Conclave can’t work with this group at the moment. It will try again by itself.',
} as const satisfies Record<HeldUp, string>;

/** `{actor}` starts a sentence, `{target}` does not. `Someone` is used for an unknown actor. */
export const changes = {
  created: '{actor} created the group',
  added: '{actor} added {target} with {devices}',
  removed: '{actor} removed {target}',
  left: '{actor} left the group',
  roleChanged: '{actor} made {target} {role}',
  renamed: '{actor} renamed the group to {name}',
  policyChanged: '{actor} changed the rules',
  keyRotated: '{actor} has a new signature key',
  keysRenewed: '{actor} renewed keys',
} as const satisfies Record<MembershipKind, string>;

/** The same for the list of groups, where only names are known. */
export const changesShort = {
  created: '{actor} created the group',
  added: '{actor} added {target}',
  removed: '{actor} removed {target}',
  left: '{actor} left the group',
  roleChanged: '{actor} changed the role of {target}',
  renamed: '{actor} renamed the group',
  policyChanged: '{actor} changed the rules',
  keyRotated: '{actor} has a new signature key',
  keysRenewed: '{actor} renewed keys',
} as const satisfies Record<MembershipKind, string>;

export const changeNames = {
  created: 'Created',
  added: 'Added',
  removed: 'Removed',
  left: 'Left',
  roleChanged: 'Role changed',
  renamed: 'Renamed',
  policyChanged: 'Rules changed',
  keyRotated: 'New signature key',
  keysRenewed: 'Keys renewed',
} as const satisfies Record<MembershipKind, string>;

export const changesFailed = {
  created: 'The group could not be created',
  added: '{targets} could not be added',
  removed: '{targets} could not be removed',
  left: 'You could not leave',
  roleChanged: 'The role of {targets} could not be changed',
  renamed: 'The group could not be renamed',
  policyChanged: 'The rules could not be changed',
  keyRotated: 'Your key could not be renewed',
  keysRenewed: 'Your keys could not be renewed',
} as const satisfies Record<MembershipKind, string>;

export const folded = {
  created: { one: '# group created', other: '# groups created' },
  added: { one: '# person added', other: '# people added' },
  removed: { one: '# removed', other: '# removed' },
  left: { one: '# left', other: '# left' },
  roleChanged: { one: '# role changed', other: '# roles changed' },
  renamed: { one: 'renamed once', other: 'renamed # times' },
  policyChanged: { one: 'rules changed once', other: 'rules changed # times' },
  keyRotated: { one: '# new signature key', other: '# new signature keys' },
  keysRenewed: { one: 'keys renewed once', other: 'keys renewed # times' },
} as const satisfies Record<MembershipKind, Counted>;

export const foldedNames = '{what} ({names})';

export const newOwner = 'owner';

export const waiting = {
  changes: changesWaiting,
  for: waitingFor,
  keyPackagesPutOff,
  newKey: newKeyWaits,
  heldUp: waitingHeldUp,
  more: { one: '# more change waits', other: '# more changes wait' },
  beyond: { one: 'and # more', other: 'and # more' },
} as const;

export const door = {
  epoch: 'epoch {epoch}',
  openLog: 'Open this entry in the log',
  expand: 'Show each',
  collapse: 'Fold',
} as const;

/** The state of a group, and of the connection to its service. */
import type { GroupHealth, HeldUp, NotFollowed } from '../../bindings';

/** One line for the list of groups; empty if the last row says more. */
const healthLine = {
  creating: 'Being created',
  healthy: '',
  catchingUp: 'Catching up, {done} of {total}',
  leaving: 'Leaving',
  left: 'You left',
  removed: 'You were removed',
  broken: 'Needs to be set up again',
  quarantined: 'Paused on this computer',
  behind: 'Something is missing here',
  notFollowed: 'Not receiving messages',
} as const satisfies Record<GroupHealth['state'], string>;

/** The band above the composer. */
const healthBand = {
  creating:
    'This group is being created. You can write already; your messages are sent once the service has accepted the group.',
  healthy: '',
  catchingUp: 'Catching up: {done} of {total} entries read.',
  leaving: 'You asked to leave. You are out as soon as another member’s app has processed it.',
  left: 'You left this group. What you received stays readable on this computer.',
  removed: '{by} removed you from this group. What you received stays readable on this computer.',
  broken:
    'This group needs to be set up again. Nothing can be sent; what was received stays readable. Ask an owner to remove you and add you again.',
  behind:
    'The service knows of a change to this group that this computer has not received. You may not be able to read what others write, and what you write may not arrive. If this doesn’t go away, ask to be removed and added again.',
} as const satisfies Record<Exclude<GroupHealth['state'], 'quarantined' | 'notFollowed'>, string>;

/** Why the service does not deliver a group's log to this computer: what that means, and what to do. */
const notFollowed = {
  awayTooLong:
    'This computer was away too long: the service no longer has what happened in the meantime. Ask to be added again. What you received stays readable, and what you write waits here until then.',
  setBack:
    'The service went back to an earlier state and lost a change of this group, so this computer can’t continue in it. What you received stays readable. Ask to be added again; until then, what you write waits here. What the service lost is sent again then.',
  logGone:
    'The service has lost this group. What you received stays readable, and what you write waits here. Ask whoever runs the service, or ask to be added again.',
  noSuchGroup:
    'The service does not know this group as it was described to you. Whoever added you may have described it wrongly, or changed it since. What you write waits here. Ask to be added again, or delete the group on this computer.',
  tooManyGroups:
    'You are in more groups than the service lets one computer follow, and this one is over the limit. Nothing new arrives here, and what you write waits. Leave or delete groups that you don’t need.',
} as const satisfies Record<NotFollowed, string>;

/** Why a group is paused: what that means, and what can be done. */
const pausedBy = {
  keychain:
    'The keychain does not release this group’s key. Unlock it; Conclave will try again by itself. What you write waits here, and nothing is lost.',
  disk: 'This group’s data can’t be written to the disk. Free some space; Conclave will try again by itself. New messages wait at the service, and nothing is lost.',
  fault: 'Conclave can’t work with this group at the moment. It will try again by itself; nothing is lost.',
} as const satisfies Record<HeldUp, string>;

export const connection = {
  connecting: 'Connecting…',
  own: 'Connected, on this computer',
  local: 'Connected through {name}',
  server: 'Connected to {host}',
  unreachable: 'Reconnecting {when}',
  unreachableNow: 'Reconnecting…',
  tryNow: 'Try now',
  wrongService: 'A different service answers',
  bandUnreachable: 'The service can’t be reached. What you write is kept here and sent when it is back.',
  bandLocalClosed:
    '{name} is not open on this computer. Open it to continue; what you write is kept here and sent then.',
  localClosed: '{name} is not open',
  localClosedError:
    '{name} is not open on this computer, and it runs the service. Nothing was changed. Open it, then try again.',
  bandWrong:
    'The service answers with a different key than the one this profile knows. Nothing is sent to it. Ask whoever runs it.',
} as const;

export const health = {
  line: healthLine,
  band: healthBand,
  pausedBy,
  notFollowed,
  removedBySomeone: 'You were removed from this group. What you received stays readable on this computer.',
  causeLabel: 'Cause',
} as const;

/** Errors: the engine's codes, and the screens that block the window. */
import { limits } from '../../limits';
import type { BadInvitation, Error as ApiError, FailReason, Refusal, UnreadableCause } from '../../bindings';
import type { ScreenWords } from '../forms';

export const errors = {
  noAccount: 'This profile has no account yet. Create one first.',
  accountExists: 'This profile already has an account.',
  badHandle: `A login has 1 to ${limits.loginLength} characters of a–z, 0–9, dot, underscore or hyphen, and starts with a letter.`,
  handleTaken: 'That login is taken on this service. Choose another.',
  noSuchPerson: 'Nobody is called {handle} on this service. Check the spelling, or ask them for their login.',
  noKeyPackage: '{handle} can’t be added yet: they have to open their app once more. Nothing was changed.',
  otherAccount: 'That is not the login of this account. Nothing was changed.',
  noSuchHost: 'No computer was found at this address. Check the spelling, and whether this computer is online.',
  serviceUnreachable: 'The service can’t be reached. Nothing was changed. Try again when it is back.',
  notAService: 'What answers there is not a Conclave service. Check the address.',
  untrustedService:
    'What answers there can’t prove that it has this address: this computer does not trust its certificate. Nothing was sent. Ask whoever runs it.',
  serviceNotValidNow:
    'The certificate shown there is not valid at {here}, the time on this computer’s clock. If the clock is right, tell whoever runs the service. Nothing was sent.',
  clockWrong:
    'This computer’s clock is wrong. It shows {here}; the service’s shows {service}. An account created now could not be used, so none was created. Set the clock, then try again. If it is right, tell whoever runs the service.',
  serviceBusy: 'The service got too many requests in a short time. Nothing was changed. Try again in {wait}.',
  wrongService: 'The service answers with a different key than before. Nothing was sent to it.',
  badServiceUrl: 'That is not the address of a service. It looks like https://host, or http:// on this computer.',
  badInvitation: '{why}',
  serviceRefused: 'The service refused: {reason}. Nothing was changed.',
  keychainLocked: 'The keychain is locked or absent. Nothing was changed. Unlock it, then try again.',
  noSuchGroup: 'This group is not here any more.',
  noSuchMessage: 'This message is not here any more.',
  notAllowed: '{why}',
  notAMember: 'You are no longer in this group. What you received stays readable.',
  groupBroken: 'This group needs to be set up again. What was received stays readable.',
  tooLong: 'Too long: at most {max} bytes. Nothing was sent.',
  nameTooLong: 'A name has at most {max}.',
  empty: 'There is nothing in it yet.',
  notAReaction: 'That is not an emoji. Nothing was sent.',
  tooMany: 'Too many: at most {max}. Nothing was changed.',
  diskUnavailable:
    'The disk can’t be written to: it is full or read-only. Nothing was changed. Free some space, then try again.',
  closing: 'Conclave is closing.',
  internal: 'Something went wrong inside Conclave. Your messages are safe. The log file has it as {id}.',
} as const satisfies Record<ApiError['code'], string>;

export const badInvitations = {
  other: 'That is not an invitation. One begins with conclave:invite.',
  version: 'This invitation needs a newer Conclave.',
  damaged: 'This invitation is damaged or incomplete. Copy the whole link again.',
} as const satisfies Record<BadInvitation, string>;

export const refusals = {
  mayNotAdd: 'The rules of this group don’t let you add people.',
  mayNotRemove: 'The rules of this group don’t let you remove people.',
  mayNotRename: 'The rules of this group don’t let you rename it.',
  mayNotChangeRoles: 'The rules of this group don’t let you change roles.',
  alreadyMember: 'They are already in this group.',
  notAMember: 'They are not in this group.',
  mayNotChangePolicy: 'The rules of this group don’t let you change them.',
  onlyOwnersRemove: 'Only an owner can remove an owner or an admin.',
} as const satisfies Record<Refusal, string>;

export const failures = {
  refused: 'The service refused it.',
  notAllowed: 'The group’s rules don’t allow it.',
  notAMember: 'This device is no longer in the group.',
  badKeyPackage: 'They have to open their app once before they can be added.',
  groupBroken: 'The group needs to be set up again.',
  tooManyAttempts: 'It failed several times.',
  notBuilt:
    'This device could not create it in the group’s current state. Nothing in the group changed. Try again later.',
} as const satisfies Record<FailReason, string>;

export const unreadable = {
  damaged: 'It was changed in transit, or does not belong to this group.',
  keyGone: 'Its key was already used and deleted. It may have arrived twice.',
  tooOld: 'It is too old: its keys were deleted, as intended.',
  otherEpoch: 'It was written when this device was not in the group.',
  senderGone: 'Its sender was removed, or got a new key, before it arrived.',
  badContent: 'It was decrypted, but this version does not know its format.',
  refusedChange: 'It was a change that the group’s rules don’t allow. It has no effect.',
  diverged: 'It belongs to a time after a change that this device could not follow.',
  missing: 'The service deleted what was sent here once its retention ended, or withholds it.',
  setBack:
    'It lost the latest messages, as after restoring a backup. What is here stays, and your own messages are sent again. Other people’s apps send theirs again, too, as soon as they are open.',
} as const satisfies Record<UnreadableCause, string>;

export const blocked = {
  keychainLocked: {
    title: 'The keychain is locked',
    what: 'Conclave keeps its keys in this computer’s keychain, and the keychain does not answer. Nothing was changed.',
    todo: 'Unlock the keychain, or log in to the desktop, then try again.',
  },
  storeDamaged: {
    title: 'The message store can’t be read',
    what: 'The file with your messages is damaged, or is not from this profile. It was not deleted.',
    todo: 'Quit Conclave, put back a copy of the profile’s folder if you have one, then try again.',
  },
  profileInUse: {
    title: 'This profile is already open',
    what: 'Another Conclave on this computer is using this profile. Two at once would damage it.',
    todo: 'Use the other window, or close it and try again.',
  },
  storeTooNew: {
    title: 'This profile needs a newer Conclave',
    what: 'A newer version wrote the message store. This version leaves it untouched.',
    todo: 'Install the newer version again, then open the profile with it.',
  },
  diskUnavailable: {
    title: 'The disk can’t be written to',
    what: 'It is full, or read-only. Conclave does not open the store until it can save safely.',
    todo: 'Free some space or make the disk writable, then try again.',
  },
  deleting: {
    title: 'The account is not deleted yet',
    what: 'The keychain is locked, or the disk can’t be written to. What is left of the account can’t be opened any more.',
    todo: 'Unlock the keychain and make the disk writable, then try again: it continues from there.',
  },
} as const satisfies Record<string, ScreenWords>;

/**
 * Every word the window says, in one place, ready for translation. `{name}` marks what is filled in; a pair of
 * `one`/`other` is chosen by `Intl.PluralRules`. Records keyed by the engine's codes are exhaustive by type: a new code
 * does not compile until it has words.
 */
import type {
  BadInvitation,
  Error as ApiError,
  GroupHealth,
  MembershipKind,
  NewKeyWaits,
  NotFollowed,
  Refusal,
  Role,
  SendFailure,
  UnreadableCause,
  WaitingFor,
} from '../bindings';

/** The forms of a counted thing. `#` stands for the number. */
export interface Counted {
  one: string;
  other: string;
}

/** What blocks the whole window: a title, what it means, what to do. */
interface Face {
  title: string;
  what: string;
  todo: string;
}

const errors = {
  noAccount: 'This profile has no account yet. Create one first.',
  accountExists: 'This profile already has an account.',
  badHandle: 'A login has 1 to 32 characters of a–z, 0–9, dot, underscore or hyphen, and starts with a letter.',
  handleTaken: 'That login is taken on this service. Choose another.',
  noSuchPerson: 'Nobody is called {handle} on this service. Check the spelling, or ask them for their login.',
  noKeyPackage: '{handle} can’t be added yet: their app has to be opened once more. Nothing was changed.',
  otherAccount: 'That is not the login of this account. Nothing was changed.',
  noSuchHost: 'No computer is found under this address. Check how it is written, and whether this computer is online.',
  serviceUnreachable: 'The service can’t be reached. Nothing was changed. Try again when it is back.',
  notAService: 'What answers there is not a Conclave service. Check the address.',
  untrustedService: 'What answers there can’t prove that it has this address: this computer does not trust its certificate. Nothing was sent. Ask whoever runs it.',
  serviceNotValidNow: 'The certificate shown there is not valid now, at {here} by this computer’s clock. Is the clock right? Then tell whoever runs the service. Nothing was sent.',
  clockWrong: 'This computer’s clock is wrong. It shows {here}; the service’s shows {service}. An account made now could not be used, so none was made. Set the clock, then try again. If it is right, tell whoever runs the service.',
  serviceBusy: 'Too much was asked of the service in a short time. Nothing was changed. Try again in {wait}.',
  wrongService: 'The service answers with another key than before. Nothing was sent to it.',
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
  tooMany: 'Too many: at most {max}. Nothing was changed.',
  diskUnavailable: 'The disk can’t be written to: it is full or read-only. Nothing was changed. Free some space, then try again.',
  closing: 'Conclave is closing.',
  internal: 'Something went wrong inside Conclave. Your messages are safe. The log file has it as {id}.',
} as const satisfies Record<ApiError['code'], string>;

const refusals = {
  mayNotAdd: 'The rules of this group don’t let you add people.',
  mayNotRemove: 'The rules of this group don’t let you remove people.',
  mayNotRename: 'The rules of this group don’t let you rename it.',
  mayNotChangeRoles: 'The rules of this group don’t let you change roles.',
  alreadyMember: 'They are already in this group.',
  notAMember: 'They are not in this group.',
  mayNotChangePolicy: 'The rules of this group don’t let you change them.',
  onlyOwnersRemove: 'Only an owner can remove an owner or an admin.',
} as const satisfies Record<Refusal, string>;

const badInvitations = {
  other: 'That is not an invitation. One begins with conclave:invite.',
  version: 'This invitation needs a newer Conclave.',
  damaged: 'This invitation is damaged, or a part of it is missing. Copy it once more, whole.',
} as const satisfies Record<BadInvitation, string>;

const failures = {
  refused: 'The service refused it.',
  notAllowed: 'The group’s rules don’t allow it.',
  notAMember: 'This device is no longer in the group.',
  noKeyPackage: 'Their app has to be opened once before they can be added.',
  groupBroken: 'The group needs to be set up again.',
  tooManyAttempts: 'It was tried several times without success.',
  notBuilt: 'This device could not build it as the group stands now. Nothing in the group changed. Try again later.',
} as const satisfies Record<SendFailure, string>;

const unreadable = {
  damaged: 'It was changed on the way, or does not belong to this group.',
  keyGone: 'Its key was used before and is gone. Perhaps it came twice.',
  tooOld: 'It is too old: its keys were deleted, as they should be.',
  otherEpoch: 'It was written for a time when this device was not in the group.',
  senderGone: 'Its sender was removed, or had a new key, before it arrived.',
  badContent: 'It was decrypted, but its form is not one that this version knows.',
  refusedChange: 'It was a change that the group’s rules refuse. It has no effect.',
  missing: 'The service deleted what was sent here after its time, or keeps it back.',
  setBack:
    'It has lost messages that were sent last, as after a restored backup. What is here stays, and your own messages are sent again. Each of the others sends theirs again, too, as soon as their app is open.',
} as const satisfies Record<UnreadableCause, string>;

/** `{actor}` begins a sentence, `{target}` does not. `Someone` stands for an actor that is not known. */
const changes = {
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
const changesShort = {
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

const changeNames = {
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

const changesFailed = {
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

/** A change that waits, as what a sentence is about. */
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

/** What it waits for, and what can be done. Where more is known, the records below say it. */
const waitingFor = {
  connection: '{change} waits for a connection to the service. It goes on by itself.',
  wrongService: '{change} waits: the service answers with another key than before, so nothing is sent to it. Ask whoever runs it.',
  notFollowed: '{change} waits until this computer can follow the group again.',
  heldUp: '{change} waits: Conclave can’t work with this group at the moment. It tries again by itself.',
  creation: '{change} waits until the service has accepted the group. It goes on by itself.',
  log: '{change} waits until this computer has read what happened in the group. It goes on by itself.',
  newKey: '{change} waits: this computer needs a new signature key in this group first. {key}',
  keyPackages: '{change} waits: what {people} could be added with has expired or can’t be used, and the service is asked for more. It goes on by itself.',
  turn: '{change} waits until what this computer began before it is done. It goes on by itself.',
  answer: '{change} waits for the service to confirm it. It goes on by itself.',
  busy: '{change} waits: the service is full or has too much to do, and asked to come again later. Conclave tries again by itself. If it stays so, tell whoever runs the service.',
} as const satisfies Record<WaitingFor['reason'], string>;

const keyPackagesPutOff =
  '{change} waits: what {people} could be added with has expired or can’t be used, and the service, asked for more, has too much to do. Conclave asks again by itself.';

/** What a new signature key waits for. */
const newKeyWaits = {
  underWay: 'It is on its way, and then this goes on by itself.',
  connection: 'There is no connection to the service; when it is back, this goes on by itself.',
  busy: 'The service is full or has too much to do, and asked to come again later. Conclave tries again by itself.',
  keychain: 'The keychain is locked or does not answer. Unlock it; Conclave tries again by itself.',
  refused:
    'None was accepted. It is tried again in an hour, or after the next change of the group. If that does not help, ask to be removed and added again.',
} as const satisfies Record<NewKeyWaits, string>;

/** Where a fault on this computer can be mended. */
const waitingHeldUp: Readonly<Record<string, string>> = {
  keychain: '{change} waits for the keychain, which does not give out this group’s key. Unlock it; Conclave tries again by itself.',
  disk: '{change} waits for the disk, which does not take what this group writes. Make room on it; Conclave tries again by itself.',
};

const folded = {
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

const profile = {
  name: 'Your name',
  nameHint: 'As people know you, in any script. The people in your groups see it, and you can change it.',
  nameNeeded: 'Say what people call you.',
  save: 'Change my name',
  saved: 'Changed. Your groups are told.',
} as const;

const roles = { member: 'member', admin: 'admin', owner: 'owner' } as const satisfies Record<Role, string>;

const atLeast = {
  member: 'Everyone in the group',
  admin: 'Owners and admins',
  owner: 'Owners',
} as const satisfies Record<Role, string>;

/** One line for the list of groups; an empty one where the last row says more. */
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
  notFollowed: 'Can’t be followed',
} as const satisfies Record<GroupHealth['state'], string>;

/** The band above the composer. */
const healthBand = {
  creating: 'This group is being created. You can write already; it goes out once the service has accepted the group.',
  healthy: '',
  catchingUp: 'Catching up: {done} of {total} entries read.',
  leaving: 'You asked to leave. You are out as soon as another member’s app has carried it out.',
  left: 'You left this group. What you received stays readable on this computer.',
  removed: '{by} removed you from this group. What you received stays readable on this computer.',
  broken: 'This group needs to be set up again. Nothing can be sent; what was received stays readable. Ask an owner to remove you and to add you again.',
  quarantined: 'Conclave can’t work with this group at the moment. It tries again by itself; nothing is lost.',
  behind:
    'The service shows a change of this group that this computer was not given. What others write may be unreadable here, and what you write may not arrive. If it stays so, ask to be removed and added again.',
  notFollowed: 'The service does not hand out this group’s messages at the moment. Conclave tries again by itself.',
} as const satisfies Record<GroupHealth['state'], string>;

/** Why the service does not hand out a group's log to this computer: what that means, and what to do. */
const notFollowed = {
  awayTooLong:
    'This computer was away too long: the service does not keep what happened meanwhile. Ask to be added again. What you received stays readable, and what you write waits here until then.',
  setBack:
    'The service was set back to an earlier state and has lost a change of this group, so this computer can’t go on in it. What you received stays readable. Ask to be added again; what you write waits here, and what the service has lost is sent again then.',
  logGone:
    'The service has lost this group. What you received stays readable, and what you write waits here. Ask whoever runs the service, or ask to be added again.',
  noSuchGroup:
    'The service does not know this group as it was described to you. Whoever added you may have told you wrong, or changed it since. What you write waits here. Ask to be added again, or delete the group on this computer.',
  tooManyGroups:
    'You are in more groups than the service lets one computer follow, and this one is beyond that. Nothing new arrives here, and what you write waits. Leave or delete groups that you don’t need.',
} as const satisfies Record<NotFollowed, string>;

/** Why a group is paused, where something can be done about it. */
const pausedBy: Readonly<Record<string, string>> = {
  keychain:
    'The keychain does not give out this group’s key. Unlock it; Conclave tries again by itself. What you write waits here, and nothing is lost.',
  disk: 'The disk does not take what this group writes. Make room on it; Conclave tries again by itself. What comes meanwhile waits at the service, and nothing is lost.',
};

const blocked = {
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
    what: 'Another Conclave on this computer works with this profile. Two at once would damage it.',
    todo: 'Use the other window, or close it and try again.',
  },
  storeTooNew: {
    title: 'This profile needs a newer Conclave',
    what: 'A newer version has written the message store. This version leaves it alone.',
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
    todo: 'Unlock the keychain and make the disk writable, then try again: it goes on from here.',
  },
} as const satisfies Record<string, Face>;

export const words = {
  app: {
    name: 'Conclave',
    opening: 'Opening Conclave…',
    tryAgain: 'Try again',
    trying: 'Trying…',
    keptAs: 'It was kept aside as {name}.',
    unreachableEngine: 'The window can’t talk to the engine.',
  },

  common: {
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
  },

  counts: {
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
  },

  tray: { open: 'Open Conclave', quit: 'Quit' },

  badge: { none: 'Nothing unread' },

  profile,

  firstRun: {
    step: '{step} of 2',
    title: 'Welcome to Conclave',
    lead: 'Group chat that only the people in the group can read.',
    loginLabel: 'Your login',
    loginHint: 'Others type it to add you. a–z, 0–9, dot, underscore, hyphen; it can’t be changed later.',
    next: 'Next',
    back: 'Back',
    haveInvitation: 'I have an invitation',
    invitationLabel: 'Invitation',
    invitationPlaceholder: 'conclave:invite…',
    invitationHint: 'Paste the link that you were given.',
    invitedBy: '{name} invites you to {host}.',
    dropInvitation: 'Do without this invitation',
    whereTitle: 'Where to deliver messages',
    whereLead: 'Whom you can write with depends on it. It can’t be changed later, only with another account.',
    invited: '{host}, by invitation',
    invitedHint: 'Where {name} is. Only a server that shows the key in the invitation is used.',
    own: 'On this computer',
    ownHint: 'For profiles on this computer only. Nothing leaves it, and nobody on another computer can be reached.',
    local: 'On this computer, with {name}',
    localHint: 'Joins the service that {name} runs here. Works while {name} is open.',
    server: 'A server',
    serverHint: 'For people on other computers. Whoever runs it passes on messages without being able to read them.',
    serverLabel: 'Address of the server',
    serverPlaceholder: 'chat.example.org',
    choiceNeeded: 'Choose where to deliver first.',
    addressNeeded: 'Type the address of the server. Whoever runs it, or a person who uses it, can tell you.',
    addressGets: 'Others find you as {handle} on {domain}.',
    nobodyAnswers: 'Nobody answers at {host}. Check the address, or try again when the server runs.',
    localSilent: 'The service of {name} does not answer. Open {name}, then try again.',
    otherKey: 'The server shows another key than the one in the invitation: it may be another service. Nothing was sent. Ask {name}.',
    storedTitle: 'What is stored where',
    storedHere: 'Messages and groups: on this computer, encrypted.',
    storedKeys: 'Your keys: in this computer’s keychain. They never leave it.',
    storedService: 'On the service: your login, and encrypted messages on their way. It can read no text and no group name, and keeps no list of members.',
    submit: 'Start',
    submitting: 'Making your keys…',
  },

  blocked,

  connection: {
    connecting: 'Connecting…',
    own: 'Connected, on this computer',
    local: 'Connected, with {name}',
    server: 'Connected to {host}',
    unreachable: 'Reconnecting {when}',
    unreachableNow: 'Reconnecting…',
    tryNow: 'Try now',
    wrongService: 'Another service answers',
    bandUnreachable: 'The service can’t be reached. What you write is kept here and sent when it is back.',
    bandLocalClosed: '{name} is not open on this computer. Open it to go on; what you write is kept here and sent then.',
    localClosed: '{name} is not open',
    localClosedError: '{name} is not open on this computer, and runs the service. Nothing was changed. Open it, then try again.',
    bandWrong: 'The service answers with another key than the one this profile knows. Nothing is sent to it. Ask whoever runs it.',
  },

  groups: {
    title: 'Groups',
    search: 'Search or jump to',
    new: 'New group',
    emptyTitle: 'No groups yet',
    empty: 'Make one, or give someone your login so that they can add you.',
    lastMessage: '{sender}: {text}',
    lastYou: 'You: {text}',
    lastDeleted: 'Message deleted',
    lastFailed: 'Not sent: {text}',
    lastQueued: 'Waiting: {text}',
    lastOther: 'An entry that can’t be shown',
    draft: 'Draft: {text}',
    draftAnswer: 'Draft: an answer',
    changeWaits: 'A change waits',
    noRows: 'Nothing yet',
    openList: 'Show groups',
    archived: 'Archived',
    archivedCount: 'Archived, {groups}',
    pinned: 'Pinned',
    mutedUntil: 'Muted until {when}',
    mutedForEver: 'Muted',
    markedUnread: 'Marked as unread',
    pin: 'Pin to the top',
    unpin: 'Unpin',
    archive: 'Archive',
    unarchive: 'Take out of the archive',
    markRead: 'Mark as read',
    markUnread: 'Mark as unread',
    muteHour: 'Mute for an hour',
    muteDay: 'Mute for a day',
    muteForEver: 'Mute until I unmute it',
    unmute: 'Unmute',
  },

  waiting: {
    changes: changesWaiting,
    for: waitingFor,
    keyPackagesPutOff,
    newKey: newKeyWaits,
    heldUp: waitingHeldUp,
    more: { one: '# more change waits', other: '# more changes wait' },
    beyond: { one: 'and # more', other: 'and # more' },
  },

  health: { line: healthLine, band: healthBand, pausedBy, notFollowed, removedBySomeone: 'You were removed from this group. What you received stays readable on this computer.', causeLabel: 'Cause' },

  room: {
    none: 'Choose a group',
    noneHint: 'Pick one on the left, or press {key} to jump.',
    counts: '{people}, {devices}',
    countsOver: '{people} when you last saw it',
    addPeople: 'Add people',
    panelShow: 'Show who is here',
    panelHide: 'Hide side panel',
    menu: 'More for this group',
    rename: 'Rename group',
    leave: 'Leave group',
    forget: 'Delete from this computer',
    messages: 'Messages in {group}',
    emptyTitle: 'This is the beginning of {group}',
    loadingOlder: 'Loading older messages…',
    newRows: 'New',
    jumpNewest: 'Jump to newest',
    heldChanges: 'Show them',
    quoteGone: 'That message is further back than can be searched from here.',
    jumpNewestUnread: 'Jump to newest, {count}',
  },

  message: {
    reply: 'Reply',
    react: 'React',
    edit: 'Edit',
    delete: 'Delete',
    copyText: 'Copy text',
    actions: 'Actions for this message',
    more: 'More',
    edited: 'edited',
    deleted: 'Message deleted',
    unknown: 'This version can’t show content of type {type}. It was kept.',
    queued: 'Waiting to be sent',
    sent: 'Sent',
    failed: 'Not sent. {why}',
    showAll: 'Show the whole message',
    quoteMissing: 'A message that is not here',
    quoteDeleted: 'Message deleted',
    unreadable: '{sender} sent something that can’t be read',
    unreadableUnknown: 'An entry can’t be read',
    missing: 'Something is missing here',
    setBack: 'The service was set back',
    needsSetup: 'This group needs to be set up again',
    needsSetupWhat: 'Nothing after this point can be read. What is above stays. Ask an owner to remove you and to add you again.',
    reactedBy: '{emoji} {count} from {names}',
    by: 'Message from {sender}, {time}',
    deleteTitle: 'Delete this message?',
    deleteBody: 'It is taken back for everyone in the group. People may have read or copied it already.',
    deleteConfirm: 'Delete for everyone',
    linkTitle: 'Open this address?',
    linkBody: 'It opens in your browser. Whoever runs that site can see that you came.',
    mailTitle: 'Write to this address?',
    mailBody: 'It opens in your mail program. What you write there is not protected by Conclave.',
    linkPlain: 'Whoever is on the way can read and change what this site shows: its address begins with http.',
    linkOpen: 'Open',
    linkCopy: 'Copy address',
    linkFailed: 'No program could be opened for it. Copy the address instead.',
  },

  door: {
    epoch: 'epoch {epoch}',
    openLog: 'Open this entry in the log',
    expand: 'Show each',
    collapse: 'Fold',
  },

  changes,
  changesShort,
  changeNames,
  changesFailed,
  folded,
  foldedNames: '{what} ({names})',
  newOwner: 'owner',

  composer: {
    label: 'Message to {group}',
    placeholder: 'Message {group}',
    send: 'Send',
    save: 'Save',
    emoji: 'Insert emoji',
    replyingTo: 'Replying to {sender}',
    editing: 'Editing your message',
    cancelReply: 'Cancel reply',
    cancelEdit: 'Cancel editing',
    editFirst: 'You are editing a message. Save it or cancel with Esc first; nothing was changed.',
    tooLong: 'Too long by {bytes}. At most 64 KiB go into one message.',
    pasteCut: 'That was more than fits here. Only its beginning was pasted.',
    shorten: '{left} left',
  },

  panel: {
    title: 'About this group',
    people: 'Who is here',
    log: 'Log',
    rules: 'Rules',
    close: 'Close panel',
  },

  roster: {
    heading: 'People',
    headingOver: 'Who was here',
    over: 'This is how you last saw it. Who is here now, you can’t know.',
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
    authenticatorHint: 'The same for everyone in this epoch. Compare it with someone to check that you are in the same group.',
    renewed: 'Your key was renewed {when}.',
    renewedNever: 'Your key was not renewed here yet.',
    suite: 'Cipher suite',
  },

  log: {
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
    intactHow: 'Each carries the hash of the one before it, and no epoch is without an entry.',
    matching: '{entries} match.',
    missing: 'Something that happened is not in this log. Compare it with another member’s.',
    missingHow: 'There is no entry for epoch {epoch}.',
    renewals: '{what}, {from} to {to}',
    renewalsOneDay: '{what}, {from}',
    broken: 'The log was changed outside Conclave, or damaged. Compare it with another member’s.',
    brokenHow: 'The chain is broken at entry {index}: it does not carry the hash of the one before it.',
    none: 'No entry matches.',
    older: 'Show older',
    newest: 'Back to the newest',
    entry: 'Entry',
    commitHash: 'Commit',
    rowHash: 'Row',
    rowHashHint: 'The same in every member’s log.',
    notSeen: 'new',
  },

  rules: {
    add: 'Who adds people',
    remove: 'Who removes people',
    change: 'Who renames the group',
    leave: 'Leaving',
    leaveText: 'Anyone, at any time. When the last owner leaves, an admin becomes owner, or if there is none, another member.',
    join: 'Joining without being added',
    joinYes: 'Allowed: with an invitation.',
    joinNo: 'Not possible. Someone has to add you.',
    history: 'What newcomers see',
    historyText: 'Only what is written after they were added.',
    keys: 'Renewing keys',
    keysText: 'Each device in use renews its key at least every {days}.',
    hidden: 'What the service can see',
    handshakeYes: 'Membership changes travel encrypted.',
    handshakeNo: 'Membership changes travel signed, but readable for the service.',
    paddingYes: 'Message lengths are padded.',
    paddingNo: 'Message lengths are visible.',
    mine: 'Your role here: {role}.',
    room: 'Room',
  },

  createGroup: {
    title: 'New group',
    name: 'Name of the group',
    namePlaceholder: 'For example: Harbour board',
    people: 'People',
    peopleHint: 'Type a name and press Enter. You can add more later.',
    submit: 'Create group',
    submitting: 'Creating…',
    needName: 'Give the group a name.',
  },

  addPeople: {
    title: 'Add people to {group}',
    people: 'Names',
    hint: 'Type a name and press Enter. They will see what is written from now on.',
    submit: 'Add',
    submitting: 'Adding…',
    remove: 'Take {handle} off the list',
    looking: 'Looking for {handle}…',
    need: 'Type at least one name.',
    self: 'That is you.',
    already: '{handle} is already in this group.',
  },

  rename: { title: 'Rename {group}', label: 'New name', submit: 'Rename', submitting: 'Renaming…' },

  confirm: {
    removeTitle: 'Remove {person} from {group}?',
    removeBody: '{person} no longer gets what is written from now on. Messages they already have stay with them. Everyone sees that you did it.',
    remove: 'Remove',
    leaveTitle: 'Leave {group}?',
    leaveBody: 'You no longer get what is written. What you received stays readable on this computer. Everyone sees that you left.',
    leave: 'Leave',
    forgetTitle: 'Delete {group} from this computer?',
    forgetBody: 'All its messages and its log are erased here and can’t be brought back. Other people keep theirs.',
    forget: 'Delete',
    discardTitle: 'Discard this message?',
    discardBody: 'It was never sent. Its text is erased here.',
  },

  /** For whoever has no group yet: how they and others find each other, by where the account lives. */
  reach: {
    server: 'Everybody with an account at {host} can add you by your login, and you can add them by theirs.',
    serverMore: 'Who has none yet, you can invite.',
    own: 'Other profiles on this computer can add you by your login. At their first start they choose “{profile}”. This Conclave has to run for them: it is their service too.',
    local: 'The profiles on this computer that use the service of {name} can add you by your login, and you them. It works while {name} is open.',
    here: 'People on other computers can’t reach this account, and you can’t reach them. For that you need an account at a server.',
    yourLogin: 'Your login',
    writeTo: 'Write to {name}',
    writing: 'Writing to {name}…',
    invitedBy: '{name} invited you, and does not know yet that you are here.',
    conversation: '{me} and {other}',
  },

  invite: {
    title: 'Invite to this service',
    open: 'Invite someone',
    here: 'How others reach you',
    lead: 'Whoever starts Conclave for the first time can paste this link, and is then one click away from writing to you.',
    link: 'Invitation link',
    code: 'The invitation as a QR code',
    holds: 'It holds the address of the service, its key, and your login. It is no secret, and opens no group.',
    hear: 'You are not told when somebody comes by it. They write to you, or tell you their login and you add them.',
  },

  deleteAccount: {
    open: 'Delete this account…',
    title: 'Delete this account?',
    here: 'All messages, groups and keys of this account are erased from this computer. They can’t be brought back.',
    groups: 'You leave your groups first. Where the service can’t be reached, or nobody else’s Conclave is open, the others may still see you as a member until somebody removes you.',
    kept: 'What you wrote stays with the people who received it.',
    loginServer: 'The login {handle} stays taken at {host}. Nobody can use it, not even you, unless whoever runs the server frees it.',
    loginLocal: 'The login {handle} stays taken at the service of {name}. Nobody can use it again, not even you.',
    service: 'The service that this profile runs is deleted as well. Other profiles on this computer that use it can then neither write nor receive anything, and their accounts are of no more use.',
    confirm: 'Type your login, {handle}, to confirm',
    submit: 'Delete account',
    submitting: 'Leaving the groups and deleting…',
  },

  settings: {
    title: 'Settings',
    section: 'Section',
    back: 'Back',
    profile: 'Profile',
    notifications: 'Notifications',
    appearance: 'Appearance',
    writing: 'Writing',
    computer: 'This computer',
    account: 'Account',
    about: 'About',
    login: 'Login',
    loginHint: 'Others type it to add you. It can’t be changed.',
    addressHint: 'Your login with the service that it belongs to.',
    notify: 'Show notifications',
    notifyHint: 'For messages and membership changes that arrive while you look elsewhere.',
    hideText: 'Hide what was written',
    hideTextHint: 'Notifications say who wrote and in which group, and no more.',
    sound: 'With a sound',
    perGroup: 'A single group is muted in its own menu: for an hour, a day, or until you unmute it.',
    textSize: 'Size of messages',
    textSizeHint: 'What people write, and what you write. The rest of the window stays as it is.',
    textSmall: 'Small',
    textNormal: 'Normal',
    textLarge: 'Large',
    textLargest: 'Very large',
    zoom: 'Zoom',
    zoomHint: 'Everything in the window. Also with {command} and +, - or 0.',
    zoomOut: 'Smaller',
    zoomIn: 'Larger',
    zoomNormal: 'As designed',
    enter: 'What {enter} does',
    enterSends: '{enter} sends, {shift} {enter} makes a new line',
    enterBreaks: '{enter} makes a new line, {command} {enter} sends',
    startAtLogin: 'Start when you log in',
    startAtLoginHint: 'Conclave opens with your session on this computer.',
    closeToTray: 'Keep running when the window is closed',
    closeToTrayHint: 'Messages go on arriving; the tray brings the window back. On a desktop without a tray, closing always quits.',
    deviceHint: 'What the others’ apps see of this computer.',
    dataHint: 'Your messages, encrypted. Their key is in this computer’s keychain.',
    logs: 'Log files',
    logsHint: 'Faults of the program, without names, texts or keys. Nothing is sent anywhere.',
    licence: 'Licence',
    licenceIs: 'MIT or Apache 2.0, at your choice',
    licenceHint: 'The parts that it is made of are under licences that permit the same: MIT, Apache 2.0, BSD, ISC, MPL 2.0 and their like.',
  },

  licences: {
    title: 'Licences of what is inside',
    hint: 'What others wrote and this app is made of, each with its licence.',
    show: 'Show them',
    hide: 'Hide them',
    search: 'Search names and licences',
    none: 'Nothing matches.',
    cargo: 'Rust crate',
    npm: 'npm package',
    noText: 'It brings no text of its licence.',
  },

  account: {
    open: 'Settings',
    address: 'Address',
    device: 'This device',
    service: 'Delivers through',
    serviceOwn: 'this computer',
    serviceLocal: '{name}, on this computer',
    profile: 'Profile',
    defaultProfile: 'default',
    data: 'Data folder',
    version: 'Version',
    theme: 'Light or dark',
    themeSystem: 'As the system',
    themeLight: 'Light',
    themeDark: 'Dark',
  },

  menu: {
    title: 'What can be done here',
    field: 'Text field',
    change: 'This change',
    person: 'About {person}',
    undo: 'Undo',
    redo: 'Redo',
    cut: 'Cut',
    paste: 'Paste',
    pasteByKey: 'The clipboard is only given to the keyboard here. Paste with its shortcut.',
    selectAll: 'Select all',
    copySelection: 'Copy selection',
    openLink: 'Open link…',
    openGroup: 'Open',
    showPerson: 'Show in Who is here',
    personLog: 'Show their changes in the log',
    newGroupWith: 'New group with {person}…',
    copyName: 'Copy login',
    changeName: 'Change your name…',
    copyRowHash: 'Copy row hash',
  },

  palette: {
    title: 'Search or jump to',
    placeholder: 'A group, or what you want to do',
    none: 'Nothing matches.',
    invite: 'Invite someone to this service',
    group: 'Group',
    action: 'Action',
    shortcuts: 'Keyboard shortcuts',
    theme: 'Appearance: {theme}',
    who: 'Who is here',
    log: 'Membership log',
    rules: 'Rules of this group',
    quit: 'Quit Conclave',
  },

  shortcuts: {
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
    menu: 'Menu of what has the focus',
    panel: 'Side panel',
    composer: 'To the composer',
    addPeople: 'Add people',
    markup: 'In a message',
    bold: '**bold**',
    italic: '*italic*',
    code: '`code`',
    quote: '> quote',
    list: '- list',
  },

  notify: { title: '{group}', message: '{sender}: {text}', hidden: '{sender} wrote', change: '{change}', other: 'Something new in {group}' },

  notices: { region: 'Notices', leaving: 'You asked to leave {group}.', adding: 'Adding {names}.', removing: 'Removing {names}.', renaming: 'Renaming the group to {name}.' },

  live: { message: '{sender} in {group}: {text}', change: '{group}: {change}' },

  errors,
  badInvitations,
  refusals,
  failures,
  unreadable,
  roles,
  atLeast,

  emoji: {
    search: 'Search emoji',
    title: 'Choose an emoji',
    none: 'Nothing matches.',
    sections: 'Kinds of emoji',
    groups: {
      found: 'Found',
      recent: 'Recent and common',
      smileys_emotion: 'Smileys and feelings',
      people_body: 'People and hands',
      animals_nature: 'Animals and nature',
      food_drink: 'Food and drink',
      travel_places: 'Travel and places',
      activities: 'Activities',
      objects: 'Objects',
      symbols: 'Symbols',
      flags: 'Flags',
    },
    tone: 'Skin tone',
    toneNow: 'Skin tone: {tone}',
    tones: ['yellow', 'light', 'medium light', 'medium', 'medium dark', 'dark'],
  },

  keys: { enter: 'Enter', esc: 'Esc', up: '↑', down: '↓', shift: 'Shift', del: 'Del', f10: 'F10', ctrl: 'Ctrl', alt: 'Alt', cmd: '⌘' },
} as const;

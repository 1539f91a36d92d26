/** The list of groups, and the dialogs about one. */

export const groups = {
  title: 'Groups',
  search: 'Search or jump to',
  new: 'New group',
  emptyTitle: 'No groups yet',
  empty: 'Create one, or give someone your login so that they can add you.',
  lastMessage: '{sender}: {text}',
  lastYou: 'You: {text}',
  lastDeleted: 'Message deleted',
  lastFailed: 'Not sent: {text}',
  lastQueued: 'Waiting: {text}',
  lastOther: 'An entry that can’t be shown',
  draft: 'Draft: {text}',
  draftAnswer: 'Draft: a reply',
  changeWaits: 'A change is waiting',
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
  unarchive: 'Unarchive',
  markRead: 'Mark as read',
  markUnread: 'Mark as unread',
  muteHour: 'Mute for an hour',
  muteDay: 'Mute for a day',
  muteForEver: 'Mute until I unmute it',
  unmute: 'Unmute',
} as const;

export const createGroup = {
  title: 'New group',
  name: 'Group name',
  namePlaceholder: 'For example: Harbour board',
  people: 'People',
  peopleHint: 'Type a name and press Enter. You can add more later.',
  submit: 'Create group',
  submitting: 'Creating…',
  needName: 'Give the group a name.',
} as const;

export const addPeople = {
  title: 'Add people to {group}',
  people: 'Names',
  hint: 'Type a name and press Enter. They will see messages sent from now on.',
  submit: 'Add',
  submitting: 'Adding…',
  remove: 'Remove {handle} from the list',
  looking: 'Looking for {handle}…',
  need: 'Type at least one name.',
  self: 'That is you.',
  already: '{handle} is already in this group.',
} as const;

export const rename = {
  title: 'Rename {group}',
  label: 'New name',
  submit: 'Rename',
  submitting: 'Renaming…',
} as const;

export const confirm = {
  removeTitle: 'Remove {person} from {group}?',
  removeBody: '{person} won’t get new messages, but keeps those already received. Everyone sees that you did it.',
  remove: 'Remove',
  leaveTitle: 'Leave {group}?',
  leaveBody:
    'You won’t get new messages. What you received stays readable on this computer. Everyone sees that you left.',
  leave: 'Leave',
  forgetTitle: 'Delete {group} from this computer?',
  forgetBody:
    'Its messages and its log are erased from this computer and can’t be brought back. Other people keep theirs.',
  forget: 'Delete',
  discardTitle: 'Discard this message?',
  discardBody: 'It was never sent. Its text is erased here.',
} as const;

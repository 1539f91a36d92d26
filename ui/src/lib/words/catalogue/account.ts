/** The first run, and the account of this profile. */

export const firstRun = {
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
  otherKey:
    'The server shows another key than the one in the invitation: it may be another service. Nothing was sent. Ask {name}.',
  storedTitle: 'What is stored where',
  storedHere: 'Messages and groups: on this computer, encrypted.',
  storedKeys: 'Your keys: in this computer’s keychain. They never leave it.',
  storedService:
    'On the service: your login, and encrypted messages on their way. It can read no text and no group name, and keeps no list of members.',
  submit: 'Start',
  submitting: 'Making your keys…',
} as const;

export const profile = {
  name: 'Your name',
  nameHint: 'As people know you, in any script. The people in your groups see it, and you can change it.',
  nameNeeded: 'Say what people call you.',
  save: 'Change my name',
  saved: 'Changed. Your groups are told.',
} as const;

export const account = {
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
} as const;

/** For whoever has no group yet: how they and others find each other, by where the account lives. */
export const reach = {
  server: 'Everybody with an account at {host} can add you by your login, and you can add them by theirs.',
  serverMore: 'Who has none yet, you can invite.',
  own: 'Other profiles on this computer can add you by your login. At their first start they choose “{profile}”. This Conclave has to run for them: it is their service too.',
  local:
    'The profiles on this computer that use the service of {name} can add you by your login, and you them. It works while {name} is open.',
  here: 'People on other computers can’t reach this account, and you can’t reach them. For that you need an account at a server.',
  yourLogin: 'Your login',
  writeTo: 'Write to {name}',
  writing: 'Writing to {name}…',
  invitedBy: '{name} invited you, and does not know yet that you are here.',
  conversation: '{me} and {other}',
} as const;

export const invite = {
  title: 'Invite to this service',
  open: 'Invite someone',
  here: 'How others reach you',
  lead: 'Whoever starts Conclave for the first time can paste this link, and is then one click away from writing to you.',
  link: 'Invitation link',
  code: 'The invitation as a QR code',
  holds: 'It holds the address of the service, its key, and your login. It is no secret, and opens no group.',
  hear: 'You are not told when somebody comes by it. They write to you, or tell you their login and you add them.',
} as const;

export const deleteAccount = {
  open: 'Delete this account…',
  title: 'Delete this account?',
  here: 'All messages, groups and keys of this account are erased from this computer. They can’t be brought back.',
  groups:
    'You leave your groups first. Where the service can’t be reached, or nobody else’s Conclave is open, the others may still see you as a member until somebody removes you.',
  kept: 'What you wrote stays with the people who received it.',
  loginServer:
    'The login {handle} stays taken at {host}. Nobody can use it, not even you, unless whoever runs the server frees it.',
  loginLocal: 'The login {handle} stays taken at the service of {name}. Nobody can use it again, not even you.',
  service:
    'The service that this profile runs is deleted as well. Other profiles on this computer that use it can then neither write nor receive anything, and their accounts are of no more use.',
  confirm: 'Type your login, {handle}, to confirm',
  submit: 'Delete account',
  submitting: 'Leaving the groups and deleting…',
} as const;

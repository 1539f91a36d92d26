/** The first run, and the account of this profile. */

export const firstRun = {
  step: '{step} of 2',
  title: 'Welcome to Conclave',
  lead: 'Group chat that only the people in the group can read.',
  loginLabel: 'Your login',
  loginHint: 'Others use it to add you. Letters a–z, digits, dot, underscore and hyphen. It can’t be changed later.',
  next: 'Next',
  back: 'Back',
  haveInvitation: 'I have an invitation',
  invitationLabel: 'Invitation',
  invitationPlaceholder: 'conclave:invite…',
  invitationHint: 'Paste the link that you were given.',
  invitedBy: '{name} invites you to {host}.',
  dropInvitation: 'Continue without this invitation',
  whereTitle: 'How messages are delivered',
  whereLead: 'This decides who you can chat with. You can’t change it later; you would need another account.',
  invited: '{host}, by invitation',
  invitedHint: 'The server that {name} uses. Conclave connects only if its key matches the invitation.',
  own: 'On this computer',
  ownHint: 'For profiles on this computer only. Nothing leaves it, and you can’t reach anyone on another computer.',
  local: 'On this computer, with {name}',
  localHint: 'Uses the service that {name} runs here. Works while {name} is open.',
  server: 'A server',
  serverHint: 'For people on other computers. The server passes messages on without being able to read them.',
  serverLabel: 'Server address',
  serverPlaceholder: 'chat.example.org',
  choiceNeeded: 'First choose how messages are delivered.',
  addressNeeded: 'Enter the server’s address. Whoever runs it, or anyone who uses it, can tell you.',
  addressGets: 'Others find you as {handle} on {domain}.',
  nobodyAnswers: 'No answer from {host}. Check the address, or try again when the server is running.',
  localSilent: 'The service that {name} runs does not answer. Open {name}, then try again.',
  otherKey:
    'The server has a different key from the one in the invitation: it may be another service. Nothing was sent. Ask {name}.',
  storedTitle: 'What is stored where',
  storedHere: 'Messages and groups: on this computer, encrypted.',
  storedKeys: 'Your keys: in this computer’s keychain. They never leave it.',
  storedService:
    'On the service: your login, and encrypted messages in transit. It can’t read messages or group names, and keeps no list of members.',
  submit: 'Start',
  submitting: 'Creating your keys…',
} as const;

export const profile = {
  name: 'Your name',
  nameHint: 'What people call you, in any script. Everyone in your groups sees it, and you can change it later.',
  nameNeeded: 'Enter your name.',
  save: 'Change my name',
  saved: 'Changed. Your groups will see it.',
} as const;

export const account = {
  open: 'Settings',
  address: 'Address',
  device: 'This device',
  service: 'Delivery service',
  serviceOwn: 'this computer',
  serviceLocal: '{name}, on this computer',
  profile: 'Profile',
  defaultProfile: 'default',
  data: 'Data folder',
  version: 'Version',
  theme: 'Theme',
  themeSystem: 'System',
  themeLight: 'Light',
  themeDark: 'Dark',
} as const;

/** For people without a group: how they and others find each other, by the account's kind of service. */
export const reach = {
  server: 'Anyone with an account at {host} can add you by your login, and you can add them by theirs.',
  serverMore: 'You can invite people who don’t have one yet.',
  own: 'Other profiles on this computer can add you by your login. On their first start they choose “{profile}”. Keep this Conclave running for them: it is their service too.',
  local:
    'Profiles on this computer that use the service of {name} can add you by your login, and you can add them by theirs. It works while {name} is open.',
  here: 'People on other computers can’t reach this account, and you can’t reach them. For that you need an account on a server.',
  yourLogin: 'Your login',
  writeTo: 'Write to {name}',
  writing: 'Writing to {name}…',
  invitedBy: '{name} invited you, but doesn’t know yet that you are here.',
  conversation: '{me} and {other}',
} as const;

export const invite = {
  title: 'Invite to this service',
  open: 'Invite someone',
  here: 'How others reach you',
  lead: 'Anyone starting Conclave for the first time can paste this link, and is then one click away from writing to you.',
  link: 'Invitation link',
  code: 'The invitation as a QR code',
  holds:
    'It holds the address of the service, its key, and your login. It is not secret, and gives access to no group.',
  hear: 'You won’t be notified when someone uses it. They write to you, or tell you their login so that you can add them.',
} as const;

export const deleteAccount = {
  open: 'Delete this account…',
  title: 'Delete this account?',
  here: 'All messages, groups and keys of this account are erased from this computer. This can’t be undone.',
  groups:
    'You leave your groups first. If the service can’t be reached, or nobody else has Conclave open, others may still see you as a member until somebody removes you.',
  kept: 'What you wrote stays with the people who received it.',
  loginServer:
    'The login {handle} stays taken at {host}. Nobody can use it again, not even you, unless whoever runs the server frees it.',
  loginLocal: 'The login {handle} stays taken at the service of {name}. Nobody can use it again, not even you.',
  service:
    'The service that this profile runs is deleted as well. Other profiles on this computer that use it can no longer send or receive anything, and their accounts become useless.',
  confirm: 'Type your login, {handle}, to confirm',
  submit: 'Delete account',
  submitting: 'Leaving the groups and deleting…',
} as const;

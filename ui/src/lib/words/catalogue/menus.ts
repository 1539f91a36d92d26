/** Labels of menus and their actions. */

export const menu = {
  title: 'Actions',
  field: 'Text field',
  change: 'This change',
  person: 'About {person}',
  undo: 'Undo',
  redo: 'Redo',
  cut: 'Cut',
  paste: 'Paste',
  pasteByKey: 'The menu can’t read the clipboard here. Use the keyboard shortcut to paste.',
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
} as const;

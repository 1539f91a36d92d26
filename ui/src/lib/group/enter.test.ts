import { expect, it } from 'vitest';
import { sends } from './enter';

const enter = (more: object = {}) => ({
  key: 'Enter',
  shiftKey: false,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  ...more,
});

it.each([
  [{}, true, false],
  [{ ctrlKey: true }, false, true],
  [{ shiftKey: true }, false, false],
  [{ altKey: true }, false, false],
  [{ metaKey: true }, false, false],
  [{ ctrlKey: true, shiftKey: true }, false, false],
  [{ key: 'a', ctrlKey: true }, false, false],
])('Enter with %j sends: %s where Enter sends, %s where it breaks the line', (more, plain, command) => {
  expect([sends(enter(more), true), sends(enter(more), false)]).toEqual([plain, command]);
});

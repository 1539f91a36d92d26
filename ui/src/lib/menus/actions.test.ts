import { expect, it } from 'vitest';
import { runKey, type Section } from './actions';

const press = (key: string, code: string) => ({ key, code, isComposing: false, keyCode: 0 });

it('does by key what is offered, on every layout, and nothing else', () => {
  const done: string[] = [];
  const action = (id: string, key?: string) => ({
    id,
    label: id,
    ...(key === undefined ? {} : { key }),
    run: () => void done.push(id),
  });
  const sections: Section[] = [[action('reply', 'r'), action('look')], [action('delete', 'delete')]];
  const at = {} as HTMLElement;
  expect(runKey(press('r', 'KeyR'), sections, at)).toBe(true);
  expect(runKey(press('к', 'KeyR'), sections, at)).toBe(true);
  expect(runKey(press('Delete', 'Delete'), sections, at)).toBe(true);
  // The position of R on a Dvorak keyboard, and an action without a key.
  expect(runKey(press('p', 'KeyR'), sections, at)).toBe(false);
  expect(runKey(press('l', 'KeyL'), sections, at)).toBe(false);
  expect(done).toEqual(['reply', 'reply', 'delete']);
});

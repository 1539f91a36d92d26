import { expect, it } from 'vitest';
import { matching, readParts } from './licences';

const parts = await readParts();
const named = (name: string) => parts.find((part) => part.name === name);

it('holds what the app and its page are made of, with the texts', () => {
  for (const name of ['mls-rs', 'tauri', 'libsqlite3-sys']) expect(named(name), name).toMatchObject({ from: 'cargo' });
  for (const name of ['svelte', 'virtua', '@tauri-apps/api']) expect(named(name), name).toMatchObject({ from: 'npm' });
  expect(named('vite'), 'what only builds it').toBeUndefined();
  expect(named('libsqlite3-sys')?.texts.join()).toContain('ZETETIC');
  expect(parts.filter((part) => part.texts.length === 0).length).toBeLessThan(parts.length / 20);
  expect(parts.flatMap((part) => part.texts).every((text) => text.length > 100)).toBe(true);
});

it('is searched by name and by licence', () => {
  expect(matching(parts, ' MLS-rs ').map((part) => part.name)).toContain('mls-rs-core');
  const mozilla = matching(parts, 'mpl-2.0');
  expect(mozilla.length).toBeGreaterThan(0);
  expect(mozilla.every((part) => part.licence.includes('MPL-2.0'))).toBe(true);
  expect(matching(parts, '')).toHaveLength(parts.length);
  expect(matching(parts, 'qqqq')).toEqual([]);
});

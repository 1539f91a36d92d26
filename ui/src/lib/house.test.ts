import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { words } from './words/catalogue';

const src = join(import.meta.dirname, '..');
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(ts|svelte)$/.test(file) && !/\.test\.ts$/.test(file))
  .map((file) => ({ file, text: readFileSync(join(src, file), 'utf8') }));

describe('the catalogue', () => {
  const users = sources.filter(({ file }) => !file.endsWith('words/catalogue.ts')).map(({ text }) => text).join('\n');
  /** Sections read by a code instead of by name: their keys are exhaustive by type. */
  const byCode = ['errors', 'badInvitations', 'refusals', 'failures', 'unreadable', 'roles', 'atLeast', 'changes', 'changesShort', 'changeNames', 'changesFailed', 'folded', 'health', 'blocked'];

  it('has no words that nobody says', () => {
    const unused = Object.entries(words)
      .filter(([section]) => !byCode.includes(section))
      .flatMap(([section, entries]) =>
        typeof entries === 'string'
          ? [section]
          : Object.keys(entries).map((key) => `${section}.${key}`),
      )
      .filter((path) => !new RegExp(`words\\.${path.replace('.', '\\.')}\\b`).test(users));
    // The panel's tabs and the keys' names are read through a variable.
    expect(unused.filter((path) => !/^(panel|keys)\./.test(path))).toEqual([]);
  });

  it('is where all words are: markup has none of its own', () => {
    const bare = sources
      .filter(({ file }) => file.endsWith('.svelte'))
      .flatMap(({ file, text }) => {
        const markup = text.replace(/<(script|style)[\s\S]*?<\/\1>/g, '').replace(/<!--[\s\S]*?-->/g, '').replace(/\{(?:[^{}]|\{[^{}]*\})*\}/g, '');
        return [...markup.matchAll(/>([^<>]*[A-Za-z]{3,}[^<>]*)</g)].map((found) => `${file}: ${found[1]?.trim()}`);
      });
    expect(bare).toEqual([]);
  });
});

describe('the backend', () => {
  it('is the one place that knows Tauri', () => {
    const knows = sources.filter(({ text }) => text.includes("@tauri-apps")).map(({ file }) => file);
    expect(knows.filter((file) => !['lib/bindings.ts', 'lib/backend/tauri.ts'].includes(file))).toEqual([]);
    const runs = sources.filter(({ text }) => /import (?!type)[^;]*from '[^']*\/bindings'/.test(text)).map(({ file }) => file);
    expect(runs).toEqual(['lib/backend/tauri.ts']);
  });
});

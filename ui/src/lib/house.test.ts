import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { lexer } from 'css-tree';
import { describe, expect, it } from 'vitest';
import { words } from './words/catalogue';

const src = join(import.meta.dirname, '..');
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(ts|svelte)$/.test(file) && !/\.test\.ts$/.test(file))
  .map((file) => ({ file, text: readFileSync(join(src, file), 'utf8') }));

describe('the catalogue', () => {
  const users = sources
    .filter(({ file }) => !/words\/catalogue(\.ts|\/)/.test(file))
    .map(({ text }) => text)
    .join('\n');
  /** Sections read by a code instead of by name: their keys are exhaustive by type. */
  const byCode = [
    'errors',
    'badInvitations',
    'refusals',
    'failures',
    'unreadable',
    'roles',
    'atLeast',
    'changes',
    'changesShort',
    'changeNames',
    'changesFailed',
    'folded',
    'health',
    'blocked',
  ];

  it('has no words that nobody says', () => {
    const unused = Object.entries(words)
      .filter(([section]) => !byCode.includes(section))
      .flatMap(([section, entries]) =>
        typeof entries === 'string' ? [section] : Object.keys(entries).map((key) => `${section}.${key}`),
      )
      .filter((path) => !new RegExp(`words\\s*\\.${path.replace('.', '\\s*\\.')}\\b`).test(users));
    // The panel's tabs and the keys' names are read through a variable.
    expect(unused.filter((path) => !/^(panel|keys)\./.test(path))).toEqual([]);
  });

  it('has each section in one area', () => {
    const areas = import.meta.glob<object>('./words/catalogue/*.ts', { eager: true });
    const sections = Object.values(areas).flatMap((area) => Object.keys(area));
    expect(sections.toSorted()).toEqual(Object.keys(words).toSorted());
  });

  it('is where all words are: markup has none of its own', () => {
    const bare = sources
      .filter(({ file }) => file.endsWith('.svelte'))
      .flatMap(({ file, text }) => {
        const markup = text
          .replace(/<(script|style)[\s\S]*?<\/\1>/g, '')
          .replace(/<!--[\s\S]*?-->/g, '')
          .replace(/\{(?:[^{}]|\{[^{}]*\})*\}/g, '');
        return [...markup.matchAll(/>([^<>]*[A-Za-z]{3,}[^<>]*)</g)].map((found) => `${file}: ${found[1]?.trim()}`);
      });
    expect(bare).toEqual([]);
  });
});

describe('the ids for tests', () => {
  it('are for tests alone: nothing looks them up', () => {
    const looks = /\[data-testid|dataset(\.testid|\[['"]testid)|Attribute\(['"]data-testid/;
    expect(sources.filter(({ text }) => looks.test(text)).map(({ file }) => file)).toEqual([]);
  });
});

describe('the backend', () => {
  it('is the one place that knows Tauri', () => {
    const knows = sources.filter(({ text }) => text.includes('@tauri-apps')).map(({ file }) => file);
    expect(
      knows.filter((file) => !['lib/bindings.ts', 'lib/backend/tauri.ts', 'lib/backend/bridge.ts'].includes(file)),
    ).toEqual([]);
    const runs = sources
      .filter(({ text }) => /import (?!type)[^;]*from '[^']*\/bindings'/.test(text))
      .map(({ file }) => file);
    expect(runs).toEqual(['lib/backend/tauri.ts']);
  });
});

/** A style declaration in a component or in `app.css`. */
interface Declaration {
  file: string;
  property: string;
  value: string;
}

describe('the styles', () => {
  const tokens = readFileSync(join(src, 'tokens.css'), 'utf8');
  const styles = [
    { file: 'app.css', text: readFileSync(join(src, 'app.css'), 'utf8') },
    ...sources.flatMap(({ file, text }) =>
      [...text.matchAll(/<style>([\s\S]*?)<\/style>/g)].map((found) => ({ file, text: found[1] ?? '' })),
    ),
  ];
  const declarations: Declaration[] = styles.flatMap(({ file, text }) =>
    [...text.replace(/\/\*[\s\S]*?\*\//g, '').matchAll(/(?:^|[;{])\s*([\w-]+)\s*:\s*([^;{}]+)(?=[;}])/g)].map(
      (found) => ({
        file,
        property: found[1] ?? '',
        value: (found[2] ?? '').trim(),
      }),
    ),
  );
  /** Properties whose values have another form. */
  const others = (property: RegExp, value: RegExp) =>
    declarations
      .filter((one) => property.test(one.property) && !value.test(one.value))
      .map((one) => `${one.file}: ${one.property}: ${one.value}`);

  it('were read', () => {
    expect(styles.length).toBeGreaterThan(50);
    expect(declarations.length).toBeGreaterThan(1_000);
  });

  it('say nothing that no browser knows', () => {
    const values = new Map(
      [...tokens.matchAll(/(--[\w-]+): ([^;]+);/g)].toReversed().map((found) => [found[1], found[2] ?? '']),
    );
    const resolved = (value: string): string => {
      const once = value.replace(/var\((--[\w-]+)\)/g, (use, name) => values.get(name) ?? use);
      return once === value ? value : resolved(once);
    };
    // Missing in the table of properties: new ones, and those of counter styles.
    const newer = ['font-variant-emoji', 'text-align: -webkit-match-parent', 'system: ', 'suffix: '];
    const wrong = declarations
      .map((one) => ({ ...one, value: resolved(one.value.replace(/\s*!important$/, '')) }))
      // A component's local size, or one set by a script.
      .filter(({ property, value }) => !property.startsWith('--') && !value.includes('var('))
      .filter(({ property, value }) => !newer.some((one) => `${property}: ${value}`.startsWith(one)))
      .filter(({ property, value }) => lexer.matchProperty(property, value).error !== null)
      .map(({ file, property, value }) => `${file}: ${property}: ${value}`);
    expect(wrong).toEqual([]);
  });

  it('know no left and right, since some scripts run the other way', () => {
    const physical = /^((margin|padding|border|inset)-)?(left|right|top|bottom)(-|$)|^(min-|max-)?(width|height)$/;
    expect(
      declarations
        .filter(({ property }) => physical.test(property))
        .map(({ file, property }) => `${file}: ${property}`),
    ).toEqual([]);
    expect(others(/^(text-align|float|clear)$/, /^(?!.*\b(left|right)\b)/)).toEqual([]);
  });

  it('take the size of type from its scale', () => {
    expect(others(/^font-size$/, /^(var\(--(t\d|t-code|text)\)|inherit)$/)).toEqual([]);
    expect(others(/^font$/, /^(inherit|(\d+ )?var\(--t\d\)\/[\d.]+ var\(--font\))$/)).toEqual([]);
  });

  it('take corners from their scale', () => {
    expect(others(/radius$/, /^var\(--(r\d|round)\)$/)).toEqual([]);
  });

  it('take layers from their list', () => {
    expect(others(/^z-index$/, /^var\(--layer-[a-z-]+\)$/)).toEqual([]);
  });

  it('have lengths of their own only where no scale could have them', () => {
    // The width of a line, or compensation for one.
    const LINE_PX = 1;
    const STROKE_PX = 3;
    // Sizes made for the content: text, a column, a dialog.
    const MEASURE_PX = 100;
    const strokes = /^(border|outline|box-shadow|text-underline-offset)/;
    const measures = /(inline-size|block-size)$|^flex$|^grid-template/;
    const permitted = ({ property }: Declaration, px: number) =>
      px === LINE_PX ||
      // A component's own size, with a descriptive name.
      property.startsWith('--') ||
      (strokes.test(property) && px <= STROKE_PX) ||
      (measures.test(property) && px >= MEASURE_PX);
    const raw = declarations.flatMap((one) =>
      [...one.value.matchAll(/([\d.]+)px/g)]
        .filter((found) => !permitted(one, Number(found[1])))
        .map(() => `${one.file}: ${one.property}: ${one.value}`),
    );
    expect(raw).toEqual([]);
  });

  it('name only tokens that there are, and use each', () => {
    const defined = (text: string) =>
      [...text.matchAll(/(?<=^|[\s;{"'])(?:style:)?(--[\w-]+)(?=[:=])/gm)].map((found) => found[1] ?? '');
    const all = [...sources.map(({ text }) => text), ...styles.map(({ text }) => text)].join('\n');
    const used = new Set([...`${all}\n${tokens}`.matchAll(/var\((--[\w-]+)/g)].map((found) => found[1] ?? ''));
    expect([...used].filter((name) => ![...defined(tokens), ...defined(all)].includes(name))).toEqual([]);
    expect(defined(tokens).filter((name) => !used.has(name))).toEqual([]);
  });
});

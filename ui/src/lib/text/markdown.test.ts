import { describe, expect, it } from 'vitest';
import { DEPTH_MAX, SPANS_MAX, hasMarkup, parseMarkdown, parsePlain } from './markdown';
import { wordsOf, type Block, type Inline } from './tree';

const text = (t: string): Inline => ({ type: 'text', text: t });

function inlines(source: string): Inline[] {
  const [block, ...more] = parseMarkdown(source);
  if (block?.type !== 'paragraph' || more.length > 0) throw new Error('not one paragraph');
  return block.children;
}

/** What is on screen, one block a line. */
function words(blocks: readonly Block[]): string {
  return blocks
    .map((block) => {
      if (block.type === 'list') return block.items.map((item) => words(item.children)).join('\n');
      if (block.type === 'quote') return words(block.children);
      return block.type === 'code' ? block.text : wordsOf(block.children);
    })
    .join('\n');
}

describe('inline markup', () => {
  it.each([
    ['**a**', [{ type: 'strong', children: [text('a')] }]],
    ['__a__', [{ type: 'strong', children: [text('a')] }]],
    ['*a* b', [{ type: 'emphasis', children: [text('a')] }, text(' b')]],
    ['_a_', [{ type: 'emphasis', children: [text('a')] }]],
    [
      '(_a_), "_b_"!',
      [
        text('('),
        { type: 'emphasis', children: [text('a')] },
        text('), "'),
        { type: 'emphasis', children: [text('b')] },
        text('"!'),
      ],
    ],
    ['~~a~~', [{ type: 'strike', children: [text('a')] }]],
    ['`a*b*`', [{ type: 'code', text: 'a*b*' }]],
    ['``a`b``', [{ type: 'code', text: 'a`b' }]],
    [
      '**a *b* c**',
      [{ type: 'strong', children: [text('a '), { type: 'emphasis', children: [text('b')] }, text(' c')] }],
    ],
    ['**plan**s', [{ type: 'strong', children: [text('plan')] }, text('s')]],
    ['这是**重点**内容', [text('这是'), { type: 'strong', children: [text('重点')] }, text('内容')]],
    ['a\nb', [text('a'), { type: 'break' }, text('b')]],
    ['\\*sip\\*', [text('*sip*')]],
    ['\\[x\\](y) \\`z\\` \\\\', [text('[x](y) `z` \\')]],
  ])('%s', (source, expected) => expect(inlines(source)).toEqual(expected));

  it.each([
    '2 * 3 * 4',
    '2*3*4',
    'a*b*c',
    'x**2 + y**2',
    'f(*args, **kwargs)',
    'snake_case_name',
    'def __init__(self)',
    'self.__dict__ is',
    '__init__.py',
    '**',
    '`',
    '[x]',
    '[x](javascript:alert(1))',
    '[x]()',
    '[x](file:///etc/passwd)',
    '~a~',
    '**a',
    '![x](https://a.example/i.png)'.replace('](https://a.example/i.png)', ']'),
    '***',
    '---',
    '- - -',
    '-',
    '+',
    '1.',
    '#',
    '>',
    'Title\n===',
    'Title\n---',
    '&amp; &copy;',
    '<b>x</b>',
    '<!-- x -->',
    '[a]: /url "t"',
    '\\o/ soon',
    '| a | b |\n| - | - |',
  ])('leaves %j as it was typed', (source) => {
    expect(words(parseMarkdown(source))).toBe(source);
    expect(hasMarkup(source)).toBe(false);
  });

  it('never makes an image: it is a mark and a link', () => {
    expect(inlines('![x](https://a.example/i.png)')).toEqual([
      text('!'),
      { type: 'link', href: 'https://a.example/i.png', children: [text('x')], shown: null },
    ]);
  });
});

describe('blocks', () => {
  it('reads paragraphs, lists, quotes, headings and code', () => {
    const source = 'one\ntwo\n\n- a\n- **b**\n\n3. c\n4. d\n\n> q\n> > r\n\n# h\n\n```js\n<b>**x**</b>\n```\nend';
    expect(parseMarkdown(source).map((block) => block.type)).toEqual([
      'paragraph',
      'list',
      'list',
      'quote',
      'heading',
      'code',
      'paragraph',
    ]);
    expect(parseMarkdown(source)[5]).toEqual({ type: 'code', text: '<b>**x**</b>' });
  });

  it('keeps the numbers of a list as they were typed', () => {
    const [list] = parseMarkdown('3. c\n7. d\n1986. e');
    expect(list).toMatchObject({ type: 'list', marker: '.', items: [{ number: 3 }, { number: 7 }, { number: 1986 }] });
    expect(parseMarkdown('0) x')[0]).toMatchObject({ marker: ')', items: [{ number: 0 }] });
  });

  it('nests lists, and code in them', () => {
    const [list] = parseMarkdown('- a\n  1. b\n\n     ```\n     c\n     ```\n- d');
    expect(list).toMatchObject({
      items: [
        {
          children: [
            { type: 'paragraph' },
            { type: 'list', items: [{ children: [{ type: 'paragraph' }, { type: 'code', text: 'c' }] }] },
          ],
        },
        {},
      ],
    });
  });

  it.each([
    ['    if x:\n        return', 'the first line, too'],
    ['\tif x:\n\t\treturn', 'tabs'],
    ['look:\n    if x:\n        return  # **no**', 'in a paragraph'],
    ['a  b   c', 'between words'],
  ])('keeps indents as pasted: %j (%s)', (source) => {
    expect(words(parseMarkdown(source)).replace('no', '**no**')).toBe(source);
  });

  it('keeps the indent in a fence', () =>
    expect(parseMarkdown('```\n    if x:\n        y\n```')).toEqual([{ type: 'code', text: '    if x:\n        y' }]));
  it('ends an unclosed fence at the end', () =>
    expect(parseMarkdown('```\na\nb')).toEqual([{ type: 'code', text: 'a\nb' }]));
  it('shows a heading no larger than text', () =>
    expect(parseMarkdown('# h')).toEqual([{ type: 'heading', children: [text('h')] }]));

  it('never yields markup from markup: tags stay text', () => {
    const source = '<img src=x onerror=alert(1)> <script>alert(1)</script>';
    expect(parseMarkdown(source)).toEqual([{ type: 'paragraph', children: [text(source)] }]);
  });

  it('shows plain text with its lines, blanks and addresses, and nothing else', () => {
    expect(parsePlain('  **a**\r\n\nhttps://b.example')).toEqual([
      text('  **a**'),
      { type: 'break' },
      { type: 'break' },
      { type: 'link', href: 'https://b.example/', children: [text('https://b.example')], shown: null },
    ]);
  });
});

describe('bounds', () => {
  const depthOf = (blocks: readonly Block[]): number =>
    Math.max(
      0,
      ...blocks.map((block) =>
        block.type === 'quote'
          ? 1 + depthOf(block.children)
          : block.type === 'list'
            ? 1 + Math.max(...block.items.map((item) => depthOf(item.children)))
            : 0,
      ),
    );

  it.each([['> '], ['- '], ['1. ']])('stops nesting of %j, and loses nothing', (mark) => {
    for (const deep of [DEPTH_MAX + 5, 500]) {
      const blocks = parseMarkdown(`${mark.repeat(deep)}x`);
      expect(depthOf(blocks)).toBeLessThanOrEqual(DEPTH_MAX);
      expect(words(blocks)).toContain('x');
    }
  });

  it('draws spans in each other to a depth, and loses no word of deeper ones', () => {
    const spansIn = (nodes: readonly Inline[]): number =>
      Math.max(0, ...nodes.map((node) => ('children' in node ? 1 + spansIn(node.children) : 0)));
    for (const source of [
      `${'*a '.repeat(9_000)}${'a* '.repeat(9_000)}`,
      `${'**'.repeat(9_000)}a${'**'.repeat(9_000)}`,
      `${'_**~~'.repeat(50)}a${'~~**_'.repeat(50)}`,
    ]) {
      const blocks = parseMarkdown(source);
      expect(words(blocks).replace(/[^a]/g, '')).toBe(source.replace(/[^a]/g, ''));
      expect(blocks).toHaveLength(1);
      expect(spansIn(blocks[0]?.type === 'paragraph' ? blocks[0].children : [])).toBeLessThanOrEqual(SPANS_MAX + 1);
    }
  });

  const TEXT_BYTES_MAX = 64 * 1024;
  const filled = (unit: string) => (bytes: number) => unit.repeat(Math.floor(bytes / unit.length));
  const after = (start: string, unit: string) => (bytes: number) => start + filled(unit)(bytes);
  const halves = (one: string, other: string) => (bytes: number) => filled(one)(bytes / 2) + filled(other)(bytes / 2);
  const rising = (line: (i: number) => string) => (bytes: number) => {
    let text = '';
    for (let i = 0; text.length < bytes; i++) text += line(i);
    return text;
  };
  const hostile: Record<string, (bytes: number) => string> = {
    stars: filled('*a '),
    'spans in each other': halves('*a ', 'a* '),
    'strong ones in each other': halves('***a ', 'b* c** '),
    'spans that cross': filled('**a_~~'),
    'open underscores': filled(' __a'),
    tildes: filled('~~a'),
    brackets: filled('['),
    'brackets in each other': halves('[', ']'),
    'half links': filled('[a]('),
    links: filled('[a](https://b.example)'),
    'links in each other': halves('[', '](https://b.example)'),
    'open titles': filled('[a](x "'),
    ticks: filled('`'),
    'uneven ticks': rising((i) => `${'`'.repeat(i + 1)} `),
    backslashes: filled('\\'),
    escapes: filled('\\*a'),
    angles: filled('<https://a'),
    schemes: filled('https://'),
    addresses: filled('https://a.example/b '),
    mail: filled('a@b.example '),
    ats: filled('a@'),
    'mail schemes': filled('mailto:a@'),
    www: filled('www.'),
    'www hosts': filled('www.a '),
    dots: after('www.', 'a.'),
    ports: filled('https://a:'),
    'closing brackets': after('https://a.example/', ')'),
    'opening brackets': after('https://a.example/', '('),
    'pairs of brackets': after('https://a.example/', '()'),
    'full stops': after('https://a.example/', '.'),
    'ideographic stops': filled('https://a.example。'),
    'letters before addresses': filled('看https://'),
    quotes: filled('> '),
    'lines of quotes': filled('>>>>a\n'),
    lists: filled('- '),
    items: filled(' - a\n'),
    'lists of one': filled('- a\n+ b\n'),
    numbers: filled('1. a\n'),
    'deep lists': rising((i) => `${'  '.repeat(i % 45)}- a\n`),
    'ever deeper lists': rising((i) => `${'  '.repeat(i)}- a\n`),
    breaks: filled('\n'),
    lines: filled('a\n'),
    fences: filled('```\n'),
    headings: filled('# a\n'),
    'closed heading': after('# ', '#'),
    blanks: after('a', ' '),
  };

  it.each(Object.entries(hostile))(
    'takes a full-size message of %s in a moment, no more than its size makes of it',
    (_, make) => {
      // Processor time, and the best of several rounds, so that a busy machine does not fail the test.
      const took = (bytes: number) => {
        const source = make(bytes);
        const start = process.cpuUsage();
        hasMarkup(source);
        parsePlain(source);
        return process.cpuUsage(start).user / 1_000;
      };
      const ROUNDS_MAX = 4;
      let quarter = 0;
      let whole = Infinity;
      // Four times the text: four times the time, not sixteen times. Below a tenth of a second it is all noise.
      const grows = () => whole > 100 && whole > 9 * quarter;
      for (let round = 0; round < ROUNDS_MAX && grows(); round++) {
        quarter = Math.max(quarter, took(TEXT_BYTES_MAX / 4));
        whole = Math.min(whole, took(TEXT_BYTES_MAX));
      }
      expect(grows(), `${quarter} ms for a quarter, ${whole} ms for the whole`).toBe(false);
      expect(whole).toBeLessThan(2_000);
    },
  );

  it('loses no character of a text without markup', () => {
    const source = 'Ünïcode 🙂 العربية — a_b 3 * 4 <tag> & "q"';
    expect(words(parseMarkdown(source))).toBe(source);
  });
});

describe('choosing the format to send', () => {
  it.each([
    ['just words', false],
    ['two\nlines', false],
    ['see https://a.example/b.', false],
    ['<https://a.example/b>', false],
    ['write to ann@a.example', false],
    ['[a.example](https://b.example)', true],
    ['[https://a.example](https://b.example)', true],
    ['**b**', true],
    ['- item', true],
    ['```\ncode\n```', true],
    ['\\*sip\\*', true],
    ['\\_sip\\_', true],
    ['\\# no heading', true],
    ['1986\\. A good year', true],
    ['¯\\_(ツ)_/¯', false],
    ['\\\\server\\share', false],
    ['C:\\', false],
  ])('%j → %s', (source, expected) => expect(hasMarkup(source)).toBe(expected));
});

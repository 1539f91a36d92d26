import { describe, expect, it } from 'vitest';
import { DEPTH_MAX, URL_MAX, hasMarkup, parseInline, parseMarkdown, parsePlain, safeHref, type Block, type Inline } from './markdown';

const text = (t: string): Inline => ({ type: 'text', text: t });

/** All words that would be on screen, in order. */
function words(nodes: readonly Inline[]): string {
  return nodes.map((node) => (node.type === 'break' ? '\n' : 'text' in node ? node.text : words(node.children))).join('');
}

function links(blocks: readonly Block[]): string[] {
  const inside = (nodes: readonly Inline[]): string[] =>
    nodes.flatMap((node) => (node.type === 'link' ? [node.href] : 'children' in node ? inside(node.children) : []));
  return blocks.flatMap((block) => {
    if (block.type === 'quote') return links(block.children);
    if (block.type === 'list') return block.items.flatMap(inside);
    return block.type === 'code' ? [] : inside(block.children);
  });
}

describe('inline markup', () => {
  it.each([
    ['**a**', [{ type: 'strong', children: [text('a')] }]],
    ['*a* b', [{ type: 'emphasis', children: [text('a')] }, text(' b')]],
    ['_a_', [{ type: 'emphasis', children: [text('a')] }]],
    ['~~a~~', [{ type: 'strike', children: [text('a')] }]],
    ['`a*b*`', [{ type: 'code', text: 'a*b*' }]],
    ['**a *b* c**', [{ type: 'strong', children: [text('a '), { type: 'emphasis', children: [text('b')] }, text(' c')] }]],
    ['a\nb', [text('a'), { type: 'break' }, text('b')]],
  ])('%s', (source, expected) => expect(parseInline(source)).toEqual(expected));

  it.each(['2 * 3 * 4', 'snake_case_name', '**', '* a *', '`', '[x]', '[x](http://a.example)', '[x](javascript:alert(1))', '~a~', '\\*a\\*', '**a'])(
    'leaves %s as text',
    (source) => {
      const nodes = parseInline(source);
      expect(nodes.every((node) => node.type === 'text')).toBe(true);
      expect(words(nodes)).toBe(source.replaceAll('\\*', '*'));
    },
  );
});

describe('links', () => {
  it('come from https addresses alone', () => {
    const source = 'https://a.example/x http://b.example ftp://c.example javascript:x [d](https://d.example) [e](data:text/html,x) mailto:f@g.example';
    expect(links(parseMarkdown(source))).toEqual(['https://a.example/x', 'https://d.example/']);
  });

  it('end before the marks of a sentence and keep their own brackets', () => {
    expect(links(parseMarkdown('(see https://a.example/b_(c)). And https://d.example/?q=1, too'))).toEqual([
      'https://a.example/b_(c)',
      'https://d.example/?q=1',
    ]);
  });

  it('refuse passwords, blanks and what is too long', () => {
    expect(safeHref('https://user:pw@a.example/')).toBeNull();
    expect(safeHref('https://good.example@evil.example/')).toBeNull();
    expect(safeHref('https://a.example/ b')).toBeNull();
    expect(safeHref('https://')).toBeNull();
    expect(safeHref(`https://a.example/${'x'.repeat(URL_MAX)}`)).toBeNull();
    expect(safeHref('HTTPS://A.example/x')).toBe('https://a.example/x');
  });

  it('show names in other scripts as they are asked for', () => {
    expect(safeHref('https://аpple.example/')).toBe('https://xn--pple-43d.example/');
  });

  it('are found in plain text, where nothing else is', () => {
    expect(parsePlain('**a** https://b.example')).toEqual([
      text('**a** '),
      { type: 'link', href: 'https://b.example/', children: [text('https://b.example')] },
    ]);
  });
});

describe('blocks', () => {
  it('reads paragraphs, lists, quotes, headings and code', () => {
    const source = 'one\ntwo\n\n- a\n- **b**\n\n3. c\n4. d\n\n> q\n> > r\n\n# h\n\n```js\n<b>**x**</b>\n```\nend';
    expect(parseMarkdown(source).map((block) => block.type)).toEqual(['paragraph', 'list', 'list', 'quote', 'heading', 'code', 'paragraph']);
    const [, bullets, numbers, , , code] = parseMarkdown(source);
    expect(bullets).toMatchObject({ ordered: false, items: [[text('a')], [{ type: 'strong' }]] });
    expect(numbers).toMatchObject({ ordered: true, start: 3 });
    expect(code).toEqual({ type: 'code', text: '<b>**x**</b>' });
  });

  it('never yields markup from markup: tags stay text', () => {
    const source = '<img src=x onerror=alert(1)> <script>alert(1)</script>';
    expect(parseMarkdown(source)).toEqual([{ type: 'paragraph', children: [text(source)] }]);
  });

  it('ends an unclosed fence at the end', () => {
    expect(parseMarkdown('```\na\nb')).toEqual([{ type: 'code', text: 'a\nb' }]);
  });
});

describe('bounds', () => {
  it('stops nesting', () => {
    const depthOf = (blocks: readonly Block[]): number => Math.max(0, ...blocks.map((block) => (block.type === 'quote' ? 1 + depthOf(block.children) : 0)));
    expect(depthOf(parseMarkdown(`${'> '.repeat(500)}x`))).toBe(DEPTH_MAX);
  });

  const hostile = { stars: '*a '.repeat(21_000), nested: '**a_~~'.repeat(10_000), brackets: '['.repeat(65_000), halfLinks: '[a]('.repeat(16_000), ticks: '`'.repeat(65_001), urls: 'https://'.repeat(8_000), quotes: '> '.repeat(32_000), closes: `https://a.example/${')'.repeat(60_000)}`, underscores: '_a'.repeat(32_000) };
  it.each(Object.entries(hostile))('takes a full-size message of %s in a moment', (_, source) => {
    const start = performance.now();
    parseMarkdown(source);
    hasMarkup(source);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it('loses no character of a text without markup', () => {
    const source = 'Ünïcode 🙂 العربية — a_b 3 * 4 <tag> & "q"';
    expect(parseMarkdown(source).map((block) => ('children' in block && block.type === 'paragraph' ? words(block.children) : ''))).toEqual([source]);
  });
});

describe('choosing the format to send', () => {
  it.each([
    ['just words', false],
    ['two\nlines', false],
    ['see https://a.example/b.', false],
    ['[a.example](https://b.example)', true],
    ['[https://a.example](https://b.example)', true],
    ['**b**', true],
    ['- item', true],
    ['```\ncode\n```', true],
  ])('%j → %s', (source, expected) => expect(hasMarkup(source)).toBe(expected));
});

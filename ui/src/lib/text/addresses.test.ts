import { describe, expect, it } from 'vitest';
import { URL_MAX, findAddresses, hiddenTarget, safeHref } from './addresses';
import { parseMarkdown, parsePlain } from './markdown';
import type { Block, Inline } from './tree';

function links(nodes: readonly (Inline | Block)[]): [string, string][] {
  return nodes.flatMap((node) => {
    if (node.type === 'link')
      return [[node.children.map((child) => ('text' in child ? child.text : '')).join(''), node.href]];
    if (node.type === 'list') return node.items.flatMap((item) => links(item.children));
    return 'children' in node ? links(node.children) : [];
  });
}

const LAND = "https://en.wikipedia.org/wiki/Peoples'_Party_(Land)";

describe('addresses are found', () => {
  it.each([
    [LAND, LAND],
    [`see ${LAND}, or not`, LAND],
    ['请看https://example.com/a。谢谢', 'https://example.com/a'],
    ['（https://example.com/a）', 'https://example.com/a'],
    ['「https://example.com/a」です', 'https://example.com/a'],
    ['詳しくはwww.example.jp、', 'www.example.jp'],
    ['https://zh.wikipedia.org/wiki/中文', 'https://zh.wikipedia.org/wiki/中文'],
    ['http://a.example/x?y=1#z', 'http://a.example/x?y=1#z'],
    ['HTTPS://A.example/x', 'HTTPS://A.example/x'],
    ['www.a.example/b_(c)', 'www.a.example/b_(c)'],
    ['(see https://a.example/b_(c)). And', 'https://a.example/b_(c)'],
    ['ann@a.example.', 'ann@a.example'],
    ['mailto:ann@a.example', 'mailto:ann@a.example'],
    ['http://localhost:8080/x', 'http://localhost:8080/x'],
    ['http://192.168.0.1/x', 'http://192.168.0.1/x'],
    ['https://a.example/x؟', 'https://a.example/x'],
    ['“https://a.example/x”', 'https://a.example/x'],
    ['https://a.example/x…', 'https://a.example/x'],
    ['https://a.example/a*b*c_d_e', 'https://a.example/a*b*c_d_e'],
    ['https://a.example/gnp\u202egpj', 'https://a.example/gnp'],
    ['https://a.example?x=[1]', 'https://a.example?x=[1]'],
  ])('in %j', (source, shown) => {
    expect(links(parsePlain(source)).map(([label]) => label)).toEqual([shown]);
    expect(links(parseMarkdown(source)).map(([label]) => label)).toEqual([shown]);
  });

  it.each([
    'readme.md',
    'main.rs and run.sh',
    'a.example',
    'ftp://a.example',
    '//a.example',
    'javascript:alert(1)',
    'https://',
    'www.',
    'http:// x',
    '@ann',
    'e.g. this',
    'https://good.example@evil.example/',
  ])('not in %j', (source) => expect(findAddresses(source)).toEqual([]));

  it('as what they lead to', () => {
    expect(links(parsePlain('www.a.example http://b.example ann@c.example'))).toEqual([
      ['www.a.example', 'https://www.a.example/'],
      ['http://b.example', 'http://b.example/'],
      ['ann@c.example', 'mailto:ann@c.example'],
    ]);
  });

  it('between marks, without them', () => {
    expect(links(parseMarkdown('**https://a.example/b** _https://c.example_ ~~www.d.example~~'))).toEqual([
      ['https://a.example/b', 'https://a.example/b'],
      ['https://c.example', 'https://c.example/'],
      ['www.d.example', 'https://www.d.example/'],
    ]);
  });

  it('at their place, after several marks, too', () => {
    const source = '看。。「https://a.example/x」 __www.b.example__';
    expect(findAddresses(source).map(({ start, end }) => source.slice(start, end))).toEqual([
      'https://a.example/x',
      'www.b.example',
    ]);
  });

  it('in links with brackets, and not in code', () => {
    expect(links(parseMarkdown('[film](https://de.example/wiki/The_Zone_(Film)) good'))).toEqual([
      ['film', 'https://de.example/wiki/The_Zone_(Film)'],
    ]);
    expect(links(parseMarkdown('`https://a.example`\n```\nhttps://b.example\n```'))).toEqual([]);
    expect(links(parseMarkdown('[see https://a.example/x](https://b.example/y)'))).toEqual([
      ['see https://a.example/x', 'https://b.example/y'],
    ]);
    expect(links(parseMarkdown('<https://a.example/x>'))).toEqual([['https://a.example/x', 'https://a.example/x']]);
    expect(links(parseMarkdown('[](https://b.example/y)'))).toEqual([['https://b.example/y', 'https://b.example/y']]);
  });
});

describe('addresses that may be opened', () => {
  it.each([
    ['https://a.example/x', 'https://a.example/x'],
    ['HTTPS://A.example/x', 'https://a.example/x'],
    ['http://a.example', 'http://a.example/'],
    ['mailto:ann@a.example?subject=x', 'mailto:ann@a.example'],
    ['https://аpple.example/', 'https://xn--pple-43d.example/'],
  ])('%s', (address, href) => expect(safeHref(address)).toBe(href));

  it.each([
    'https://user:pw@a.example/',
    'https://good.example@evil.example/',
    'https://a.example/ b',
    'https://a.example/\u202eb',
    'https://',
    'https:a.example',
    'file:///etc/passwd',
    'ftp://a.example',
    'data:text/html,x',
    'javascript:alert(1)',
    'mailto:',
    'mailto:a@b@c',
    'tel:1',
    `https://a.example/${'x'.repeat(URL_MAX)}`,
  ])('not %s', (address) => expect(safeHref(address)).toBeNull());
});

describe('a link whose words look like another address', () => {
  const evil = 'https://evil.example/';
  it.each([
    'https://bank.example',
    'bank.example',
    'www.bank.example/login',
    'see bank.example now',
    'bank。example',
    'bank.exam\u200bple',
    'ann@bank.example',
    'https://evil.example.bank.example',
    'ｂａｎｋ.example',
  ])('%j shows where it leads', (label) => expect(hiddenTarget(label, evil)).toBe(evil));
  it.each(['our minutes', 'version 1.2', 'https://evil.example', 'https://evil.example/', 'evil.example', 'e.g.', '…'])(
    '%j needs no more',
    (label) => expect(hiddenTarget(label, evil)).toBeNull(),
  );
  it('is one in the tree', () => {
    expect(parseMarkdown('[https://bank.example](https://evil.example)')).toMatchObject([
      { children: [{ shown: evil }] },
    ]);
    expect(parseMarkdown('[**bank**.example](https://evil.example)')).toMatchObject([{ children: [{ shown: evil }] }]);
    expect(parseMarkdown('[us@bank.example](mailto:them@evil.example)')).toMatchObject([
      { children: [{ shown: 'them@evil.example' }] },
    ]);
  });
});

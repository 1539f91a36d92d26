/** A message's text as a tree, and whether a text must be sent as Markdown. */
import type { Token } from 'markdown-it';
import type { TextFormat } from '../bindings';
import { findAddresses, hiddenTarget, safeHref } from './addresses';
import { tokensOf } from './commonmark';
import { wordsOf, type Block, type Inline, type ListItem } from './tree';

/** Most nested quotes and lists; deeper ones are drawn at this depth. */
export const DEPTH_MAX = 6;
/** Most nested spans; the text of deeper ones is drawn at this depth. */
export const SPANS_MAX = 12;

/** Plain text: only line breaks and addresses. */
export function parsePlain(text: string): Inline[] {
  const out: Inline[] = [];
  let from = 0;
  for (const { start, end, href } of findAddresses(text)) {
    lines(text.slice(from, start), out);
    const address: Inline = { type: 'text', text: text.slice(start, end) };
    out.push({ type: 'link', href, children: [address], shown: null });
    from = end;
  }
  lines(text.slice(from), out);
  return out;
}

function lines(text: string, out: Inline[]): void {
  for (const [i, line] of text.split(/\r\n?|\n/).entries()) {
    if (i > 0) out.push({ type: 'break' });
    if (line !== '') out.push({ type: 'text', text: line });
  }
}

/** Markdown. A text that would show nothing, or is nested too deeply, is shown as typed. */
export function parseMarkdown(text: string): Block[] {
  const tokens = tokensOf(text);
  const blocks = tokens === null ? [] : new Reader(tokens).blocks(0);
  return visible(blocks) ? blocks : [{ type: 'paragraph', children: parsePlain(text) }];
}

function visible(blocks: readonly Block[]): boolean {
  return blocks.some((block) => {
    if (block.type === 'list') return block.items.some((item) => visible(item.children));
    if (block.type === 'quote') return visible(block.children);
    return (block.type === 'code' ? block.text : wordsOf(block.children)).trim() !== '';
  });
}

/** Builds the tree from a flat list of tokens. Drops no text: the text of an unsupported token is kept. */
class Reader {
  #at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  /** Up to the token that closes the surrounding block. */
  blocks(depth: number): Block[] {
    const out: Block[] = [];
    for (let token = this.#next(); token !== undefined && token.nesting >= 0; token = this.#next()) {
      switch (token.type) {
        case 'paragraph_open':
          out.push({ type: 'paragraph', children: this.#inline() });
          break;
        case 'heading_open':
          out.push({ type: 'heading', children: this.#inline() });
          break;
        case 'fence':
          out.push({ type: 'code', text: token.content.replace(/\n$/, '') });
          break;
        case 'blockquote_open':
          out.push(...atDepth(depth, this.blocks(depth + 1), (children) => ({ type: 'quote', children })));
          break;
        default:
          out.push(...this.#list(token, depth));
      }
    }
    return out;
  }

  #list(open: Token, depth: number): Block[] {
    const marker = open.type === 'bullet_list_open' ? 'bullet' : open.markup === ')' ? ')' : '.';
    const items: ListItem[] = [];
    for (let token = this.#next(); token?.type === 'list_item_open'; token = this.#next()) {
      items.push({ number: Number(token.info), children: this.blocks(depth + 1) });
    }
    const all = items.flatMap((item) => item.children);
    return atDepth(depth, all, () => ({ type: 'list', marker, items }));
  }

  #inline(): Inline[] {
    const inline = this.#next()?.children ?? [];
    this.#next();
    return new InlineReader().run(inline);
  }

  #next(): Token | undefined {
    return this.tokens[this.#at++];
  }
}

function atDepth(depth: number, children: Block[], make: (children: Block[]) => Block): Block[] {
  return depth < DEPTH_MAX ? [make(children)] : children;
}

const SPANS = { strong_open: 'strong', em_open: 'emphasis', s_open: 'strike' } as const;

/** An open span: a link by its token, a span that is too deep to draw by null. */
interface OpenSpan {
  type: (typeof SPANS)[keyof typeof SPANS] | Token | null;
  children: Inline[];
}

/** The tree of one paragraph's tokens. Not recursive: asterisks alone can open thousands of nested spans. */
class InlineReader {
  #out: Inline[] = [];
  readonly #open: OpenSpan[] = [];
  #drawn = 0;

  run(tokens: readonly Token[]): Inline[] {
    for (const token of tokens) {
      if (token.nesting > 0) this.#begin(token);
      else if (token.nesting < 0) this.#end();
      else this.#leaf(token);
    }
    while (this.#open.length > 0) this.#end();
    return this.#out;
  }

  #leaf(token: Token): void {
    if (token.type === 'softbreak' || token.type === 'hardbreak') this.#out.push({ type: 'break' });
    else if (token.type === 'code_inline') this.#out.push({ type: 'code', text: token.content });
    else if (token.content !== '') this.#out.push({ type: 'text', text: token.content });
  }

  #begin(token: Token): void {
    const span = token.type in SPANS ? SPANS[token.type as keyof typeof SPANS] : null;
    const type = token.type === 'link_open' ? token : this.#drawn < SPANS_MAX ? span : null;
    this.#open.push({ type, children: this.#out });
    if (type === null) return;
    this.#drawn++;
    this.#out = [];
  }

  #end(): void {
    const opened = this.#open.pop();
    if (opened === undefined || opened.type === null) return;
    const inner = this.#out;
    this.#drawn--;
    this.#out = opened.children;
    if (typeof opened.type === 'object') this.#out.push(...link(opened.type, inner));
    else this.#out.push({ type: opened.type, children: inner });
  }
}

function link(open: Token, children: Inline[]): Inline[] {
  const href = safeHref(String(open.attrGet('href') ?? ''));
  const text = (text: string): Inline => ({ type: 'text', text });
  // An empty address, which the parser accepts as a link.
  if (href === null) return [text('['), ...children, text(']()')];
  const label = wordsOf(children);
  if (label.trim() === '') return [{ type: 'link', href, children: [text(href)], shown: null }];
  return [{ type: 'link', href, children, shown: hiddenTarget(label, href) }];
}

/** Characters that a backslash escapes (CommonMark §2.4). */
const ESCAPE = /\\([!-/:-@[-`{-~])/g;

/**
 * Whether a text must be sent as Markdown; otherwise it is sent as plain text, and shown as typed. True if it contains
 * markup, or would without its backslashes: `\*` is meant as an asterisk there, and as a backslash elsewhere.
 */
export function hasMarkup(text: string): boolean {
  if (drawsMarkup(text)) return true;
  const unescaped = text.replace(ESCAPE, '$1');
  return unescaped !== text && drawsMarkup(unescaped);
}

/** The format in which a text is sent. */
export function formatOf(text: string): TextFormat {
  return hasMarkup(text) ? 'markdown' : 'plain';
}

function drawsMarkup(text: string): boolean {
  const inline = (node: Inline) => node.type !== 'text' && node.type !== 'break' && !isBareAddress(node);
  return parseMarkdown(text).some((block) => block.type !== 'paragraph' || block.children.some(inline));
}

function isBareAddress(node: Inline): boolean {
  if (node.type !== 'link') return false;
  const label = wordsOf(node.children);
  const [found] = findAddresses(label);
  return found?.start === 0 && found.end === label.length && found.href === node.href;
}

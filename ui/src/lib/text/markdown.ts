/**
 * The subset of Markdown that messages show: emphasis, strong, strike, code, fenced code, quotes, lists, headings as a
 * strong line, and links to https addresses. It yields a tree that components draw as text nodes, so a message can never
 * bring markup of its own. Work is bounded: nesting by `DEPTH_MAX`, searching by remembering what has no end.
 */

export type Inline =
  | { type: 'text'; text: string }
  | { type: 'break' }
  | { type: 'code'; text: string }
  | { type: 'strong' | 'emphasis' | 'strike'; children: Inline[] }
  | { type: 'link'; href: string; children: Inline[] };

export type Block =
  | { type: 'paragraph'; children: Inline[] }
  | { type: 'heading'; children: Inline[] }
  | { type: 'code'; text: string }
  | { type: 'quote'; children: Block[] }
  | { type: 'list'; ordered: boolean; start: number; items: Inline[][] };

/** Quotes in quotes and emphasis in emphasis, at most. Deeper ones stay as they were typed. */
export const DEPTH_MAX = 6;
/** An address longer than this is shown as text. */
export const URL_MAX = 2_048;
const LINK_TEXT_MAX = 400;
/** So many marks are tried as the end of a span; text with more of them is left as typed. */
const CLOSINGS_MAX = 24;

const FENCE = /^ {0,3}(`{3,}|~{3,})[^`]*$/;
const QUOTE = /^ {0,3}> ?/;
const BULLET = /^ {0,3}[-*+] +(?=\S)/;
const ORDERED = /^ {0,3}(\d{1,6})[.)] +(?=\S)/;
const HEADING = /^ {0,3}#{1,6} +(?=\S)/;

export function parseMarkdown(text: string, depth = 0): Block[] {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const blocks: Block[] = [];
  let i = 0;
  while (i < lines.length) {
    const line = lines[i] ?? '';
    if (line.trim() === '') {
      i++;
    } else if (FENCE.test(line)) {
      i = fence(lines, i, blocks);
    } else if (QUOTE.test(line) && depth < DEPTH_MAX) {
      i = quote(lines, i, depth, blocks);
    } else if (BULLET.test(line) || ORDERED.test(line)) {
      i = list(lines, i, blocks);
    } else if (HEADING.test(line)) {
      blocks.push({ type: 'heading', children: parseInline(line.replace(HEADING, '')) });
      i++;
    } else {
      i = paragraph(lines, i, depth, blocks);
    }
  }
  return blocks;
}

function fence(lines: readonly string[], start: number, blocks: Block[]): number {
  const mark = (FENCE.exec(lines[start] ?? '')?.[1] ?? '```').slice(0, 3);
  let end = start + 1;
  while (end < lines.length && !(lines[end] ?? '').trimStart().startsWith(mark)) end++;
  blocks.push({ type: 'code', text: lines.slice(start + 1, end).join('\n') });
  return end + 1;
}

function quote(lines: readonly string[], start: number, depth: number, blocks: Block[]): number {
  let end = start;
  while (end < lines.length && QUOTE.test(lines[end] ?? '')) end++;
  const inner = lines.slice(start, end).map((line) => line.replace(QUOTE, ''));
  blocks.push({ type: 'quote', children: parseMarkdown(inner.join('\n'), depth + 1) });
  return end;
}

function list(lines: readonly string[], start: number, blocks: Block[]): number {
  const ordered = ORDERED.test(lines[start] ?? '');
  const marker = ordered ? ORDERED : BULLET;
  const items: Inline[][] = [];
  let i = start;
  while (i < lines.length && marker.test(lines[i] ?? '')) {
    items.push(parseInline((lines[i] ?? '').replace(marker, '')));
    i++;
  }
  blocks.push({ type: 'list', ordered, start: ordered ? Number(ORDERED.exec(lines[start] ?? '')?.[1] ?? 1) : 1, items });
  return i;
}

function paragraph(lines: readonly string[], start: number, depth: number, blocks: Block[]): number {
  let end = start + 1;
  while (end < lines.length && !startsBlock(lines[end] ?? '', depth)) end++;
  blocks.push({ type: 'paragraph', children: parseInline(lines.slice(start, end).join('\n')) });
  return end;
}

function startsBlock(line: string, depth: number): boolean {
  return (
    line.trim() === '' ||
    FENCE.test(line) ||
    (QUOTE.test(line) && depth < DEPTH_MAX) ||
    BULLET.test(line) ||
    ORDERED.test(line) ||
    HEADING.test(line)
  );
}

/** Plain text: line breaks and https addresses, nothing else. */
export function parsePlain(text: string): Inline[] {
  const out: Inline[] = [];
  new InlineParser(text, 0, false, out).run();
  return out;
}

export function parseInline(text: string, depth = 0): Inline[] {
  const out: Inline[] = [];
  new InlineParser(text, depth, true, out).run();
  return out;
}

/** Longest first, so that `**` is not read as two `*`. */
const SPANS = [
  { mark: '**', type: 'strong' },
  { mark: '__', type: 'strong' },
  { mark: '~~', type: 'strike' },
  { mark: '*', type: 'emphasis' },
  { mark: '_', type: 'emphasis' },
] as const;

const WORD = /[\p{L}\p{N}]/u;

class InlineParser {
  #at = 0;
  #plainFrom = 0;
  /** Marks of which it is known that none follows: each is searched to the end once at most. */
  #exhausted = new Set<string>();

  constructor(
    private readonly text: string,
    private readonly depth: number,
    private readonly markup: boolean,
    private readonly out: Inline[],
  ) {}

  run(): void {
    while (this.#at < this.text.length) {
      if (!this.#special()) this.#at++;
    }
    this.#flush(this.text.length);
  }

  #special(): boolean {
    switch (this.text[this.#at]) {
      case '\n':
        return this.#take(1, { type: 'break' });
      case 'h':
        return this.#address();
      case '\\':
        return this.markup && this.#escape();
      case '`':
        return this.markup && this.#code();
      case '[':
        return this.markup && this.#link();
      case '*':
      case '_':
      case '~':
        return this.markup && this.depth < DEPTH_MAX && this.#span();
      default:
        return false;
    }
  }

  #take(length: number, node: Inline): true {
    this.#flush(this.#at);
    this.out.push(node);
    this.#at += length;
    this.#plainFrom = this.#at;
    return true;
  }

  #flush(end: number): void {
    if (end > this.#plainFrom) this.out.push({ type: 'text', text: this.text.slice(this.#plainFrom, end) });
    this.#plainFrom = end;
  }

  #find(mark: string, from: number): number {
    if (this.#exhausted.has(mark)) return -1;
    const at = this.text.indexOf(mark, from);
    if (at < 0) this.#exhausted.add(mark);
    return at;
  }

  #escape(): boolean {
    const next = this.text[this.#at + 1];
    return next !== undefined && /[\\`*_~[\]()>#+\-.!]/.test(next) && this.#take(2, { type: 'text', text: next });
  }

  #code(): boolean {
    const end = this.#find('`', this.#at + 1);
    if (end <= this.#at + 1) return false;
    return this.#take(end + 1 - this.#at, { type: 'code', text: this.text.slice(this.#at + 1, end) });
  }

  #span(): boolean {
    for (const { mark, type } of SPANS) {
      if (!this.text.startsWith(mark, this.#at) || !this.#opens(mark)) continue;
      const end = this.#closing(mark);
      if (end < 0) continue;
      const inner = this.text.slice(this.#at + mark.length, end);
      return this.#take(end + mark.length - this.#at, { type, children: parseInline(inner, this.depth + 1) });
    }
    return false;
  }

  /** An opening mark is followed by something; an underscore does not open inside a word. */
  #opens(mark: string): boolean {
    const after = this.text[this.#at + mark.length];
    if (after === undefined || /\s/.test(after) || after === mark[0]) return false;
    return !mark.startsWith('_') || !WORD.test(this.text[this.#at - 1] ?? '');
  }

  #closing(mark: string): number {
    let end = this.#find(mark, this.#at + mark.length + 1);
    for (let tries = 0; end >= 0 && tries < CLOSINGS_MAX; tries++) {
      const before = this.text[end - 1] ?? '';
      const after = this.text[end + mark.length] ?? '';
      const partOfLonger = mark.length === 1 && (before === mark || after === mark);
      const inWord = mark.startsWith('_') && WORD.test(after);
      if (!/\s/.test(before) && !partOfLonger && !inWord) return end;
      end = this.#find(mark, end + mark.length + (partOfLonger ? 1 : 0));
    }
    return -1;
  }

  #link(): boolean {
    const middle = this.#find('](', this.#at + 1);
    if (middle < 0 || middle - this.#at > LINK_TEXT_MAX) return false;
    const end = this.#find(')', middle + 2);
    if (end < 0 || end - middle > URL_MAX) return false;
    const href = safeHref(this.text.slice(middle + 2, end));
    const label = this.text.slice(this.#at + 1, middle);
    if (href === null || label.trim() === '' || label.includes('[')) return false;
    return this.#take(end + 1 - this.#at, { type: 'link', href, children: [{ type: 'text', text: label }] });
  }

  #address(): boolean {
    if (!this.text.startsWith('https://', this.#at) || WORD.test(this.text[this.#at - 1] ?? '')) return false;
    const rest = this.text.slice(this.#at, this.#at + URL_MAX + 1);
    const raw = /^https:\/\/[^\s<>"'`]+/.exec(rest)?.[0] ?? '';
    const shown = trimAddress(raw);
    const href = raw.length > URL_MAX ? null : safeHref(shown);
    if (href === null) return false;
    return this.#take(shown.length, { type: 'link', href, children: [{ type: 'text', text: shown }] });
  }
}

/** Marks at the end of a sentence are not part of the address, nor is a bracket that was opened before it. */
function trimAddress(raw: string): string {
  let shown = raw.replace(/[.,;:!?*_~]+$/, '');
  while (shown.endsWith(')') && shown.split(')').length > shown.split('(').length) {
    shown = shown.slice(0, -1).replace(/[.,;:!?]+$/, '');
  }
  return shown;
}

/** The address, if it is one that may be offered for opening: https, with a host, without a password in it. */
export function safeHref(address: string): string | null {
  if (address.length > URL_MAX || /[\s\p{Cc}]/u.test(address)) return null;
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (url.protocol !== 'https:' || url.hostname === '' || url.username !== '' || url.password !== '') return null;
  return url.href;
}

/** Whether a text has any markup of the subset; if not, it is sent as plain text. */
export function hasMarkup(text: string): boolean {
  const inlineMarkup = (nodes: readonly Inline[]): boolean =>
    nodes.some((node) => node.type !== 'text' && node.type !== 'break' && !isBareAddress(node));
  return parseMarkdown(text).some((block) => block.type !== 'paragraph' || inlineMarkup(block.children));
}

function isBareAddress(node: Inline): boolean {
  const label = node.type === 'link' ? node.children[0] : undefined;
  return node.type === 'link' && label?.type === 'text' && safeHref(label.text) === node.href;
}

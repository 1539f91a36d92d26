/**
 * CommonMark by `markdown-it`, reduced to what a conversation needs: emphasis, strong, strikethrough, code, lists,
 * quotes, headings and links. Anything else stays as typed: HTML, images, rules, references, entities, setext headings,
 * indented code. Two things that CommonMark drops are kept, since people paste code and identifiers: line indents, and
 * marks within words (`2*3*4`, `def __init__(self)`).
 */
import MarkdownIt, { type StateBlock, type StateInline, type Token } from 'markdown-it';
import { findAddresses, safeHref, type Address } from './addresses';

/** Most nested blocks that the parser follows. Texts with deeper nesting are shown as typed. */
const NESTING_MAX = 60;

const RULES = [
  'blockquote',
  'fence',
  'heading',
  'list',
  'escape',
  'backticks',
  'emphasis',
  'strikethrough',
  'link',
  'autolink',
];
const markdown = new MarkdownIt('zero', { maxNesting: NESTING_MAX }).enable(RULES);
markdown.validateLink = (href) => safeHref(href) !== null;
// An address stays as typed until it is sanitised, when it becomes a link in the tree.
markdown.normalizeLink = (href) => href;
markdown.normalizeLinkText = (text) => text;

/** The tokens of a text; null if its blocks are nested too deeply. */
export function tokensOf(text: string): Token[] | null {
  const tokens = markdown.parse(text, {});
  return tokens.some((token) => token.level >= NESTING_MAX - 1) ? null : tokens;
}

/** Letters and digits of scripts that separate words with spaces: in others a mark is usually between letters. */
const IN_WORD =
  /(?![\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}])[\p{L}\p{N}]/u;
const DIGIT = /\p{N}/u;
/**
 * Characters allowed before an underscore that opens a span, and after one that closes it: not those in identifiers.
 */
const BEFORE_UNDERSCORE = /^$|[\s\p{Ps}\p{Pi}\p{Pd}"'*~>|¿¡]/u;
const AFTER_UNDERSCORE = /^$|(?![#%&/@\\])[\s\p{Pe}\p{Pf}\p{Po}\p{Pd}~<|]/u;
const JOINS_NAMES = /[.:,\-]/;

class State extends markdown.inline.State {
  #addresses: readonly Address[] | undefined;

  /** The first address at or after a position. */
  addressFrom(pos: number): Address | undefined {
    const all = (this.#addresses ??= findAddresses(this.src));
    let [low, high] = [0, all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle]?.start ?? 0) < pos) low = middle + 1;
      else high = middle;
    }
    return all[low];
  }

  override scanDelims(start: number, canSplitWord: boolean): ReturnType<StateInline['scanDelims']> {
    const scanned = super.scanDelims(start, canSplitWord);
    const end = start + scanned.length;
    const before = start === 0 ? '' : (this.src.slice(Math.max(0, start - 2), start).match(/.$/su)?.[0] ?? '');
    const after = end >= this.posMax ? '' : String.fromCodePoint(this.src.codePointAt(end) ?? 0);
    switch (this.src.charAt(start)) {
      case '*': {
        const within = IN_WORD.test(before) && IN_WORD.test(after);
        scanned.can_open &&= !within;
        scanned.can_close &&= !within || (scanned.length > 1 && !DIGIT.test(after));
        break;
      }
      case '_': {
        const inName = JOINS_NAMES.test(after) && IN_WORD.test(this.src[end + 1] ?? '');
        scanned.can_open &&= BEFORE_UNDERSCORE.test(before);
        scanned.can_close &&= AFTER_UNDERSCORE.test(after) && !inName;
        break;
      }
    }
    return scanned;
  }
}

markdown.inline.State = State;
markdown.inline.ruler.at('text', text);
markdown.inline.ruler.before('text', 'address', address);
markdown.inline.ruler.push('line', line);
markdown.block.ruler.at('paragraph', paragraph);

/** Addresses take precedence over marks: a mark within one is part of it. */
function address(state: StateInline, silent: boolean): boolean {
  const found = state.linkLevel === 0 ? (state as State).addressFrom(state.pos) : undefined;
  if (found?.start !== state.pos || found.end > state.posMax) return false;
  if (!silent) {
    state.push('link_open', 'a', 1).attrs = [['href', found.href]];
    state.push('text', '', 0).content = state.src.slice(found.start, found.end);
    state.push('link_close', 'a', -1);
  }
  state.pos = found.end;
  return true;
}

/** Up to the next mark or address. */
function text(state: StateInline, silent: boolean): boolean {
  // Cut off first; otherwise the whole rest is scanned for each of many addresses.
  const next = (state as State).addressFrom(state.pos + 1)?.start ?? state.posMax;
  const plain = /^[^\n\\`*_~[\]<]+/.exec(state.src.slice(state.pos, Math.min(next, state.posMax)))?.[0];
  if (plain === undefined) return false;
  if (!silent) state.pending += plain;
  state.pos += plain.length;
  return true;
}

/** A line break is kept, and so is the indent of the next line. */
function line(state: StateInline, silent: boolean): boolean {
  if (state.src[state.pos] !== '\n') return false;
  if (!silent) state.push('softbreak', 'br', 0);
  state.pos++;
  return true;
}

/** As in `markdown-it`, but keeps the indent of the first line. */
function paragraph(state: StateBlock, startLine: number, endLine: number): boolean {
  const ends = state.md.block.ruler.getRules('paragraph');
  const parent = state.parentType;
  state.parentType = 'paragraph';
  let next = startLine + 1;
  for (; next < endLine && !state.isEmpty(next); next++) {
    const shift = state.sCount[next] ?? 0;
    // Deeper than indented code would be, or a lazy continuation of a quote: both continue the paragraph.
    if (shift - state.blkIndent > 3 || shift < 0) continue;
    if (ends.some((rule) => rule(state, next, endLine, true))) break;
  }
  state.line = next;
  state.push('paragraph_open', 'p', 1);
  const inline = state.push('inline', '', 0);
  inline.content = state.getLines(startLine, next, state.blkIndent, false).trimEnd();
  inline.children = [];
  state.push('paragraph_close', 'p', -1);
  state.parentType = parent;
  return true;
}

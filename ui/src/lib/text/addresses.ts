/**
 * Addresses in text: what is found (https, http, www. and mail), and what may be offered for opening. `linkify-it` finds
 * them; what is ours is where a piece of text begins and ends for it: Chinese and Japanese put no blanks around one.
 */
import { REBuilder, linkifyit } from 'linkify-it';

/** An address longer than this is shown as text. */
export const URL_MAX = 2_048;

/** The name of a host is shorter (RFC 1035 §2.3.4); looked at first, since the rest of an address is looked at again
 * from each place where one may begin. */
const HOST_MAX = 256;
const HOST_TOO_LONG = new RegExp(`^[^\\s/?#:]{${HOST_MAX}}`);

export interface Address {
  start: number;
  end: number;
  href: string;
}

/** As the library has it, and an apostrophe before an underscore or a bracket: encyclopedias have such titles. */
class Paths extends REBuilder {
  override get_path_extra(): RegExp {
    return /'(?=[_(%])|/;
  }
}

// Bare names of hosts are no links: `readme.md` and `main.rs` would be some.
const linkify = linkifyit({
  rebuilder: new Paths(),
  fuzzyLink: false,
  fuzzyIP: false,
  fuzzyEmail: true,
  maxLength: URL_MAX,
});
linkify
  .add('ftp:', null)
  .add('//', null)
  .add('www.', {
    validate: (text, pos) => {
      if (HOST_TOO_LONG.test(text.slice(pos, pos + HOST_MAX))) return 0;
      const rest = `//www.${text.slice(pos, pos + URL_MAX)}`;
      return Math.max(0, linkify.testSchemaAt(rest, 'https:', 0) - '//www.'.length);
    },
    normalize: (match) => {
      match.url = `https://${match.url}`;
    },
  });

/** Marks of East Asian sentences, and what is invisible or turns the direction: none of them is part of an address. */
const ENDS =
  /[\u3000-\u3004\u3008-\u3020\u3030\u303d-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufe10-\ufe19\ufe30-\ufe4f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
/** An address may begin right after a letter of a script that is written without blanks, or a mark of Markdown. */
const BEGINS =
  /(?<=[*_~\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\u30fc])(?=https?:\/\/|mailto:|www\.)/u;
/** A mark of Markdown before a blank: the library takes none as the end of a host. */
const MARK_AT_END = /[*_~](?=[*_~]{0,3}(?:\s|$))/;
const PIECES = new RegExp(`${ENDS.source}|${BEGINS.source}|${MARK_AT_END.source}`, 'giu');
/** What may stand in an address, but ends a sentence, a quotation or a span of markup when it is last. */
const TRAILING = /(?:[*_~.,;:!?']|(?![\x00-\x7f])[\p{P}\p{Sk}])+$/u;
/** Whether it is worth a closer look. */
const MAYBE = /:\/\/|www\.|mailto:|@/i;

/** All addresses in a text, in order. */
export function findAddresses(text: string): Address[] {
  if (!MAYBE.test(text)) return [];
  const found: Address[] = [];
  let start = 0;
  for (const between of text.matchAll(PIECES)) {
    inPiece(text.slice(start, between.index), start, found);
    start = between.index + between[0].length;
  }
  inPiece(text.slice(start), start, found);
  return found;
}

function inPiece(piece: string, start: number, found: Address[]): void {
  if (!MAYBE.test(piece)) return;
  for (const match of linkify.match(piece) ?? []) {
    // What stands before an at sign is a name, however much it looks like a host.
    if (piece[match.lastIndex] === '@') continue;
    const shown = match.raw.replace(TRAILING, '');
    const scheme = match.url.slice(0, match.url.length - match.raw.length);
    const href = safeHref(scheme + shown);
    if (href !== null) found.push({ start: start + match.index, end: start + match.index + shown.length, href });
  }
}

/**
 * The address, if it is one that may be offered for opening: https or http with a host and without a password in it, or
 * a mail address. As it will be asked for: names in other scripts appear in their true form.
 */
export function safeHref(address: string): string | null {
  if (address.length > URL_MAX || /[\s\p{Cc}\p{Bidi_Control}]/u.test(address)) return null;
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (url.protocol === 'mailto:') return /^[^@\s]+@[^@\s]+$/.test(url.pathname) ? `mailto:${url.pathname}` : null;
  if (!/^https?:$/.test(url.protocol) || !/^https?:\/\//i.test(address)) return null;
  return url.hostname === '' || url.username !== '' || url.password !== '' ? null : url.href;
}

/** Something with a dot between letters, or an at sign: a reader takes it for an address. */
const LOOKS_LIKE = /[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}[\p{L}\p{N}-]+|\S@\S|:\/\//u;

/** Where a link leads, if its words look like an address and it is another one; else null. */
export function hiddenTarget(label: string, href: string): string | null {
  const plain = label
    .normalize('NFKC')
    .replaceAll('。', '.')
    .replace(/[\p{Cf}\p{Cc}]/gu, '')
    .trim();
  if (!LOOKS_LIKE.test(plain)) return null;
  const asTyped = [plain, `https://${plain}`, `http://${plain}`, `mailto:${plain}`].map(safeHref);
  return asTyped.some((typed) => typed !== null && same(typed, href)) ? null : href.replace(/^mailto:/, '');
}

function same(one: string, other: string): boolean {
  const bare = (href: string) => href.replace(/\/$/, '');
  return bare(one) === bare(other);
}

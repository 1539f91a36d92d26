/**
 * Addresses in text: which are found (https, http, www. and mail), and which may be opened. `linkify-it` finds them; we
 * add where an address starts and ends, since Chinese and Japanese put no spaces around it.
 */
import { REBuilder, linkifyit } from 'linkify-it';

/** A longer address is shown as text. */
export const URL_MAX = 2_048;

/**
 * Host names are shorter (RFC 1035 §2.3.4). Checked first, since the rest of an address is scanned again from each
 * place where one may start.
 */
const HOST_MAX = 256;
const HOST_TOO_LONG = new RegExp(`^[^\\s/?#:]{${HOST_MAX}}`);

export interface Address {
  start: number;
  end: number;
  href: string;
}

/** As in the library, plus an apostrophe before an underscore or a bracket: Wikipedia titles have those. */
class Paths extends REBuilder {
  override get_path_extra(): RegExp {
    return /'(?=[_(%])|/;
  }
}

// Bare host names are not links: `readme.md` and `main.rs` would be.
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

/** East Asian punctuation, and invisible and direction marks: never part of an address. */
const ENDS =
  /[\u3000-\u3004\u3008-\u3020\u3030\u303d-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufe10-\ufe19\ufe30-\ufe4f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
/** An address may start right after a letter of a script without spaces, or after a Markdown mark. */
const BEGINS =
  /(?<=[*_~\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\u30fc])(?=https?:\/\/|mailto:|www\.)/u;
/** A Markdown mark before a space: the library does not end a host there. */
const MARK_AT_END = /[*_~](?=[*_~]{0,3}(?:\s|$))/;
const PIECES = new RegExp(`${ENDS.source}|${BEGINS.source}|${MARK_AT_END.source}`, 'giu');
/** Characters that are valid in an address, but at its end belong to the sentence, quotation or markup. */
const TRAILING = /(?:[*_~.,;:!?']|(?![\x00-\x7f])[\p{P}\p{Sk}])+$/u;
/** A cheap check for whether to search at all. */
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
    // What comes before an at sign is a user name, even if it looks like a host.
    if (piece[match.lastIndex] === '@') continue;
    const shown = match.raw.replace(TRAILING, '');
    const scheme = match.url.slice(0, match.url.length - match.raw.length);
    const href = safeHref(scheme + shown);
    if (href !== null) found.push({ start: start + match.index, end: start + match.index + shown.length, href });
  }
}

/**
 * The address, if it may be opened: https or http with a host and without a password, or a mail address. In normalised
 * form: international names appear as they are requested.
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

/** Something with a dot between letters, or an at sign: readers take it for an address. */
const LOOKS_LIKE = /[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}[\p{L}\p{N}-]+|\S@\S|:\/\//u;

/** A link's target, if its text looks like a different address; else null. */
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

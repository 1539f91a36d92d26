/** Skin tones, and when two spellings of an emoji are the same (UTS #51). */

/** The Fitzpatrick scale; the first is the default yellow. */
export const TONES = ['', '\u{1f3fb}', '\u{1f3fc}', '\u{1f3fd}', '\u{1f3fe}', '\u{1f3ff}'] as const;
export type Tone = (typeof TONES)[number];

const JOINER = '\u200d';
const EMOJI_STYLE = '\ufe0f';
const HANDSHAKE = '\u{1f91d}';

/** The emoji in this tone, which applies to everyone in it. Only for emoji with tones. */
export function toned(emoji: string, tone: Tone): string {
  if (tone === '') return emoji;
  const signs = [...emoji];
  const joined = signs.includes(JOINER);
  return signs
    .map((sign, i) => {
      // A tone implies emoji presentation, so the selector is omitted.
      if (sign === EMOJI_STYLE && takesTone(signs[i - 1], joined)) return '';
      return takesTone(sign, joined) ? sign + tone : sign;
    })
    .join('');
}

/** Hands held between two people have the people's tones. */
function takesTone(sign: string | undefined, joined: boolean): boolean {
  return sign !== undefined && /^\p{Emoji_Modifier_Base}$/u.test(sign) && !(joined && sign === HANDSHAKE);
}

/** Whether both are the same emoji: ❤ and ❤️ are, however they were typed. */
export function sameEmoji(one: string, other: string): boolean {
  return one.replaceAll(EMOJI_STYLE, '') === other.replaceAll(EMOJI_STYLE, '');
}

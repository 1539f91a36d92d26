/** Skin tones, and what makes two ways of writing an emoji one (UTS #51). */

/** As in Fitzpatrick's scale; the first is the emoji's own yellow. */
export const TONES = ['', '\u{1f3fb}', '\u{1f3fc}', '\u{1f3fd}', '\u{1f3fe}', '\u{1f3ff}'] as const;
export type Tone = (typeof TONES)[number];

const JOINER = '\u200d';
const EMOJI_STYLE = '\ufe0f';
const HANDSHAKE = '\u{1f91d}';

/** The emoji in this tone: everybody in it has it. Only for emoji that come in tones. */
export function toned(emoji: string, tone: Tone): string {
  if (tone === '') return emoji;
  const signs = [...emoji];
  const joined = signs.includes(JOINER);
  return signs
    .map((sign, i) => {
      // The tone says itself that it is an emoji, so the sign that says so is left out.
      if (sign === EMOJI_STYLE && takesTone(signs[i - 1], joined)) return '';
      return takesTone(sign, joined) ? sign + tone : sign;
    })
    .join('');
}

/** Hands that are held between two people have the tones of the people. */
function takesTone(sign: string | undefined, joined: boolean): boolean {
  return sign !== undefined && /^\p{Emoji_Modifier_Base}$/u.test(sign) && !(joined && sign === HANDSHAKE);
}

/** Whether both are the same emoji: ❤ and ❤️ are, whoever's keyboard wrote which. */
export function sameEmoji(one: string, other: string): boolean {
  return one.replaceAll(EMOJI_STYLE, '') === other.replaceAll(EMOJI_STYLE, '');
}

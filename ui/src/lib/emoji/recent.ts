/**
 * Recently used emoji; the most common ones fill the rest. The engine stores them, encrypted, with the person's other
 * settings: the page's storage would leave traces of messages on disk in the clear.
 */
import { firstLetters } from '../text/letters';
import { sameEmoji } from './tone';

/** How many are shown and stored. */
export const RECENT_MAX = 24;
/** Longer than the longest sequence, a kiss of two people with skin tones. */
const UNITS_MAX = 32;
const OFTEN = [
  '👍',
  '❤️',
  '😂',
  '😮',
  '😢',
  '🙏',
  '👋',
  '✅',
  '🎉',
  '👏',
  '🔥',
  '💯',
  '🤔',
  '👀',
  '🙂',
  '😄',
  '😉',
  '😊',
  '😍',
  '😅',
  '😭',
  '💪',
  '☕',
  '👎',
];
/** A pictograph, a regional indicator, or the keycap. */
const PICTURE = /[\p{Extended_Pictographic}\p{Regional_Indicator}\u20e3]/u;

/** What is shown first. Whatever was stored, only emoji, each once. */
export function recentOf(kept: readonly string[]): readonly string[] {
  return firsts([...kept.filter(isEmoji), ...OFTEN]);
}

/** The list to store after an emoji was used. */
export function withUsed(kept: readonly string[], emoji: string): string[] {
  return firsts([emoji, ...kept].filter(isEmoji));
}

function firsts(emojis: readonly string[]): string[] {
  return emojis.filter((one, i) => emojis.findIndex((other) => sameEmoji(one, other)) === i).slice(0, RECENT_MAX);
}

function isEmoji(text: string): boolean {
  return text.length <= UNITS_MAX && PICTURE.test(text) && firstLetters(text, 1) === text;
}

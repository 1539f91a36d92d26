/**
 * What was used last; what people use most stands in for it. The engine keeps it with what else the person chose, encrypted:
 * the page's storage would put something of what was written on the disk in the clear.
 */
import { firstLetters } from '../text/letters';
import { sameEmoji } from './tone';

/** So many are offered, and kept. */
export const RECENT_MAX = 24;
/** More than the longest that there is, which is a kiss of two people in skin tones. */
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
/** A picture, a flag's letter, or the frame around a key. */
const PICTURE = /[\p{Extended_Pictographic}\p{Regional_Indicator}\u20e3]/u;

/** What is offered first. Whatever was kept, it is emoji, each once. */
export function recentOf(kept: readonly string[]): readonly string[] {
  return firsts([...kept.filter(isEmoji), ...OFTEN]);
}

/** What is kept once an emoji was used. */
export function withUsed(kept: readonly string[], emoji: string): string[] {
  return firsts([emoji, ...kept].filter(isEmoji));
}

function firsts(emojis: readonly string[]): string[] {
  return emojis.filter((one, i) => emojis.findIndex((other) => sameEmoji(one, other)) === i).slice(0, RECENT_MAX);
}

function isEmoji(text: string): boolean {
  return text.length <= UNITS_MAX && PICTURE.test(text) && firstLetters(text, 1) === text;
}

/** Searches emoji by words. */
import type { Emoji } from './set';

/** More results do not help: people refine the search. */
export const FOUND_MAX = 160;

/** Emoji with a word starting with each typed word: whole names first, then whole words, then prefixes. */
export function found(emojis: readonly Emoji[], query: string): Emoji[] {
  const parts = query
    .trim()
    .toLowerCase()
    .split(/[\s_]+/)
    .filter((part) => part !== '');
  const whole = parts.join(' ');
  if (parts.length === 0) return [];
  return emojis
    .map((emoji) => ({ emoji, rank: rankOf(emoji, parts, whole) }))
    .filter(({ rank }) => rank !== null)
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
    .slice(0, FOUND_MAX)
    .map(({ emoji }) => emoji);
}

function rankOf(emoji: Emoji, parts: readonly string[], whole: string): number | null {
  if (emoji.emoji === whole) return 0;
  const name = emoji.name.toLowerCase();
  if (name === whole || emoji.words.includes(whole)) return name === whole ? 0 : 1;
  if (!parts.every((part) => emoji.words.some((word) => word.startsWith(part)))) return null;
  if (name.startsWith(whole)) return 2;
  return parts.every((part) => emoji.words.includes(part)) ? 3 : 4;
}

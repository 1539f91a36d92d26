/**
 * What was used last; what people use most stands in for it. Kept as long as the window is open: the page's storage would
 * put something of what was written on the disk in the clear.
 */
import { sameEmoji } from './tone';

const RECENT_MAX = 24;
const OFTEN = ['👍', '❤️', '😂', '😮', '😢', '🙏', '👋', '✅', '🎉', '👏', '🔥', '💯', '🤔', '👀', '🙂', '😄', '😉', '😊', '😍', '😅', '😭', '💪', '☕', '👎'];

export class Recent {
  emojis: readonly string[] = OFTEN;

  used(emoji: string): void {
    this.emojis = [emoji, ...this.emojis.filter((other) => !sameEmoji(other, emoji))].slice(0, RECENT_MAX);
  }
}

export const recent = new Recent();

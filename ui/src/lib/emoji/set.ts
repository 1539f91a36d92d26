/**
 * All Unicode emoji with their search words, from `unicode-emoji-json` and `emojilib`. Loaded when the picker first
 * opens, so that they do not slow the start.
 */
const GROUPS = [
  'smileys_emotion',
  'people_body',
  'animals_nature',
  'food_drink',
  'travel_places',
  'activities',
  'objects',
  'symbols',
  'flags',
] as const;
export type GroupId = (typeof GROUPS)[number];

export interface Emoji {
  emoji: string;
  name: string;
  /** Search words, in lower case: those of its name, keywords, and the parts of keywords. */
  words: readonly string[];
  /** It has skin tone variants. */
  tones: boolean;
}

export interface EmojiGroup {
  id: GroupId;
  emojis: readonly Emoji[];
}

let loading: Promise<readonly EmojiGroup[]> | undefined;

/** The categories in order, without emoji newer than the font supports. */
export function emojiGroups(newest: () => number): Promise<readonly EmojiGroup[]> {
  loading ??= load(newest).catch((thrown: unknown) => {
    loading = undefined;
    throw thrown;
  });
  return loading;
}

async function load(newest: () => number): Promise<readonly EmojiGroup[]> {
  const [{ default: groups }, { default: keywords }] = await Promise.all([
    import('unicode-emoji-json/data-by-group.json'),
    import('emojilib'),
  ]);
  const version = newest();
  const words = keywords as Readonly<Record<string, readonly string[]>>;
  return GROUPS.map((id) => ({
    id,
    emojis: (groups.find((group) => group.slug === id)?.emojis ?? [])
      .filter((one) => Number(one.emoji_version) <= version)
      .map(({ emoji, name, skin_tone_support }) => ({
        emoji,
        name,
        tones: skin_tone_support,
        words: termsOf(name, words[emoji] ?? []),
      })),
  }));
}

function termsOf(name: string, keywords: readonly string[]): string[] {
  const whole = [name, ...keywords].map((word) => word.toLowerCase());
  return [...new Set(whole.flatMap((word) => [word, ...word.split(/[\s_:,’'-]+/)]).filter((word) => word !== ''))];
}

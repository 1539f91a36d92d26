/** True in builds that run in a browser, over a bridge to the engine (`--mode bridge`); false in the product. */
declare const __WITH_BRIDGE__: boolean;

/** Loaded when emoji are first needed; typed here rather than inferred from the files, which are large. */
declare module 'unicode-emoji-json/data-by-group.json' {
  const groups: readonly {
    slug: string;
    emojis: readonly { emoji: string; name: string; emoji_version: string; skin_tone_support: boolean }[];
  }[];
  export default groups;
}

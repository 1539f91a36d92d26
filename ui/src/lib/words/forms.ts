/** The forms of texts other than a plain sentence. */

/** The plural forms of a counted thing. `#` is the number. */
export interface Counted {
  one: string;
  other: string;
}

/** The words of a screen that blocks the whole window. */
export interface ScreenWords {
  title: string;
  what: string;
  todo: string;
}

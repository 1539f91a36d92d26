/** The forms that words have besides a sentence. */

/** The forms of a counted thing. `#` stands for the number. */
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

/** The forms that words have besides a sentence. */

/** The forms of a counted thing. `#` stands for the number. */
export interface Counted {
  one: string;
  other: string;
}

/** What blocks the whole window: a title, what it means, what to do. */
export interface Face {
  title: string;
  what: string;
  todo: string;
}

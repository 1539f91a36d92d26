/** Type-ahead: typing the start of an entry's name moves to it. */

/** Letters typed within this time form one prefix. */
const TOGETHER_MS = 700;

export class Typed {
  #letters = '';
  #at = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Whether a key is a letter of a name; a space only within one. */
  is(event: Pick<KeyboardEvent, 'key'>): boolean {
    const going = this.now() - this.#at < TOGETHER_MS && this.#letters !== '';
    return [...event.key].length === 1 && (event.key !== ' ' || going);
  }

  /** The next entry with this prefix, after the current one; repeating one letter cycles through its entries. */
  find(letter: string, names: readonly string[], here: number): number | null {
    const now = this.now();
    this.#letters = now - this.#at < TOGETHER_MS ? this.#letters + letter : letter;
    this.#at = now;
    const wanted = this.#letters.toLocaleLowerCase();
    const repeated = [...wanted].every((one) => one === wanted[0]);
    const begins = repeated ? (wanted[0] ?? '') : wanted;
    // A longer prefix may still match the current entry.
    const from = here + (repeated ? 1 : 0);
    for (let i = 0; i < names.length; i++) {
      const index = (Math.max(0, from) + i) % names.length;
      if (names[index]?.trim().toLocaleLowerCase().startsWith(begins) === true) return index;
    }
    return null;
  }
}

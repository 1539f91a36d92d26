/** Going to an entry by typing how it begins. */

/** Letters typed within this time belong together. */
const TOGETHER_MS = 700;

export class Typed {
  #letters = '';
  #at = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Whether a key is a letter of a name; a blank only within one. */
  is(event: Pick<KeyboardEvent, 'key'>): boolean {
    const going = this.now() - this.#at < TOGETHER_MS && this.#letters !== '';
    return [...event.key].length === 1 && (event.key !== ' ' || going);
  }

  /** The next entry that begins so, after the one that is at; one letter again and again goes through all of its. */
  find(letter: string, names: readonly string[], here: number): number | null {
    const now = this.now();
    this.#letters = now - this.#at < TOGETHER_MS ? this.#letters + letter : letter;
    this.#at = now;
    const wanted = this.#letters.toLocaleLowerCase();
    const repeated = [...wanted].every((one) => one === wanted[0]);
    const begins = repeated ? (wanted[0] ?? '') : wanted;
    // A longer beginning may be of the entry that is at.
    const from = here + (repeated ? 1 : 0);
    for (let i = 0; i < names.length; i++) {
      const index = (Math.max(0, from) + i) % names.length;
      if (names[index]?.trim().toLocaleLowerCase().startsWith(begins) === true) return index;
    }
    return null;
  }
}

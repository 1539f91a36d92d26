/** Short words to the person: what failed or was done. Shown in a corner, read out, gone after a while. */

export interface Notice {
  id: number;
  tone: 'plain' | 'bad';
  text: string;
  /** The group that was asked for a change; the row that tells of it makes these words old. */
  asked?: string;
}

/** More than this many at once help nobody: the oldest go. */
const NOTICES_MAX = 4;
const PLAIN_MS = 5_000;
const BAD_MS = 12_000;
/** Until then a screen reader has taken up what is to be read out. */
const SPOKEN_MS = 3_000;

export class Notices {
  shown = $state<Notice[]>([]);
  /** The last thing said to screen readers; a counter makes equal texts differ. */
  spoken = $state({ text: '', turn: 0 });
  #next = 0;
  #silence: ReturnType<typeof setTimeout> | undefined;

  /** `says` puts what a call of the engine was refused with into words. */
  constructor(private readonly says: (thrown: unknown) => string) {}

  tell(text: string): void {
    this.#push({ id: this.#next++, tone: 'plain', text }, PLAIN_MS);
  }

  /** Asks for a change of a group, and says so until its row is there or the answer is no. */
  async asking(group: string, text: string, call: () => Promise<void>): Promise<void> {
    const id = this.#next++;
    this.#push({ id, tone: 'plain', text, asked: group }, PLAIN_MS);
    try {
      await call();
    } catch (thrown) {
      this.dismiss(id);
      throw thrown;
    }
  }

  /** A row tells how a change of this group ended. */
  answered(group: string): void {
    this.shown = this.shown.filter((notice) => notice.asked !== group);
  }

  /** For anything a backend call rejected with. */
  fail(thrown: unknown): void {
    this.#push({ id: this.#next++, tone: 'bad', text: this.says(thrown) }, BAD_MS);
  }

  /** Read out, not shown; and gone after that, as a text that its sender deletes has to be. */
  speak(text: string): void {
    this.spoken = { text, turn: this.spoken.turn + 1 };
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => (this.spoken = { ...this.spoken, text: '' }), SPOKEN_MS);
  }

  dismiss(id: number): void {
    this.shown = this.shown.filter((notice) => notice.id !== id);
  }

  #push(notice: Notice, lifeMs: number): void {
    this.shown = [...this.shown, notice].slice(-NOTICES_MAX);
    setTimeout(() => this.dismiss(notice.id), lifeMs);
  }
}

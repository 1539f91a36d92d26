/** Short messages to the person: failures and confirmations. Shown in a corner, announced, and gone after a while. */

export interface Notice {
  id: number;
  tone: 'plain' | 'bad';
  text: string;
  /** The group that a change was requested for; the change's row makes this notice obsolete. */
  asked?: string;
}

/** More than this many at once help nobody: the oldest are removed. */
const NOTICES_MAX = 4;
const PLAIN_MS = 5_000;
const BAD_MS = 12_000;
/** By then a screen reader has read the announcement. */
const SPOKEN_MS = 3_000;

export class Notices {
  shown = $state<Notice[]>([]);
  /** The latest announcement for screen readers; a counter distinguishes equal texts. */
  spoken = $state({ text: '', turn: 0 });
  #next = 0;
  #silence: ReturnType<typeof setTimeout> | undefined;

  /** `says` puts an engine error into words. */
  constructor(private readonly says: (thrown: unknown) => string) {}

  tell(text: string): void {
    this.#push({ id: this.#next++, tone: 'plain', text }, PLAIN_MS);
  }

  /** Requests a change of a group, and shows a notice until its row appears or it is refused. */
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

  /** A row shows how a change of this group ended. */
  answered(group: string): void {
    this.shown = this.shown.filter((notice) => notice.asked !== group);
  }

  /** For anything that a backend call rejects with. */
  fail(thrown: unknown): void {
    this.#push({ id: this.#next++, tone: 'bad', text: this.says(thrown) }, BAD_MS);
  }

  /** Announced, not shown; then removed, since its sender may delete the text. */
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

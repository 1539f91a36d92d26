/** Runs a reading at most once at a time, and again if requested meanwhile; never more often than every `gapMs`. */
export class Coalesced {
  #running: Promise<void> | null = null;
  #again = false;

  constructor(
    private readonly run: () => Promise<void>,
    private readonly gapMs: number,
  ) {}

  /** Resolves when a run that started after this call has ended. */
  request(): Promise<void> {
    if (this.#running !== null) {
      this.#again = true;
      return this.#running;
    }
    this.#running = this.#loop();
    return this.#running;
  }

  async #loop(): Promise<void> {
    try {
      do {
        this.#again = false;
        await this.run();
        if (this.#again) await new Promise((done) => setTimeout(done, this.gapMs));
      } while (this.#again);
    } finally {
      this.#running = null;
      this.#again = false;
    }
  }
}

/** The person's settings. The engine stores them; the window applies them at once. */
import type { Backend } from '../backend/backend';
import type { Settings } from '../bindings';

/** The engine's defaults. */
const AT_FIRST: Settings = {
  notifications: true,
  hideText: false,
  sound: true,
  enterSends: true,
  closeToTray: true,
  recentEmoji: [],
};

export class Choices {
  values = $state.raw<Settings>(AT_FIRST);
  /** Changes are saved one after the other, so that the last one wins. */
  #last: Promise<void> = Promise.resolve();

  constructor(
    private readonly backend: Backend,
    private readonly failed: (thrown: unknown) => void,
  ) {}

  async read(): Promise<void> {
    try {
      this.values = await this.backend.settings();
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  /** Changes settings; reverted if they can't be saved. */
  choose(changed: Partial<Settings>): Promise<void> {
    this.values = { ...this.values, ...changed };
    this.#last = this.#last.then(() => this.#keep());
    return this.#last;
  }

  async #keep(): Promise<void> {
    try {
      await this.backend.setSettings(this.values);
    } catch (thrown) {
      this.failed(thrown);
      await this.read();
    }
  }
}

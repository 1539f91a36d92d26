/** Stores drafts in the engine: soon after each change, and at once when the person leaves. */
import type { Backend } from '../backend/backend';
import { Composer } from './composer.svelte';

/** A change is stored after a typing pause of this length, */
const PAUSE_MS = 300;
/** and after this time even without a pause. */
const WAIT_MAX_MS = 1_500;
/** Retry delay after a failure, unless another change comes first. */
const AGAIN_MS = 10_000;

interface Waiting {
  timer: ReturnType<typeof setTimeout>;
  since: number;
}

export class Drafts {
  /** The composers of opened groups; one per group. */
  #composers = new Map<string, Composer>();
  /** Those with changes not stored yet. */
  #waiting = new Map<string, Waiting>();
  /** What the engine has stored, by group. */
  #kept = new Map<string, string>();
  /** Saves in progress; each is removed when it ends. */
  #under = new Set<Promise<void>>();
  #failing = false;

  constructor(
    private readonly backend: Backend,
    /** Called on the first failure in a row: the next change retries. */
    private readonly failed: (thrown: unknown) => void,
  ) {}

  /** The composer of a group, with the draft from when the program last ended. */
  composer(group: string): Composer {
    const known = this.#composers.get(group);
    if (known !== undefined) return known;
    const composer = new Composer(() => this.#changed(group));
    this.#composers.set(group, composer);
    void this.#restore(group, composer);
    return composer;
  }

  /** Stores all pending changes now; resolves when the engine has them. */
  async flush(): Promise<void> {
    for (const group of [...this.#waiting.keys()]) this.#keep(group);
    await Promise.all(this.#under);
  }

  /** The group is gone, and its draft with it. */
  forget(group: string): void {
    clearTimeout(this.#waiting.get(group)?.timer);
    for (const map of [this.#waiting, this.#kept, this.#composers]) map.delete(group);
  }

  /** The account has ended: nothing is stored any more. */
  forgetAll(): void {
    for (const group of [...this.#composers.keys()]) this.forget(group);
  }

  async #restore(group: string, composer: Composer): Promise<void> {
    try {
      const kept = await this.backend.draft(group);
      if (kept === null || this.#composers.get(group) !== composer) return;
      composer.restore(kept);
      this.#kept.set(group, JSON.stringify(composer.toKeep()));
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  #changed(group: string): void {
    const now = Date.now();
    const since = this.#waiting.get(group)?.since ?? now;
    this.#wait(group, since, Math.max(0, Math.min(PAUSE_MS, since + WAIT_MAX_MS - now)));
  }

  #wait(group: string, since: number, ms: number): void {
    clearTimeout(this.#waiting.get(group)?.timer);
    this.#waiting.set(group, { since, timer: setTimeout(() => this.#keep(group), ms) });
  }

  #keep(group: string): void {
    const keeping = this.#keepNow(group).finally(() => this.#under.delete(keeping));
    this.#under.add(keeping);
  }

  async #keepNow(group: string): Promise<void> {
    const waiting = this.#waiting.get(group);
    const composer = this.#composers.get(group);
    if (waiting === undefined || composer === undefined) return;
    clearTimeout(waiting.timer);
    this.#waiting.delete(group);
    const draft = composer.toKeep();
    const something = draft.text !== '' || draft.replyTo !== null || draft.edit !== null;
    const said = something ? JSON.stringify(draft) : undefined;
    if (this.#kept.get(group) === said) return;
    try {
      await this.backend.keepDraft(group, draft);
      if (said === undefined) this.#kept.delete(group);
      else this.#kept.set(group, said);
      this.#failing = false;
    } catch (thrown) {
      if (!this.#composers.has(group)) return;
      if (!this.#failing) this.failed(thrown);
      this.#failing = true;
      if (!this.#waiting.has(group)) this.#wait(group, Date.now(), AGAIN_MS);
    }
  }
}

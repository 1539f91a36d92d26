/**
 * Calls whose order counts. The bridge to the engine runs what is asked of it at the same time, so of two messages sent
 * in a row the second may come first: what is said in one group is handed over one call at a time.
 */
import type { Backend } from './backend';

/** Calls that begin one after the other, each when the one before it has ended, well or not. */
class Line {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  get empty(): boolean {
    return this.#waiting === 0;
  }

  run<T>(call: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const mine = this.#last.then(call).finally(() => this.#waiting--);
    this.#last = mine.catch(() => {});
    return mine;
  }
}

/** The backend, with a line before each group. Only lines in which a call waits are kept. */
export function inOrder(backend: Backend): Backend {
  const lines = new Map<string, Line>();
  const queued =
    <Rest extends unknown[], T>(call: (group: string, ...rest: Rest) => Promise<T>) =>
    async (group: string, ...rest: Rest): Promise<T> => {
      const line = lines.get(group) ?? new Line();
      lines.set(group, line);
      try {
        return await line.run(() => call(group, ...rest));
      } finally {
        if (line.empty) lines.delete(group);
      }
    };
  return {
    ...backend,
    keepDraft: queued(backend.keepDraft),
    send: queued(backend.send),
    react: queued(backend.react),
    edit: queued(backend.edit),
    delete: queued(backend.delete),
  };
}

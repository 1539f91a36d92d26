/**
 * Where a message's actions are placed: next to the pointer, or in view, since a message may be taller than the window.
 */
import type { Attachment } from 'svelte/attachments';

const BAR_PX = 28;

export class Beside {
  /** From the top of the message. */
  offset = $state(0);
  #line: HTMLElement | undefined;

  line: Attachment<HTMLElement> = (element) => {
    this.#line = element;
  };

  follow(event: PointerEvent | FocusEvent): void {
    if (this.#line === undefined) return;
    // They must not move while the pointer approaches them.
    if (event.target instanceof Element && event.target.closest('[role=toolbar]') !== null) return;
    const { top, height } = this.#line.getBoundingClientRect();
    const wanted = 'clientY' in event ? event.clientY - top - BAR_PX / 2 : this.#edge(this.#line) - top;
    this.offset = Math.round(Math.max(0, Math.min(wanted, height - BAR_PX)));
  }

  /** The upper edge of the visible part. */
  #edge(line: HTMLElement): number {
    return line.closest('[role=region]')?.getBoundingClientRect().top ?? 0;
  }
}

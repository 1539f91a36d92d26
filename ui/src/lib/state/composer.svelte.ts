/**
 * What is being written in one group: the draft, a reply, or an edit of an own message. It is kept by the engine, in
 * its encrypted store, never in the page's storage, which would put unsent words on the disk in the clear.
 */
import type { Draft, DraftToKeep, KeptDraft, MessageRow, Quote } from '../bindings';
import { firstBytes } from '../text/letters';
import { formatOf } from '../text/markdown';

/** One message's text, in bytes of UTF-8. */
export const TEXT_BYTES_MAX = 64 * 1024;
/** In UTF-16 units: what is too long to be sent can be pasted and cut to size, but not without end. */
export const TYPED_MAX = 2 * TEXT_BYTES_MAX;
/** From this many bytes left on, the composer says how many. */
export const BYTES_LEFT_SHOWN = 4 * 1024;

/** What is sent of what was typed: without blank lines before it and blanks after it. Indents stay as they are. */
export function tidied(typed: string): string {
  return typed.trimEnd().replace(/^(?:[^\S\n]*\n)+/, '');
}

const encoder = new TextEncoder();
const NOTHING = { text: '', replyTo: null } as const;

export class Composer {
  #text = $state('');
  #replyTo = $state.raw<Quote | null>(null);
  #editing = $state.raw<{ message: string; before: string } | null>(null);
  /** What was being written before an edit began; it comes back afterwards. */
  #parked: { text: string; replyTo: Quote | null } = NOTHING;

  /** `changed` hears of everything that a kept draft would have to follow. */
  constructor(private readonly changed: () => void = () => {}) {}

  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
    this.changed();
  }

  get replyTo(): Quote | null {
    return this.#replyTo;
  }

  get editing(): { message: string; before: string } | null {
    return this.#editing;
  }

  bytesLeft = $derived(
    // Counting is only needed near the limit: a UTF-16 unit is at most three bytes.
    this.text.length * 3 < TEXT_BYTES_MAX - BYTES_LEFT_SHOWN
      ? TEXT_BYTES_MAX
      : TEXT_BYTES_MAX - encoder.encode(tidied(this.text)).length,
  );
  ready = $derived(this.text.trim() !== '' && this.bytesLeft >= 0);

  /** Answers a message. False when an edit is under way in which something was changed: that is not to be lost. */
  reply(message: MessageRow): boolean {
    if (this.editChanged) return false;
    this.cancelEdit();
    const text = message.body.type === 'text' ? message.body.text : null;
    this.#answer({ message: message.message, sender: message.sender, text });
    return true;
  }

  /** Edits an own message; not over another edit in which something was changed. */
  edit(message: MessageRow): boolean {
    if (message.body.type !== 'text' || this.editChanged) return false;
    this.editAs(message.message, message.body.text);
    return true;
  }

  /** Begins an edit of an own message with this text, in place of the one that it has. */
  editAs(message: string, text: string, before = text): void {
    if (this.editing === null) this.#parked = { text: this.text, replyTo: this.replyTo };
    this.#replyTo = null;
    this.#editing = { message, before };
    this.text = text;
  }

  /** Whether saving the edit under way would change anything. */
  get editChanged(): boolean {
    return this.editing !== null && tidied(this.text) !== tidied(this.editing.before);
  }

  cancelEdit(): void {
    if (this.editing === null) return;
    const { text, replyTo } = this.#parked;
    this.#editing = null;
    this.#replyTo = replyTo;
    this.#parked = NOTHING;
    this.text = text;
  }

  /** Esc: the innermost thing first. False when there was nothing to cancel. */
  cancel(): boolean {
    if (this.editing !== null) this.cancelEdit();
    else if (this.replyTo !== null) this.#answer(null);
    else return false;
    return true;
  }

  /** Takes what is to be sent out of the composer, and empties it. */
  takeDraft(): { draft: Draft; quote: Quote | null } {
    const text = tidied(this.text);
    const reply = this.replyTo;
    this.#replyTo = null;
    this.text = '';
    return {
      draft: { text, format: formatOf(text), replyTo: reply?.message ?? null },
      quote: reply,
    };
  }

  /** Puts back what could not be sent, before what was begun meanwhile. */
  putBack(draft: Draft, quote: Quote | null): void {
    this.#putBefore({ text: draft.text, replyTo: quote });
  }

  /** What there is to keep of all this, should the program end now. */
  toKeep(): DraftToKeep {
    const under = this.editing === null ? { text: this.text, replyTo: this.replyTo } : this.#parked;
    return {
      text: under.text.trim() === '' ? '' : firstBytes(under.text, TEXT_BYTES_MAX),
      replyTo: under.replyTo?.message ?? null,
      // An edit that changes nothing is nothing to keep.
      edit:
        this.editing !== null && this.editChanged
          ? { message: this.editing.message, text: firstBytes(this.text, TEXT_BYTES_MAX) }
          : null,
    };
  }

  /** Goes on where the person stopped when the program ended, whatever was begun before that was known. */
  restore({ text, replyTo, edit }: KeptDraft): void {
    this.#putBefore({ text, replyTo });
    if (edit !== null && this.editing === null) this.editAs(edit.message, edit.text, edit.before);
  }

  #putBefore(first: { text: string; replyTo: Quote | null }): void {
    const before = ({ text, replyTo }: { text: string; replyTo: Quote | null }) => ({
      text: [first.text, text].filter((part) => part !== '').join('\n\n'),
      replyTo: replyTo ?? first.replyTo,
    });
    if (this.editing !== null) {
      this.#parked = before(this.#parked);
      this.changed();
      return;
    }
    const all = before({ text: this.text, replyTo: this.replyTo });
    this.#replyTo = all.replyTo;
    this.text = all.text;
  }

  #answer(quote: Quote | null): void {
    this.#replyTo = quote;
    this.changed();
  }
}

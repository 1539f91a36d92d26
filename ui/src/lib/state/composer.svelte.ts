/**
 * What is being written in one group: the draft, a reply, or an edit of an own message. The engine stores it,
 * encrypted; the page's storage would put unsent text on disk in the clear.
 */
import { limits } from '../limits';
import type { Draft, DraftToKeep, KeptDraft, MessageRow, Quote } from '../bindings';
import { firstBytes } from '../text/letters';
import { formatOf } from '../text/markdown';

/** In UTF-16 units: a text that is too long to send can be pasted and shortened, within a limit. */
export const TYPED_MAX = 2 * limits.textBytes;
/** From this many bytes left, the composer shows the number. */
export const BYTES_LEFT_SHOWN = 4 * 1024;

/** The text to send: without leading blank lines and trailing whitespace. Indents are kept. */
export function tidied(typed: string): string {
  return typed.trimEnd().replace(/^(?:[^\S\n]*\n)+/, '');
}

const encoder = new TextEncoder();
const NOTHING = { text: '', replyTo: null } as const;

export class Composer {
  #text = $state('');
  #replyTo = $state.raw<Quote | null>(null);
  #editing = $state.raw<{ message: string; before: string } | null>(null);
  /** The draft from before an edit started; restored afterwards. */
  #parked: { text: string; replyTo: Quote | null } = NOTHING;

  /** `changed` is called on every change that a stored draft must follow. */
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
    // Count only near the limit: a UTF-16 unit is at most three bytes.
    this.text.length * 3 < limits.textBytes - BYTES_LEFT_SHOWN
      ? limits.textBytes
      : limits.textBytes - encoder.encode(tidied(this.text)).length,
  );
  ready = $derived(this.text.trim() !== '' && this.bytesLeft >= 0);

  /** Replies to a message. False during an edit with changes, which must not be lost. */
  reply(message: MessageRow): boolean {
    if (this.editChanged) return false;
    this.cancelEdit();
    const text = message.body.type === 'text' ? message.body.text : null;
    this.#answer({ message: message.message, sender: message.sender, text });
    return true;
  }

  /** Edits an own message; false during another edit with changes. */
  edit(message: MessageRow): boolean {
    if (message.body.type !== 'text' || this.editChanged) return false;
    this.editAs(message.message, message.body.text);
    return true;
  }

  /** Starts an edit of an own message with this text instead of its own. */
  editAs(message: string, text: string, before = text): void {
    if (this.editing === null) this.#parked = { text: this.text, replyTo: this.replyTo };
    this.#replyTo = null;
    this.#editing = { message, before };
    this.text = text;
  }

  /** Whether saving the current edit would change anything. */
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

  /** Esc: cancels the innermost thing. False if there was nothing to cancel. */
  cancel(): boolean {
    if (this.editing !== null) this.cancelEdit();
    else if (this.replyTo !== null) this.#answer(null);
    else return false;
    return true;
  }

  /** Takes the draft to send, and empties the composer. */
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

  /** Restores what could not be sent, before what was started meanwhile. */
  putBack(draft: Draft, quote: Quote | null): void {
    this.#putBefore({ text: draft.text, replyTo: quote });
  }

  /** What to store of all this, in case the program ends now. */
  toKeep(): DraftToKeep {
    const under = this.editing === null ? { text: this.text, replyTo: this.replyTo } : this.#parked;
    return {
      text: under.text.trim() === '' ? '' : firstBytes(under.text, limits.textBytes),
      replyTo: under.replyTo?.message ?? null,
      // An edit without changes is not stored.
      edit:
        this.editing !== null && this.editChanged
          ? { message: this.editing.message, text: firstBytes(this.text, limits.textBytes) }
          : null,
    };
  }

  /** Restores what was being written when the program ended, even if something was started before it was loaded. */
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

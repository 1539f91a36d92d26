/** Desktop notifications for what arrived while nobody was looking. A burst in one group becomes one notification. */
import type { Backend } from '../backend/backend';
import type { Settings, TimelineRow } from '../bindings';
import { shortened } from '../text/letters';
import { words } from '../words/catalogue';
import { changeSentence, count, fill, subject } from '../words/say';

/** Arrivals within this time are combined. */
const GATHER_MS = 400;
/** How many of the newest rows to search for them: one page. */
const LOOK_AT = 200;
/** Membership changes that a notification names; of more it gives the number. */
const CHANGES_NAMED = 3;
/** Letters shown of a message. */
const TEXT_MAX = 200;

export class Notifier {
  /** Row ids by group since the last notification; emptied every `GATHER_MS`. */
  #waiting = new Map<string, string[]>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly backend: Backend,
    private readonly nameOf: (group: string) => string | undefined,
    /** Whether the person can see the newest rows of this group now. */
    private readonly inView: (group: string) => boolean,
    private readonly choices: () => Pick<Settings, 'notifications' | 'hideText' | 'sound'>,
  ) {}

  heard(group: string, row: string): void {
    if (!this.choices().notifications || this.inView(group)) return;
    this.#waiting.set(group, [...(this.#waiting.get(group) ?? []), row]);
    this.#timer ??= setTimeout(() => void this.#tell(), GATHER_MS);
  }

  async #tell(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = new Map();
    this.#timer = undefined;
    for (const [group, rows] of waiting) {
      try {
        await this.#tellGroup(group, rows);
      } catch {
        // A desktop without notifications is no error; the counts in the list remain.
      }
    }
  }

  async #tellGroup(group: string, ids: readonly string[]): Promise<void> {
    const page = await this.backend.timeline(group, { before: null, from: null, limit: LOOK_AT });
    const name = this.nameOf(group) ?? words.app.name;
    const row = page.rows.find((candidate) => candidate.id === ids.at(-1));
    const { hideText, sound } = this.choices();
    const body = ids.length > 1 ? severalLine(ids, page.rows) : rowLine(row, name, hideText);
    await this.backend.notify(fill(words.notify.title, { group: name }), body, group, sound);
  }
}

/** Membership changes are named even in a burst: they must not be lost among messages. */
function severalLine(ids: readonly string[], rows: readonly TimelineRow[]): string {
  const changes = rows.filter((row) => ids.includes(row.id) && row.body.kind === 'membership');
  const messages = ids.length - changes.length;
  const lines = changes.slice(-CHANGES_NAMED).map((row) => rowLine(row, '', false));
  if (changes.length > CHANGES_NAMED) lines.push(count(changes.length - CHANGES_NAMED, words.counts.moreChanges));
  if (messages > 0) lines.push(count(messages, words.counts.newMessages));
  return lines.join('\n');
}

function rowLine(row: TimelineRow | undefined, group: string, hideText: boolean): string {
  if (row?.body.kind === 'membership') return fill(words.notify.change, { change: changeSentence(row.body.change) });
  if (row?.body.kind !== 'message') return fill(words.notify.other, { group });
  const { sender, body } = row.body;
  return body.type === 'text' && !hideText
    ? fill(words.notify.message, { sender: subject(sender), text: shortened(body.text, TEXT_MAX) })
    : fill(words.notify.hidden, { sender: subject(sender) });
}

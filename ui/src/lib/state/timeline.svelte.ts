/** The loaded part of one group's timeline: reading, extending at both ends, following the newest row, local echoes. */
import { limits } from '../limits';
import { tick } from 'svelte';
import type { Backend } from '../backend/backend';
import type { Draft, Person, Quote, TimelinePage, TimelineRow } from '../bindings';
import {
  PAGE,
  WINDOW_MAX,
  appended,
  emptyWindow,
  isUnplaced,
  keepIdentity,
  ordered,
  prepended,
  rereadFrom,
  withoutHead,
  withoutTail,
  type RowWindow,
} from '../timeline/window';
import { Coalesced } from './rereads';

/** Shortest interval between reads while events arrive. */
const REREAD_GAP_MS = 80;
/** Most rows to read to fill a view when lines fold many rows each. */
const FILL_MAX = 2_000;
/** How many pages to search backwards for a row: 5,000 rows. */
const SEARCH_PAGES_MAX = 25;
/** Echoes come after every row of the engine; positions stay below 2^53. */
const ECHO_POSITION = Number.MAX_SAFE_INTEGER - 1_000;

interface Echo {
  row: TimelineRow;
  /** The engine's id, once it has accepted the message. */
  id: string | null;
}

export class Timeline {
  window = $state.raw<RowWindow>(emptyWindow);
  firstUnread = $state<string | null>(null);
  loaded = $state(false);
  loadingOlder = $state(false);
  loadingNewer = $state(false);
  /** For the virtual list: the next change of length is at the old end. */
  shift = $state(false);
  /** Whether the reader is at the newest row; set by the view. */
  atEnd = $state(true);

  #echoes = $state.raw<Echo[]>([]);
  #echoCount = 0;
  #closed = false;
  #reread = new Coalesced(() => this.#rereadNow().catch(this.told.failed), REREAD_GAP_MS);

  rows = $derived<readonly TimelineRow[]>(
    this.#echoes.length === 0 || this.window.moreAfter
      ? this.window.rows
      : [
          ...this.window.rows,
          ...this.#echoes.filter((echo) => !this.window.rows.some((row) => row.id === echo.id)).map((echo) => echo.row),
        ],
  );

  constructor(
    private readonly backend: Backend,
    readonly group: string,
    private readonly told: {
      /** Called with rows that appeared at the newest end after the first read. */
      arrived: (rows: readonly TimelineRow[]) => void;
      /** Called when a background read fails. */
      failed: (thrown: unknown) => void;
    } = { arrived: () => {}, failed: () => {} },
  ) {}

  close(): void {
    this.#closed = true;
  }

  /** Reads the initial part: around a position, or the first unread row if there is one, else the newest. */
  async open(position: number | null = null): Promise<void> {
    if (position !== null) return this.#openAt(position);
    const newest = await this.#read({ before: null, from: null, limit: PAGE });
    const found = newest.firstUnread === null ? newest : await this.#backTo(newest, newest.firstUnread);
    if (this.#closed) return;
    const missed = newest.firstUnread !== null && !found.rows.some((row) => row.id === newest.firstUnread);
    this.#show(missed ? newest : found);
    this.firstUnread = newest.firstUnread;
    this.loaded = true;
  }

  async #openAt(position: number): Promise<void> {
    const [older, newer] = await Promise.all([
      this.#read({ before: position, from: null, limit: PAGE }),
      this.#read({ before: null, from: position, limit: PAGE }),
    ]);
    if (this.#closed) return;
    this.atEnd = false;
    this.#show(prepended(newer, older));
    this.firstUnread = newer.firstUnread;
    this.loaded = true;
  }

  /** Something changed: reads the loaded part again, and what follows it if the reader is at the end. */
  refresh(): Promise<void> {
    return this.loaded ? this.#reread.request() : Promise.resolve();
  }

  /** The loaded rows fold into less than the view holds: reads more, and drops nothing at the other end. */
  async fillUp(): Promise<void> {
    if (this.window.rows.length < FILL_MAX) await this.loadOlder(true);
  }

  async loadOlder(keepTail = false): Promise<void> {
    const first = this.window.rows[0];
    if (!this.window.moreBefore || this.loadingOlder || first === undefined) return;
    this.loadingOlder = true;
    try {
      const page = await this.#read({ before: first.position, from: null, limit: PAGE });
      if (this.#closed || this.window.rows[0]?.id !== first.id) return;
      this.shift = true;
      this.window = prepended(this.window, page);
      await tick();
      this.shift = false;
      if (!keepTail) this.window = withoutTail(this.window);
    } finally {
      this.loadingOlder = false;
    }
  }

  async loadNewer(): Promise<void> {
    const last = this.window.rows.at(-1);
    if (!this.window.moreAfter || this.loadingNewer || last === undefined) return;
    this.loadingNewer = true;
    try {
      const page = await this.#read({ before: null, from: last.position + 1, limit: PAGE });
      if (this.#closed || this.window.rows.at(-1)?.id !== last.id) return;
      this.window = appended(this.window, page);
      await tick();
      this.shift = true;
      this.window = withoutHead(this.window);
      await tick();
      this.shift = false;
    } finally {
      this.loadingNewer = false;
    }
  }

  /** Shows the newest rows, wherever the reader is. */
  async toNewest(): Promise<void> {
    if (!this.window.moreAfter) return;
    const page = await this.#read({ before: null, from: null, limit: PAGE });
    if (this.#closed) return;
    this.firstUnread = page.firstUnread;
    this.#show(page);
  }

  /** Loads the first unread row if necessary. False if it is too far back. */
  async toFirstUnread(): Promise<boolean> {
    const wanted = this.firstUnread;
    return wanted !== null && this.#toRow((row) => row.id === wanted);
  }

  /** Loads a message if necessary; returns its row, or null if it is too far back. */
  async findMessage(message: string): Promise<TimelineRow | null> {
    const has = (row: TimelineRow) => row.body.kind === 'message' && row.body.message === message;
    return (await this.#toRow(has)) ? (this.rows.find(has) ?? null) : null;
  }

  /** Sends, with a row on screen at once. Rejects as the backend does, and then removes the row. */
  async send(draft: Draft, me: Person, quote: Quote | null): Promise<void> {
    const echo: Echo = { row: this.#echoRow(draft, me, quote), id: null };
    this.#echoes = [...this.#echoes, echo];
    try {
      const id = await this.backend.send(this.group, draft);
      this.#echoes = this.#echoes.map((other) => (other === echo ? { ...echo, id } : other));
      await this.toNewest().catch(this.told.failed);
      await this.refresh();
    } finally {
      this.#echoes = this.#echoes.filter((other) => other.row !== echo.row);
    }
  }

  #echoRow(draft: Draft, me: Person, quote: Quote | null): TimelineRow {
    const key = `echo:${this.#echoCount++}`;
    return {
      id: key,
      position: ECHO_POSITION + (this.#echoCount % 1_000),
      atMs: Date.now(),
      epoch: 0,
      body: {
        kind: 'message',
        message: key,
        sender: me,
        body: { type: 'text', text: draft.text, format: draft.format },
        replyTo: quote,
        reactions: [],
        edited: false,
        state: { state: 'queued' },
      },
    };
  }

  #show(page: RowWindow): void {
    this.shift = false;
    this.window = {
      rows: keepIdentity(this.window.rows, ordered(page.rows)),
      moreBefore: page.moreBefore,
      moreAfter: page.moreAfter,
    };
  }

  #read(query: { before: number | null; from: number | null; limit: number }): Promise<TimelinePage> {
    return this.backend.timeline(this.group, query);
  }

  /** Pages backwards from `start` to the row with this id, keeping only the last part read. */
  async #backTo(start: TimelinePage, id: string): Promise<RowWindow> {
    return this.#searchBack(start, (row) => row.id === id);
  }

  async #toRow(wanted: (row: TimelineRow) => boolean): Promise<boolean> {
    if (this.rows.some(wanted)) return true;
    const start = this.window;
    const found = await this.#searchBack(start, wanted);
    if (this.#closed || !found.rows.some(wanted)) return false;
    const changed = this.window !== start;
    this.#show(found);
    // What arrived meanwhile was not found.
    if (changed) void this.refresh();
    await tick();
    return true;
  }

  async #searchBack(start: RowWindow, wanted: (row: TimelineRow) => boolean): Promise<RowWindow> {
    let stretch: RowWindow = start;
    for (let pages = 0; pages < SEARCH_PAGES_MAX; pages++) {
      const first = stretch.rows[0];
      if (first === undefined || !stretch.moreBefore || stretch.rows.some(wanted)) break;
      stretch = withoutTail(
        prepended(stretch, await this.#read({ before: first.position, from: null, limit: limits.pageRows })),
      );
    }
    return stretch;
  }

  async #rereadNow(): Promise<void> {
    if (this.#closed) return;
    const from = rereadFrom(this.window);
    const before = this.window;
    const fresh = from === null ? await this.#newest() : await this.#stretch(from, before);
    if (this.#closed) return;
    if (this.window !== before) {
      // It grew meanwhile: what was read no longer covers it.
      void this.#reread.request();
      return;
    }
    this.#show(fresh);
    if (before.moreAfter) return;
    const last = before.rows.findLast((row) => !isUnplaced(row))?.position ?? -1;
    const known = new Set(before.rows.map((row) => row.id));
    this.told.arrived(fresh.rows.filter((row) => !known.has(row.id) && row.position > last));
  }

  async #newest(): Promise<RowWindow> {
    const page = await this.#read({ before: null, from: null, limit: PAGE });
    this.firstUnread = page.firstUnread;
    return page;
  }

  /** Reads from a position everything that is shown; to the very end if the end was shown. */
  async #stretch(from: number, shown: RowWindow): Promise<RowWindow> {
    const until = shown.rows.at(-1)?.position ?? 0;
    const rows: TimelineRow[] = [];
    let page: TimelinePage;
    let next = from;
    let moreBefore: boolean | null = null;
    do {
      page = await this.#read({ before: null, from: next, limit: limits.pageRows });
      moreBefore ??= page.moreBefore;
      rows.push(...page.rows);
      next = (rows.at(-1)?.position ?? next) + 1;
    } while (page.moreAfter && page.rows.length > 0 && rows.length < WINDOW_MAX && (!shown.moreAfter || next <= until));
    this.firstUnread = page.firstUnread;
    // More arrived than a read returns, and the reader follows the end: start over from there.
    if (page.moreAfter && !shown.moreAfter && this.atEnd) return this.#newest();
    return { rows, moreBefore: moreBefore ?? false, moreAfter: page.moreAfter };
  }
}

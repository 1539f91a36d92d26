/** The log panel's view of a group's membership log: a page around an entry or from the newest, with filters. */
import { limits } from '../limits';
import type { Backend } from '../backend/backend';
import type { LogChain, LogQuery, LogRow, MembershipKind } from '../bindings';
import { Coalesced } from './rereads';

const PAGE = 50;
/** Newer entries shown above the requested one. */
const ABOVE = 8;
const REREAD_GAP_MS = 200;

/** An entry, or a run of consecutive key renewals, shown as one line that expands. */
export type LogItem = { kind: 'entry'; entry: LogRow } | { kind: 'renewals'; entries: readonly LogRow[] };

/** Folds runs of at least two renewals. `target` is the index of an entry that must not be folded. */
export function folded(rows: readonly LogRow[], target: number | null): LogItem[] {
  const items: LogItem[] = [];
  for (const entry of rows) {
    const last = items.at(-1);
    if (entry.change.kind !== 'keysRenewed' || entry.index === target) items.push({ kind: 'entry', entry });
    else if (last?.kind === 'renewals') last.entries = [...last.entries, entry];
    else items.push({ kind: 'renewals', entries: [entry] });
  }
  return items.map((item) => {
    const [only, second] = item.kind === 'renewals' ? item.entries : [];
    return only !== undefined && second === undefined ? { kind: 'entry', entry: only } : item;
  });
}

export class MembershipLog {
  rows = $state.raw<readonly LogRow[]>([]);
  more = $state(false);
  total = $state(0);
  chain = $state.raw<LogChain>({ state: 'intact', entries: 0 });
  loaded = $state(false);
  /** The entry to highlight. */
  target = $state<number | null>(null);

  person = $state<string | null>(null);
  kind = $state<MembershipKind | null>(null);
  text = $state('');

  /** Null: from the newest. Else only entries before this index. */
  #before = $state<number | null>(null);
  #limit = PAGE;
  #again = new Coalesced(() => this.#read(), REREAD_GAP_MS);

  filtered = $derived(this.person !== null || this.kind !== null || this.text.trim() !== '');
  items = $derived(
    this.kind === 'keysRenewed'
      ? this.rows.map((entry) => ({ kind: 'entry' as const, entry }))
      : folded(this.rows, this.target),
  );
  fromNewest = $derived(this.#before === null);

  constructor(
    private readonly backend: Backend,
    private readonly group: string,
    private readonly failed: (thrown: unknown) => void,
  ) {}

  refresh(): Promise<void> {
    return this.#again.request();
  }

  /** Shows the entry with this index, without filters. */
  openAt(index: number): Promise<void> {
    this.person = null;
    this.kind = null;
    this.text = '';
    this.target = index;
    this.#before = index + ABOVE + 1;
    this.#limit = PAGE;
    return this.refresh();
  }

  /** Shows only what one person did, or what was done to them. */
  showPerson(user: string): Promise<void> {
    this.kind = null;
    this.text = '';
    this.person = user;
    return this.toNewest();
  }

  toNewest(): Promise<void> {
    this.target = null;
    this.#before = null;
    this.#limit = PAGE;
    return this.refresh();
  }

  /** After a filter changed. */
  filter(): Promise<void> {
    return this.toNewest();
  }

  async loadOlder(): Promise<void> {
    const last = this.rows.at(-1);
    if (last === undefined || !this.more) return;
    try {
      const page = await this.#page(last.index, PAGE);
      if (this.rows.at(-1)?.index !== last.index) return;
      this.rows = [...this.rows, ...page.rows];
      this.more = page.more;
      this.#limit = this.rows.length;
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  /** The filters as a query, for all pages. */
  query(): LogQuery {
    const text = this.text.trim();
    const kinds = this.kind === null ? [] : [this.kind];
    return { before: null, limit: 0, person: this.person, kinds, text: text === '' ? null : text };
  }

  #page(before: number | null, limit: number) {
    return this.backend.membershipLog(this.group, { ...this.query(), before, limit: Math.min(limit, limits.pageRows) });
  }

  async #read(): Promise<void> {
    try {
      const page = await this.#page(this.#before, this.#limit);
      this.rows = page.rows;
      this.more = page.more;
      this.total = page.total;
      this.chain = page.chain;
      if (this.#before !== null && this.#before >= page.total && !this.filtered) this.#before = null;
      this.loaded = true;
    } catch (thrown) {
      this.failed(thrown);
    }
  }
}

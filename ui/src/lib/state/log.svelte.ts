/** What the log panel shows of one group's membership log: a page around an entry or from the newest, with filters. */
import type { Backend } from '../backend/backend';
import type { LogChain, LogRow, MembershipKind } from '../bindings';
import { Coalesced } from './coalesce';

const PAGE = 50;
/** Entries newer than the wanted one that are shown above it. */
const ABOVE = 8;
const REREAD_GAP_MS = 200;

export class MembershipLog {
  rows = $state.raw<readonly LogRow[]>([]);
  more = $state(false);
  total = $state(0);
  chain = $state.raw<LogChain>({ state: 'intact' });
  loaded = $state(false);
  /** The entry to point at. */
  target = $state<number | null>(null);

  person = $state<string | null>(null);
  kind = $state<MembershipKind | null>(null);
  text = $state('');

  /** Null: from the newest on. Else only entries before this index. */
  #before = $state<number | null>(null);
  #limit = PAGE;
  #again = new Coalesced(() => this.#read(), REREAD_GAP_MS);

  filtered = $derived(this.person !== null || this.kind !== null || this.text.trim() !== '');
  fromNewest = $derived(this.#before === null);

  constructor(
    private readonly backend: Backend,
    private readonly group: string,
    private readonly failed: (thrown: unknown) => void,
  ) {}

  refresh(): Promise<void> {
    return this.#again.request();
  }

  /** Shows the entry with this index, without any filter. */
  openAt(index: number): Promise<void> {
    this.person = null;
    this.kind = null;
    this.text = '';
    this.target = index;
    this.#before = index + ABOVE + 1;
    this.#limit = PAGE;
    return this.refresh();
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

  #page(before: number | null, limit: number) {
    const text = this.text.trim();
    const kinds = this.kind === null ? [] : [this.kind];
    return this.backend.membershipLog(this.group, {
      before,
      limit: Math.min(limit, 200),
      person: this.person,
      kinds,
      text: text === '' ? null : text,
    });
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

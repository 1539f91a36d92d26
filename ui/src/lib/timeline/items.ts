/**
 * What the timeline shows for a run of rows: day separators, messages grouped by sender, runs of membership changes
 * folded into one. Pure, so that every rule here is a plain test.
 */
import type { MembershipChange, MessageRow, TimelineRow } from '../bindings';
import { localDay } from '../words/dates';

/** Messages of one sender this close together share one heading. */
export const GROUPING_MS = 5 * 60_000;
/** From this many membership changes in a row on, they fold into one. */
export const FOLD_MIN = 4;
/** So many go in one fold: it names everybody they are about. */
export const FOLD_MAX = 24;

export type MessageItem = {
  kind: 'message';
  key: string;
  row: TimelineRow;
  message: MessageRow;
  /** The first and the last of a run of one sender's messages. */
  first: boolean;
  last: boolean;
};

export type DoorItem = {
  kind: 'door';
  key: string;
  row: TimelineRow;
  change: MembershipChange;
  logIndex: number;
  seen: boolean;
};

export type FoldItem = {
  kind: 'fold';
  key: string;
  doors: DoorItem[];
  /** It happened after the reader last looked. */
  away: boolean;
  open: boolean;
};

export type Item =
  | { kind: 'beginning'; key: string }
  | { kind: 'day'; key: string; atMs: number }
  | { kind: 'new'; key: string }
  | { kind: 'plain'; key: string; row: TimelineRow }
  | MessageItem
  | DoorItem
  | FoldItem;

export interface ItemOptions {
  /** Nothing is older than the first row. */
  atBeginning: boolean;
  /** The row before which the line "New" goes. */
  newFrom: string | null;
  /** Keys of the folds that are open. */
  openFolds: ReadonlySet<string>;
  /** Rows that arrived while the room was open, by the turn that they arrived in: they fold with none of another turn. */
  arrived: ReadonlyMap<string, number>;
}

export function buildItems(rows: readonly TimelineRow[], options: ItemOptions): Item[] {
  const items: Item[] = [];
  let run: DoorItem[] = [];
  let previous: TimelineRow | undefined;
  let away = false;
  const flush = () => {
    items.push(...foldRun(run, away, options.openFolds));
    run = [];
  };
  if (options.atBeginning && rows.length > 0) items.push({ kind: 'beginning', key: 'beginning' });
  for (const row of rows) {
    if (previous === undefined || localDay(previous.atMs) !== localDay(row.atMs)) {
      flush();
      items.push({ kind: 'day', key: `day:${row.id}`, atMs: row.atMs });
    }
    if (row.id === options.newFrom) {
      flush();
      away = true;
      items.push({ kind: 'new', key: 'new' });
    }
    const { body } = row;
    if (body.kind === 'membership') {
      const before = run.at(-1);
      if (before !== undefined && options.arrived.get(before.key) !== options.arrived.get(row.id)) flush();
      run.push({ kind: 'door', key: row.id, row, change: body.change, logIndex: body.logIndex, seen: body.seen });
    } else {
      flush();
      if (body.kind === 'message') {
        items.push({ kind: 'message', key: row.id, row, message: body, first: true, last: true });
      } else {
        items.push({ kind: 'plain', key: row.id, row });
      }
    }
    previous = row;
  }
  flush();
  return groupMessages(items);
}

function foldRun(run: DoorItem[], away: boolean, open: ReadonlySet<string>): Item[] {
  if (run.length > FOLD_MAX) {
    return [...foldRun(run.slice(0, FOLD_MAX), away, open), ...foldRun(run.slice(FOLD_MAX), away, open)];
  }
  const first = run[0];
  if (first === undefined || run.length < FOLD_MIN) return run;
  const key = `fold:${first.key}`;
  const isOpen = open.has(key);
  const fold: FoldItem = { kind: 'fold', key, doors: run, away, open: isOpen };
  return isOpen ? [fold, ...run] : [fold];
}

/** Decides which messages begin and end a run; anything between two messages ends it. */
function groupMessages(items: Item[]): Item[] {
  for (let i = 1; i < items.length; i++) {
    const before = items[i - 1];
    const here = items[i];
    if (before?.kind !== 'message' || here?.kind !== 'message') continue;
    const together =
      before.message.sender.user === here.message.sender.user &&
      here.row.atMs - before.row.atMs < GROUPING_MS &&
      here.message.replyTo === null;
    if (together) {
      before.last = false;
      here.first = false;
    }
  }
  return items;
}

/** The rows that an item stands for. */
export function rowsOf(item: Item): readonly TimelineRow[] {
  switch (item.kind) {
    case 'message':
    case 'door':
    case 'plain':
      return [item.row];
    case 'fold':
      return item.doors.map((door) => door.row);
    case 'beginning':
    case 'day':
    case 'new':
      return [];
  }
}

/** Where a row is among the items; in a closed fold this is the fold. -1 when it is not here. */
export function indexOfRow(items: readonly Item[], id: string): number {
  const exact = items.findIndex((item) => item.key === id);
  return exact >= 0 ? exact : items.findIndex((item) => rowsOf(item).some((row) => row.id === id));
}

/**
 * The timeline's items for a run of rows: day separators, messages grouped by sender, folded runs of membership
 * changes. Pure functions, so that every rule can be unit tested.
 */
import type { MembershipChange, MessageRow, TimelineRow } from '../bindings';
import { localDay } from '../words/dates';
import { FOLD_KEY, foldRun, type FoldItem } from './folds';

/** The key of a day line: this, and the row below it. */
const DAY_KEY = 'day:';
/** Messages of one sender within this time share one heading. */
export const GROUPING_MS = 5 * 60_000;

export type MessageItem = {
  kind: 'message';
  key: string;
  row: TimelineRow;
  message: MessageRow;
  /** The first and last message of a run by one sender. */
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

export type Item =
  | { kind: 'beginning'; key: string }
  | { kind: 'day'; key: string; atMs: number }
  | { kind: 'new'; key: string }
  | { kind: 'plain'; key: string; row: TimelineRow }
  | MessageItem
  | DoorItem
  | FoldItem;

export interface ItemOptions {
  /** The first row is the oldest. */
  atBeginning: boolean;
  /** The row that the line "New" precedes. */
  newFrom: string | null;
  /** Keys of the open folds. */
  openFolds: ReadonlySet<string>;
  /**
   * Rows that arrived while the group was open, with the number of their batch: rows of different batches do not fold
   * together.
   */
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
      items.push({ kind: 'day', key: DAY_KEY + row.id, atMs: row.atMs });
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

/** Finds where runs of messages start and end; anything between two messages ends a run. */
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

/** The row that the key of an item names; the key itself if that is a row's. */
export function rowOfKey(key: string): string {
  const prefix = [FOLD_KEY, DAY_KEY].find((candidate) => key.startsWith(candidate)) ?? '';
  return key.slice(prefix.length);
}

/** The rows of an item. */
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

/** The index of a row's item, which may be a closed fold; -1 if it is not there. */
export function indexOfRow(items: readonly Item[], id: string): number {
  const exact = items.findIndex((item) => item.key === id);
  return exact >= 0 ? exact : items.findIndex((item) => rowsOf(item).some((row) => row.id === id));
}

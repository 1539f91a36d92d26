/**
 * The loaded part of a timeline: always one contiguous run of rows, oldest first. Pure functions;
 * `state/timeline.svelte.ts` does the reading.
 */
import type { TimelinePage, TimelineRow } from '../bindings';

/** Most rows in memory; rows further from the reader are dropped and read again when needed. */
export const WINDOW_MAX = 400;
/** Rows requested when scrolling towards either end. */
export const PAGE = 100;

export interface RowWindow {
  rows: readonly TimelineRow[];
  moreBefore: boolean;
  moreAfter: boolean;
}

export const emptyWindow: RowWindow = { rows: [], moreBefore: false, moreAfter: false };

/** Sorted by position, one row per id; with duplicates the later one in the list wins. */
export function ordered(rows: readonly TimelineRow[]): TimelineRow[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return [...byId.values()].sort((a, b) => a.position - b.position);
}

/** Reuses the objects of unchanged rows, so that they are not rendered again. */
export function keepIdentity(old: readonly TimelineRow[], fresh: readonly TimelineRow[]): TimelineRow[] {
  const byId = new Map(old.map((row) => [row.id, row]));
  return fresh.map((row) => {
    const before = byId.get(row.id);
    return before !== undefined && JSON.stringify(before) === JSON.stringify(row) ? before : row;
  });
}

export function prepended(window: RowWindow, page: TimelinePage): RowWindow {
  return { rows: ordered([...page.rows, ...window.rows]), moreBefore: page.moreBefore, moreAfter: window.moreAfter };
}

export function appended(window: RowWindow, page: TimelinePage): RowWindow {
  return { rows: ordered([...window.rows, ...page.rows]), moreBefore: window.moreBefore, moreAfter: page.moreAfter };
}

/** Drops rows at the old end beyond `WINDOW_MAX`. */
export function withoutHead(window: RowWindow): RowWindow {
  const over = window.rows.length - WINDOW_MAX;
  return over <= 0 ? window : { ...window, rows: window.rows.slice(over), moreBefore: true };
}

/** Drops rows at the new end beyond `WINDOW_MAX`. */
export function withoutTail(window: RowWindow): RowWindow {
  return window.rows.length <= WINDOW_MAX
    ? window
    : { ...window, rows: window.rows.slice(0, WINDOW_MAX), moreAfter: true };
}

/** Not yet in the log: its position is a placeholder after everything else. */
export function isUnplaced(row: TimelineRow): boolean {
  return row.body.kind === 'message' && (row.body.state.state === 'queued' || row.body.state.state === 'failed');
}

/**
 * Where to start reading again: at the first row with a final position. Queued rows move when they are accepted, so
 * they can't be an anchor; null means to read the newest rows instead.
 */
export function rereadFrom(window: RowWindow): number | null {
  if (window.rows.length > 0 && !window.moreBefore) return 0;
  return window.rows.find((row) => !isUnplaced(row))?.position ?? null;
}

/** Times as people read them, by `Intl` alone. All times come as milliseconds since the Unix epoch. */
import { firstLetters } from '../text/letters';

/** The system's locale; one constant, so that every formatter agrees. */
export const locale: string | undefined = undefined;

const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
const weekdayShort = new Intl.DateTimeFormat(locale, { weekday: 'short' });
const weekdayLong = new Intl.DateTimeFormat(locale, { weekday: 'long' });
const dayMonth = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
const dayFull = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const dateShort = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });

const DAY_MS = 86_400_000;
const WEEK_DAYS = 6;

/** Days since the epoch in local time: equal for two times of the same local day. */
export function localDay(atMs: number): number {
  const date = new Date(atMs);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY_MS);
}

export function timeOf(atMs: number): string {
  return time.format(atMs);
}

/** For tooltips and screen readers. */
export function fullTime(atMs: number): string {
  return full.format(atMs);
}

/** The day separator: "Today", "Yesterday", "Monday", then the whole date. */
export function dayTitle(atMs: number, now: number): string {
  const ago = localDay(now) - localDay(atMs);
  if (ago === 0 || ago === 1) return capitalised(relative.format(-ago, 'day'));
  if (ago > 1 && ago <= WEEK_DAYS) return weekdayLong.format(atMs);
  return dayFull.format(atMs);
}

/** For narrow places: the time today, the weekday this week, then the date. */
export function shortWhen(atMs: number, now: number): string {
  const ago = localDay(now) - localDay(atMs);
  if (ago <= 0) return timeOf(atMs);
  if (ago <= WEEK_DAYS) return weekdayShort.format(atMs);
  return new Date(atMs).getFullYear() === new Date(now).getFullYear() ? dayMonth.format(atMs) : dateShort.format(atMs);
}

/** The local day as `2026-11-26`: sorts, and is the same everywhere. */
export function isoDay(atMs: number): string {
  return new Date(localDay(atMs) * DAY_MS).toISOString().slice(0, 10);
}

export function shortDate(atMs: number): string {
  return dateShort.format(atMs);
}

/** "today", "yesterday", "3 days ago". */
export function daysAgo(atMs: number, now: number): string {
  return relative.format(localDay(atMs) - localDay(now), 'day');
}

/** "in 12 seconds", "in 3 minutes". */
export function until(atMs: number, now: number): string {
  const seconds = Math.max(0, Math.round((atMs - now) / 1000));
  return seconds < 90 ? relative.format(seconds, 'second') : relative.format(Math.round(seconds / 60), 'minute');
}

export function capitalised(text: string): string {
  const first = firstLetters(text, 1);
  return first.toLocaleUpperCase(locale) + text.slice(first.length);
}

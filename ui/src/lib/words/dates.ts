/** Formats times with `Intl`. All times are milliseconds since the Unix epoch. */
import { firstLetters } from '../text/letters';
import { zone } from './zone.svelte';

/** The system's locale; one constant, so that every formatter agrees. */
export const locale: string | undefined = undefined;

/** A formatter keeps the time zone that it was created in. */
function make() {
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options);
  return {
    time: format({ hour: '2-digit', minute: '2-digit' }),
    weekdayShort: format({ weekday: 'short' }),
    weekdayLong: format({ weekday: 'long' }),
    dayMonth: format({ day: 'numeric', month: 'short' }),
    dayFull: format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
    dateShort: format({ day: 'numeric', month: 'short', year: 'numeric' }),
    full: format({ dateStyle: 'full', timeStyle: 'medium' }),
  };
}

let made: { zone: string; formats: ReturnType<typeof make> } | undefined;

/** The formatters of the current zone: displayed times are rendered again when it changes. */
function formats(): ReturnType<typeof make> {
  if (made?.zone !== zone.name) made = { zone: zone.name, formats: make() };
  return made.formats;
}

const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });

const DAY_MS = 86_400_000;
const WEEK_DAYS = 6;

/** Days since the epoch in local time: equal for two times of the same local day. */
export function localDay(atMs: number): number {
  void zone.name;
  const date = new Date(atMs);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY_MS);
}

export function timeOf(atMs: number): string {
  return formats().time.format(atMs);
}

/** Hour and minute without AM/PM, which the head of the run shows: the gutter is only as wide as an avatar. */
export function clockOf(atMs: number): string {
  return hourAndMinute(formats().time.formatToParts(atMs));
}

/** The hour and minute parts, with the language's separator. */
export function hourAndMinute(parts: readonly Intl.DateTimeFormatPart[]): string {
  const ends = parts.flatMap(({ type }, i) => (type === 'hour' || type === 'minute' ? [i] : []));
  return parts
    .slice(Math.min(...ends), Math.max(...ends) + 1)
    .map(({ value }) => value)
    .join('');
}

/** For tooltips and screen readers. */
export function fullTime(atMs: number): string {
  return formats().full.format(atMs);
}

/** The day separator: "Today", "Yesterday", "Monday", then the full date. */
export function dayTitle(atMs: number, now: number): string {
  const ago = localDay(now) - localDay(atMs);
  if (ago === 0 || ago === 1) return capitalised(relative.format(-ago, 'day'));
  if (ago > 1 && ago <= WEEK_DAYS) return formats().weekdayLong.format(atMs);
  return formats().dayFull.format(atMs);
}

/** For narrow places: today's time, this week's weekday, else the date. */
export function shortWhen(atMs: number, now: number): string {
  const ago = localDay(now) - localDay(atMs);
  if (ago <= 0) return timeOf(atMs);
  if (ago <= WEEK_DAYS) return formats().weekdayShort.format(atMs);
  return new Date(atMs).getFullYear() === new Date(now).getFullYear()
    ? formats().dayMonth.format(atMs)
    : formats().dateShort.format(atMs);
}

/** The local day as `2026-11-26`: sortable, and the same in every locale. */
export function isoDay(atMs: number): string {
  return new Date(localDay(atMs) * DAY_MS).toISOString().slice(0, 10);
}

export function shortDate(atMs: number): string {
  return formats().dateShort.format(atMs);
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

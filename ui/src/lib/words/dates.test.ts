import { expect, it } from 'vitest';
import { dayTitle, daysAgo, hourAndMinute, localDay, shortWhen, timeOf, until } from './dates';
import { zone } from './zone.svelte';

const now = new Date(2031, 2, 5, 15, 0).getTime();
const at = (day: number, hour = 12, month = 2) => new Date(2031, month, day, hour).getTime();

it('names days by their distance', () => {
  expect(dayTitle(at(5, 1), now)).toBe('Today');
  expect(dayTitle(at(4, 23), now)).toBe('Yesterday');
  expect(dayTitle(at(1), now)).toBe(new Intl.DateTimeFormat(undefined, { weekday: 'long' }).format(at(1)));
  expect(dayTitle(at(20, 12, 0), now)).toContain('2031');
  expect(daysAgo(at(3), now)).toBe('2 days ago');
});

it('is short where there is little room', () => {
  expect(shortWhen(at(5, 9), now)).toBe(timeOf(at(5, 9)));
  expect(shortWhen(at(2), now)).toBe(new Intl.DateTimeFormat(undefined, { weekday: 'short' }).format(at(2)));
  expect(shortWhen(at(2, 12, 0), now)).not.toContain('2031');
  expect(shortWhen(new Date(2029, 5, 1).getTime(), now)).toContain('2029');
  // A time from a clock ahead of ours is not "tomorrow".
  expect(shortWhen(now + 60_000, now)).toBe(timeOf(now + 60_000));
});

it('counts local days, also over a change of clocks', () => {
  expect(localDay(at(31)) - localDay(at(29))).toBe(2);
  expect(localDay(at(30, 23)) - localDay(at(30, 0))).toBe(0);
});

it('counts down', () => {
  expect(until(now + 12_000, now)).toBe('in 12 seconds');
  expect(until(now + 240_000, now)).toBe('in 4 minutes');
  expect(until(now - 5_000, now)).toBe('now');
});

it('follows the time zone of the computer', () => {
  const noon = Date.UTC(2031, 2, 5, 12, 0);
  const before = timeOf(noon);
  const zoneBefore = process.env['TZ'];
  try {
    process.env['TZ'] = 'Asia/Tokyo';
    zone.look();
    expect(timeOf(noon)).not.toBe(before);
    expect(timeOf(noon)).toMatch(/21|9/);
    expect(localDay(Date.UTC(2031, 2, 5, 16)) - localDay(noon)).toBe(1);
  } finally {
    process.env['TZ'] = zoneBefore;
    zone.look();
  }
  expect(timeOf(noon)).toBe(before);
});

it('is hour and minute alone in a gutter, however a language writes them', () => {
  const afternoon = new Date(2031, 2, 5, 14, 7);
  const short = (locale: string) =>
    hourAndMinute(new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).formatToParts(afternoon));
  expect(['en-US', 'en-GB', 'fi', 'ko', 'zh-TW', 'bg', 'hi'].map(short)).toEqual([
    '02:07',
    '14:07',
    '14.07',
    '02:07',
    '02:07',
    '14:07',
    '02:07',
  ]);
});

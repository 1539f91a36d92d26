/** Pinned, archived, muted and marked groups as the list shows them; jumping to the newest message reads all. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { Harness, SOON, axeFindings, shots } from './harness';
import type { World } from './world';

const harness = new Harness();
beforeAll(() => harness.start());
afterAll(() => harness.stop());

const item = (page: Page, name: string) => page.getByTestId('group-item').filter({ hasText: name });
const names = (page: Page) => page.getByTestId('group-item').locator('b').allTextContents();

async function arrange(world: World, call: 'pinGroup' | 'archiveGroup', name: string): Promise<void> {
  await world.me.call(call, { group: await world.group(name), on: true });
}

it.each([false, true])('shows how groups are arranged (dark: %s)', async (dark) => {
  const { page, world, done } = await harness.open({ dark });
  await arrange(world, 'pinGroup', 'Old school');
  await expect.poll(async () => (await names(page))[0], SOON).toBe('Old school');
  expect(await item(page, 'Old school').getByTestId('pinned').count()).toBe(1);
  const orchestra = await world.group('Orchestra, brass');
  await world.me.call('muteGroup', { group: orchestra, untilMs: Number.MAX_SAFE_INTEGER });
  await world.me.call('markUnread', { group: await world.group('Reading circle') });
  await item(page, 'Orchestra, brass').getByTestId('muted').waitFor();
  await item(page, 'Reading circle').getByTestId('marked-unread').waitFor();
  await arrange(world, 'archiveGroup', 'City choir');
  const archive = page.getByTestId('archive');
  await archive.waitFor();
  await expect.poll(() => item(page, 'City choir').count(), SOON).toBe(0);
  expect(await archive.getAttribute('aria-expanded')).toBe('false');
  await archive.focus();
  await page.keyboard.press('Enter');
  await item(page, 'City choir').waitFor();
  await page.screenshot({ path: `${shots}/groups-arranged-${dark ? 'dark' : 'light'}.png` });
  expect(await axeFindings(page)).toEqual([]);
  await world.person('grace').say('City choir', 'back again');
  await expect.poll(() => page.getByTestId('archive').count(), SOON).toBe(0);
  await done();
});

it('reads all messages with the jump to the newest one, and says before how many there are', async () => {
  const { page, world, done } = await harness.open();
  await item(page, 'Orchestra, brass').click();
  const timeline = page.getByTestId('timeline');
  await page.locator('[data-testid=timeline].placed').waitFor();
  // Until it holds: rows that are still drawn take who is at the end along.
  const scrolledUp = async () => {
    await timeline.evaluate((list) => list.scrollTo(0, list.scrollHeight / 3));
    return page.getByTestId('jump-newest').count();
  };
  await expect.poll(scrolledUp, SOON).toBe(1);
  await page.evaluate(() => window.dispatchEvent(new Event('blur')));
  const more = Array.from({ length: 400 }, (_, i) => `more ${i}`);
  await world.person('grace').say('Orchestra, brass', ...more, 'and the last one');
  const counted = async () => Number(await page.getByTestId('jump-count').textContent());
  await expect.poll(counted, { timeout: 30_000 }).toBeGreaterThan(399);
  await page.getByTestId('jump-newest').click();
  await page.getByTestId('message-row').filter({ hasText: 'and the last one' }).waitFor();
  await expect.poll(() => item(page, 'Orchestra, brass').getByTestId('unread-count').count(), SOON).toBe(0);
  expect(await page.getByTestId('jump-newest').count()).toBe(0);
  await done();
});

it('is arranged from the menu of the group', async () => {
  const { page, done } = await harness.open();
  await item(page, 'Flat 12').click();
  const choose = async (id: string) => {
    await page.getByTestId('room-menu').click();
    await page.getByTestId(id).click();
  };
  await choose('pin');
  await expect.poll(async () => (await names(page))[0], SOON).toBe('Flat 12');
  await choose('mute-day');
  expect(await item(page, 'Flat 12').getByTestId('muted').getAttribute('title')).toMatch(/^Muted until /);
  await choose('unmute');
  await choose('mark-unread');
  await item(page, 'Flat 12').getByTestId('marked-unread').waitFor();
  await choose('mark-read');
  await choose('archive-group');
  await page.getByTestId('archive').waitFor();
  await choose('unarchive');
  await expect.poll(() => page.getByTestId('archive').count(), SOON).toBe(0);
  await done();
});

it('gives every row its time on hover', async () => {
  const { page, done } = await harness.open();
  for (const name of ['Harbour board', 'Flat 12', 'City choir']) {
    await item(page, name).click();
    await page.locator('[data-testid=timeline].placed').waitFor();
    const bare = await page.getByTestId('timeline').evaluate((list) =>
      [...list.querySelectorAll('[data-key]')]
        .filter((row) => !/^(day|new|beginning|fold)/.test(row.getAttribute('data-key') ?? ''))
        .filter(
          (row) =>
            ![row, ...row.querySelectorAll('[title]')].some((part) =>
              /\d{1,2}:\d\d/.test(part.getAttribute('title') ?? ''),
            ),
        )
        .map((row) => row.outerHTML.slice(0, 120)),
    );
    expect(bare).toEqual([]);
  }
  await done();
});

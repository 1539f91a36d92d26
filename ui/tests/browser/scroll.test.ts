/** The virtual list: few rows in the page, no jump while older ones load, the end followed only by who is there. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { Harness } from './harness';

const harness = new Harness();
beforeAll(() => harness.start());
afterAll(() => harness.stop());

const open = (page: Page, name: string) => page.getByTestId('group-item').filter({ hasText: name }).click();
const place = (page: Page) =>
  page
    .getByTestId('timeline')
    .evaluate((view) => ({ top: view.scrollTop, below: view.scrollHeight - view.scrollTop - view.clientHeight }));
/** Resolves when the scroll position has been the same for some frames. */
const still = (page: Page) =>
  page.getByTestId('timeline').evaluate(
    (view) =>
      new Promise<void>((done) => {
        let same = 0;
        let last = NaN;
        const look = () => {
          same = view.scrollTop === last ? same + 1 : 0;
          last = view.scrollTop;
          if (same > 15) done();
          else requestAnimationFrame(look);
        };
        look();
      }),
  );
/** The rows wholly on screen, with their distance from the top of the window. */
const visible = (page: Page) =>
  page.getByTestId('timeline').evaluate((view) => {
    const box = view.getBoundingClientRect();
    return [...view.querySelectorAll<HTMLElement>('[data-key]')]
      .map((row) => ({ key: row.dataset['key'] ?? '', at: row.getBoundingClientRect() }))
      .filter(({ at }) => at.top >= box.top && at.bottom <= box.bottom)
      .map(({ key, at }) => ({ key, top: at.top }));
  });

it('opens every group at its place: the line "New" in sight, or the newest row', async () => {
  const { page, done } = await harness.open();
  for (const item of await page.getByTestId('group-item').all()) {
    await item.click();
    await page.locator('[data-testid=timeline].placed').waitFor();
    await still(page);
    const { below } = await place(page);
    const line = page.getByTestId('new-line');
    if (below > 2) expect((await line.boundingBox())?.y, await item.innerText()).toBeLessThan(220);
  }
  await done();
});

it('keeps few rows in the page and never moves what is read while older rows load', async () => {
  const { page, done } = await harness.open();
  await open(page, 'Orchestra, brass');
  await page.locator('[data-testid=timeline].placed').waitFor();
  await still(page);
  for (let round = 0; round < 8; round++) {
    await page.getByTestId('timeline').evaluate((view) => void (view.scrollTop = 320));
    const before = await visible(page);
    await still(page);
    const after = new Map((await visible(page)).map(({ key, top }) => [key, top]));
    const moved = before.filter(({ key, top }) => Math.abs((after.get(key) ?? 1e9) - top) > 2);
    // Loaded or not yet: what was on screen is where it was.
    expect(moved, `round ${round}`).toEqual([]);
    expect(await page.locator('[data-key]').count()).toBeLessThan(60);
    expect((await place(page)).top).toBeGreaterThan(320);
  }
  await done();
});

it('reads to the beginning and back to the end', async () => {
  const { page, done } = await harness.open();
  await open(page, 'Orchestra, brass');
  await page.locator('[data-testid=timeline].placed').waitFor();
  for (let i = 0; i < 40 && (await page.getByText('This is the beginning of').count()) === 0; i++) {
    await page.getByTestId('timeline').evaluate((view) => void (view.scrollTop = 0));
    await still(page);
  }
  await page.getByText('This is the beginning of').waitFor();
  await page.getByTestId('jump-newest').click();
  await page.getByTestId('message-row').filter({ hasText: 'Great evening, thank you all.' }).last().waitFor();
  await still(page);
  expect((await place(page)).below).toBeLessThan(2);
  await done();
});

it('follows the end for who is there, and leaves others alone', async () => {
  const { page, world, done } = await harness.open();
  await open(page, 'Orchestra, brass');
  await page.locator('[data-testid=timeline].placed').waitFor();
  await still(page);
  const arrive = (text: string) => world.person('grace').say('Orchestra, brass', text);
  await arrive('a longer one '.repeat(60));
  await still(page);
  expect((await place(page)).below).toBeLessThan(2);
  await page.getByTestId('timeline').hover();
  await page.mouse.wheel(0, -900);
  await still(page);
  const before = await visible(page);
  await arrive('while reading above');
  await page.getByTestId('group-item').filter({ hasText: 'while reading above' }).waitFor();
  await still(page);
  expect(await visible(page)).toEqual(before);
  await page.getByTestId('composer').fill('mine');
  await page.getByTestId('composer').press('Enter');
  await page.locator('[data-testid=message-row][data-state=sent]', { hasText: 'mine' }).waitFor();
  await still(page);
  expect((await place(page)).below).toBeLessThan(2);
  await done();
});

it('keeps what was just written in sight, also while the service is away', async () => {
  const { page, world, done } = await harness.open();
  await page.locator('[data-testid=timeline].placed').waitFor();
  await world.service(false);
  for (let i = 0; i < 4; i++) {
    await page.getByTestId('composer').fill(`kept ${i}`);
    await page.getByTestId('composer').press('Enter');
    await page.locator('[data-state=queued]', { hasText: `kept ${i}` }).waitFor();
    await still(page);
    expect((await place(page)).below, `message ${i}`).toBeLessThan(2);
  }
  await done();
});

it('stays at the end while the composer grows and the window shrinks', async () => {
  const { page, done } = await harness.open();
  await page.locator('[data-testid=timeline].placed').waitFor();
  await page.getByTestId('timeline').evaluate((view) => void (view.scrollTop = view.scrollHeight));
  await still(page);
  await page.getByTestId('composer').fill('1\n2\n3\n4\n5\n6');
  await still(page);
  expect((await place(page)).below).toBeLessThan(2);
  await page.setViewportSize({ width: 900, height: 500 });
  await still(page);
  expect((await place(page)).below).toBeLessThan(2);
  await done();
});

it('jumps to what a reply quotes', async () => {
  const { page, done } = await harness.open();
  await page.locator('[data-testid=timeline].placed').waitFor();
  await page.getByTestId('quote').first().click();
  await still(page);
  expect((await visible(page)).length).toBeGreaterThan(0);
  const quoting = page.getByTestId('quote');
  await page.getByTestId('message-row').filter({ hasText: 'The tide tables', hasNot: quoting }).waitFor();
  await done();
});

/** Choosing an emoji: all of them, by sight, by word and by key, loaded only when they are asked for. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { Harness, SOON, settled } from './harness';

const harness = new Harness();
beforeAll(() => harness.start());
afterAll(() => harness.stop());

const placed = settled;
const search = (page: Page) => page.getByPlaceholder('Search emoji');
const composer = (page: Page) => page.getByTestId('composer');
const at = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('data-emoji'));

async function choosing(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Insert emoji' }).click();
  await page.getByTestId('emoji-flags').and(page.locator(':enabled')).waitFor();
}

it('loads them when the first is to be chosen, and nothing from elsewhere', async () => {
  const { page, done } = await harness.open();
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(request.url()));
  await placed(page);
  const names = () =>
    page.evaluate(
      () =>
        performance
          .getEntriesByType('resource')
          .map((entry) => entry.name)
          .filter((name) => /emoji/.test(name)).length,
    );
  expect(await names()).toBe(0);
  await choosing(page);
  expect(await names()).toBeGreaterThan(0);
  expect(loaded.filter((url) => !url.startsWith('http://127.0.0.1'))).toEqual([]);
  await done();
});

it('shows kinds, few of them in the page, and goes to each', async () => {
  const { page, done } = await harness.open();
  await placed(page);
  await choosing(page);
  expect(await page.locator('[data-cell]').count()).toBeLessThan(200);
  for (const [kind, emoji] of [
    ['flags', '🏁'],
    ['food_drink', '🍇'],
    ['recent', '👍'],
  ] as const) {
    await page.getByTestId(`emoji-${kind}`).click();
    await page.locator(`[data-cell][data-emoji="${emoji}"]`).first().waitFor();
    await expect.poll(() => page.getByTestId(`emoji-${kind}`).getAttribute('aria-pressed'), SOON).toBe('true');
  }
  await done();
});

it('puts one where the cursor is, keeps what can be undone, and offers it first the next time', async () => {
  const { page, world, done } = await harness.open();
  await placed(page);
  await composer(page).fill('see you');
  await composer(page).press('Home');
  await choosing(page);
  await search(page).fill('rocket');
  await search(page).press('Enter');
  await expect.poll(() => composer(page).inputValue(), SOON).toBe('🚀see you');
  await page.keyboard.type('!');
  expect(await composer(page).inputValue()).toBe('🚀!see you');
  await page.keyboard.press('Control+z');
  expect(await composer(page).inputValue()).toBe('see you');
  await choosing(page);
  expect(await page.locator('[data-cell]').first().getAttribute('data-emoji')).toBe('🚀');
  // The engine has it, not the page's storage, which is in the clear.
  expect((await world.me.call('settings')).recentEmoji).toEqual(['🚀']);
  expect(await page.evaluate(() => JSON.stringify(localStorage).includes('🚀'))).toBe(false);
  await done();
});

it('finds by words, and an input method’s Enter picks nothing', async () => {
  const { page, done } = await harness.open();
  await placed(page);
  await choosing(page);
  await search(page).fill('flag jap');
  await expect.poll(() => page.locator('[data-cell]').first().getAttribute('data-emoji'), SOON).toBe('🇯🇵');
  await search(page).evaluate((field) => {
    for (const more of [{ isComposing: true }, { keyCode: 229 }])
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...more }));
  });
  expect(await composer(page).inputValue()).toBe('');
  await search(page).fill('qqqq');
  await page.getByText('Nothing matches.').waitFor();
  await search(page).press('Enter');
  expect(await composer(page).inputValue()).toBe('');
  await done();
});

it('takes what was typed before they were there', async () => {
  const { page, done } = await harness.open();
  let letGo = () => {};
  const held = new Promise<void>((done) => (letGo = done));
  await page.route(/data-by-group/, async (route) => {
    await held;
    await route.continue();
  });
  await placed(page);
  await page.getByRole('button', { name: 'Insert emoji' }).click();
  await page.keyboard.type('rocket');
  await page.getByText('Loading…').waitFor();
  await page.keyboard.press('Enter');
  expect(await composer(page).inputValue()).toBe('');
  letGo();
  await expect.poll(() => composer(page).inputValue(), SOON).toBe('🚀');
  await done();
});

it('keeps the skin tone', async () => {
  const { page, done } = await harness.open();
  await placed(page);
  await choosing(page);
  await page.getByTestId('tone').click();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('tone');
  await search(page).fill('waving hand');
  await search(page).press('Enter');
  await expect.poll(() => composer(page).inputValue(), SOON).toBe('👋🏼');
  await page.reload();
  await placed(page);
  await choosing(page);
  await page.locator('[data-cell][data-emoji="👍🏼"]').first().waitFor();
  await done();
});

it('is gone through with the arrows, also to what was not drawn yet', async () => {
  const { page, done } = await harness.open();
  await placed(page);
  await choosing(page);
  await search(page).press('ArrowDown');
  await expect.poll(() => at(page), SOON).toBe('👍');
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Home');
  await expect.poll(() => at(page), SOON).toBe('👍');
  for (let i = 0; i < 40; i++) await page.keyboard.press('ArrowDown');
  await page.waitForTimeout(300);
  const far = await at(page);
  expect(far).not.toBeNull();
  const box = await page.evaluate(() => {
    const [grid, cell] = [document.querySelector('[role=grid]'), document.activeElement].map((one) =>
      one!.getBoundingClientRect(),
    );
    return cell!.top >= grid!.top - 1 && cell!.bottom <= grid!.bottom + 1;
  });
  expect(box).toBe(true);
  await page.keyboard.press('Enter');
  await expect.poll(() => composer(page).inputValue(), SOON).toBe(far);
  await done();
});

it('one heart is one reaction, whichever way it was written', async () => {
  const { page, world, done } = await harness.open();
  await placed(page);
  const row = page.getByTestId('message-row').filter({ hasText: 'The berth plan is final' });
  await world.person('bob').react('Harbour board', 'The berth plan', '\u2764');
  await row.getByTestId('reaction').getByText('1').waitFor();
  await row.hover();
  await row.getByTestId('react-action').click();
  await search(page).fill('red heart');
  await page.locator('[data-cell]').first().waitFor();
  await search(page).press('Enter');
  await row.getByTestId('reaction').getByText('2').waitFor();
  expect(await row.getByTestId('reaction').count()).toBe(1);
  await row.getByTestId('reaction').click();
  await row.getByTestId('reaction').getByText('1').waitFor();
  await done();
});

/** What is being written: marked in the list of groups, there again on coming back, gone once sent. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Harness, SOON, axeFindings } from './harness';

const harness = new Harness();
beforeAll(() => harness.start());
afterAll(() => harness.stop());

it('keeps an unsent text with its answer, shows it in the list, and sends it once', async () => {
  const { page, world, done } = await harness.open();
  const composer = page.getByTestId('composer');
  const item = (name: string) => page.getByTestId('group-item').filter({ hasText: name });
  await composer.fill('The berth plan looks');
  await expect
    .poll(() => item('Harbour board').getByTestId('last-line').textContent(), SOON)
    .toBe('Draft: The berth plan looks');
  await item('Flat 12').click();
  await expect.poll(() => composer.inputValue(), SOON).toBe('');
  await composer.fill('heating is on');
  await page.evaluate(() => window.dispatchEvent(new Event('blur')));
  const kept = async (name: string) => world.me.call('draft', { group: await world.group(name) });
  await expect.poll(async () => (await kept('Flat 12'))?.text, SOON).toBe('heating is on');
  expect(await axeFindings(page)).toEqual([]);
  await item('Harbour board').click();
  await expect.poll(() => composer.inputValue(), SOON).toBe('The berth plan looks');
  await composer.fill('The berth plan looks good');
  await composer.press('Enter');
  await expect
    .poll(() => item('Harbour board').getByTestId('last-line').textContent(), SOON)
    .toMatch(/^(Waiting|You): The berth plan looks good/);
  expect(await kept('Harbour board')).toBeNull();
  await done();
});

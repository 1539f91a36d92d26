/** The web view's own ways stay out of the window. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Harness } from './harness';

const harness = new Harness();
beforeAll(() => harness.start());
afterAll(() => harness.stop());

it('nothing that is pressed loads the page anew', async () => {
  const { page, done } = await harness.open();
  await page.getByTestId('composer').fill('a draft');
  for (const at of ['composer', 'timeline']) {
    await page.getByTestId(at).focus();
    for (const keys of ['F5', 'Control+r', 'Control+Shift+r', 'Control+F5', 'Shift+F5'])
      await page.keyboard.press(keys);
  }
  expect(await page.getByTestId('composer').inputValue()).toBe('a draft');
  await done();
});

it('Ctrl+A selects in a field, and nothing outside of one', async () => {
  const { page, done } = await harness.open();
  await page.locator('[data-testid=timeline].placed').waitFor();
  await page.getByTestId('timeline').focus();
  await page.keyboard.press('Control+a');
  expect(await page.evaluate(() => getSelection()?.toString())).toBe('');
  await page.getByTestId('composer').fill('all of it');
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  expect(await page.getByTestId('composer').inputValue()).toBe('');
  await done();
});

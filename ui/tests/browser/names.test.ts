import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from './harness';

const harness = new Harness();

beforeAll(() => harness.start());
afterAll(() => harness.stop());

describe('my own name', () => {
  it('is changed in the account, in any script, and shown at once', async () => {
    const { page, done } = await harness.open();
    await page.getByTestId('account').click();
    const name = page.getByTestId('profile-name-input');
    expect(await name.inputValue()).toBe('alice');
    expect(await page.getByTestId('profile-name-save').isDisabled(), 'nothing to change yet').toBe(true);
    await name.fill('ж'.repeat(65));
    await page.getByText('A name has at most 64 letters.').waitFor();
    await name.fill('\u3164 \u2800');
    await name.press('Enter');
    await page.getByText('Say what people call you.').waitFor();
    await name.fill('  Алиса \u202e Лидделл ');
    await name.press('Enter');
    await page.getByText('Changed. Your groups are told.').waitFor();
    expect(await name.inputValue()).toBe('Алиса Лидделл');
    await page.keyboard.press('Escape');
    expect(await page.getByTestId('account').innerText()).toContain('Алиса Лидделл');
    await done();
  });
});

describe('the name of a group', () => {
  it('is counted in letters while it is typed, and refused where nothing can be seen', async () => {
    const { page, done } = await harness.open();
    await page.getByTestId('new-group').click();
    const name = page.getByTestId('group-name');
    await name.fill('👨‍👩‍👧‍👦'.repeat(100));
    expect(await page.getByTestId('create-group-dialog').getByRole('alert').count()).toBe(0);
    await name.fill('ж'.repeat(101));
    await page.getByText('A name has at most 100 letters.').waitFor();
    await page.getByTestId('create-group-submit').click();
    await name.fill('\u200b\u2060\u3164\u2800');
    await page.getByTestId('create-group-submit').click();
    await page.getByTestId('create-group-problem').waitFor();
    await name.fill(' ж \u202e Harbour ');
    await page.getByTestId('create-group-submit').click();
    await page.getByRole('heading', { name: 'ж Harbour' }).waitFor();
    await done();
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeFindings, Harness, SOON } from './harness';

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
    await page.getByText('Enter your name.').waitFor();
    await name.fill('  Алиса \u202e Лидделл ');
    await name.press('Enter');
    await page.getByText('Changed. Your groups will see it.').waitFor();
    expect(await name.inputValue()).toBe('Алиса Лидделл');
    await page.keyboard.press('Escape');
    expect(await page.getByTestId('account').innerText()).toContain('Алиса Лидделл');
    await done();
  });
});

describe('the names of others', () => {
  const harbour = { hasText: 'Harbour board' };

  it('are shown wherever people are, with the login where it is decided whom to trust', async () => {
    const { page, world, done } = await harness.open();
    await world.person('bob').call('setName', { name: 'Боб Марли' });
    await world.person('dave').call('setName', { name: 'داود' });
    await page.getByTestId('group-item').filter(harbour).click();
    await page.locator('[data-sender=bob] .head b', { hasText: 'Боб Марли' }).first().waitFor();
    expect(await page.locator('[data-sender=bob] .head b').first().innerText()).toBe('Боб Марли');
    expect(await page.getByTestId('group-item').filter(harbour).innerText()).toContain('Боб Марли');
    const plain = (text: string | null) => text?.replace(/[\u2068\u2069]/g, '') ?? '';
    const added = page.locator('[data-testid=door-row][data-target=dave]').first();
    expect(plain(await added.innerText())).toContain('Боб Марли (bob) added داود (dave)');
    const bob = page.locator('[data-testid=member-row][data-handle=bob]');
    expect(await bob.locator('.name').innerText()).toBe('Боб Марли');
    expect(await bob.getByTestId('member-login').innerText(), 'never cut off by a long name').toBe('bob');
    await page.locator('[data-testid=member-row][data-handle=dave] button.main').click();
    await page.locator('[data-testid=member-row][data-handle=dave]').getByTestId('remove-member').click();
    const asked = page.getByRole('dialog').or(page.getByRole('alertdialog'));
    expect(plain(await asked.innerText())).toContain('Remove داود (dave) from Harbour board?');
    await page.keyboard.press('Escape');
    await world.person('bob').say('Harbour board', 'Ahoy');
    expect(await axeFindings(page)).toEqual([]);
    await done();
  });

  it('have the login beside them where two look alike', async () => {
    const { page, world, done } = await harness.open();
    await world.person('bob').call('setName', { name: 'Robin' });
    await world.person('carol').call('setName', { name: 'ROBIN' });
    await world.person('erin').call('setName', { name: 'bob' });
    await page.getByTestId('group-item').filter(harbour).click();
    const head = (login: string) => page.locator(`[data-sender=${login}] .head b`).first();
    await head('bob').getByText('Robin (bob)').waitFor();
    await expect.poll(() => head('carol').innerText(), SOON).toBe('ROBIN (carol)');
    // A login of another.
    await expect.poll(() => head('erin').innerText(), SOON).toBe('bob (erin)');
    await done();
  });

  it('are found in the log by what it says', async () => {
    const { page, world, done } = await harness.open();
    await world.person('dave').call('setName', { name: 'Дейв' });
    await page.locator('[data-sender=dave] .head b', { hasText: 'Дейв' }).first().waitFor();
    await page.getByTestId('group-item').filter(harbour).click();
    await page.getByTestId('tab-log').click();
    await page.getByTestId('log-search').fill('дейв');
    // He was added, and renewed his keys.
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=log-row]').length === 2);
    for (const row of await page.getByTestId('log-row').allInnerTexts()) expect(row).toContain('Дейв');
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
    await page.getByTestId('group-name-problem').waitFor();
    await name.fill(' ж \u202e Harbour ');
    await page.getByTestId('create-group-submit').click();
    await page.getByRole('heading', { name: 'ж Harbour' }).waitFor();
    await done();
  });
});

it('what was wrong with a field is gone as soon as something else stands in it, and the dialog keeps its size', async () => {
  const { page, done } = await harness.open();
  await page.getByTestId('new-group').click();
  const height = async () => (await page.getByTestId('create-group-dialog').boundingBox())!.height;
  const before = await height();
  await page.getByTestId('create-group-submit').click();
  await page.getByTestId('group-name-problem').waitFor();
  expect(await height()).toBe(before);
  await page.getByTestId('group-name').fill('Board');
  await page.getByTestId('group-name-problem').waitFor({ state: 'detached' });
  const people = page.getByTestId('group-people');
  await people.fill('zz9');
  await people.press('Enter');
  await page.getByTestId('people-problem').waitFor();
  expect(await height()).toBe(before);
  await people.fill('');
  await page.getByTestId('people-problem').waitFor({ state: 'detached' });
  expect(await height()).toBe(before);
  await done();
});

it('a name that is written from right to left stands beside its picture', async () => {
  const { page, world, done } = await harness.open();
  const name = 'שרה כהן';
  await world.me.call('renameGroup', { group: await world.group('Flat 12'), name });
  await world.me.call('setName', { name });
  const beside = (of: string) =>
    page.locator(of, { hasText: name }).evaluate((button) => {
      const text = document.createRange();
      text.selectNodeContents(button.querySelector('b')!);
      return text.getBoundingClientRect().left - button.querySelector('.avatar')!.getBoundingClientRect().right;
    });
  for (const of of ['[data-testid=account]', '[data-testid=group-item]'])
    await expect.poll(() => beside(of), SOON).toBeLessThan(16);
  await done();
});

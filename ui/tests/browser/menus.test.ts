/** Menus of our own, by pointer and by key; the web view's nowhere. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { Harness, SOON, settled } from './harness';

const harness = new Harness();
beforeAll(() => harness.start());
afterAll(() => harness.stop());

const placed = settled;
const menu = (page: Page) => page.getByRole('menu');
const entries = (page: Page) =>
  page.getByRole('menuitem').evaluateAll((all) => all.map((one) => one.getAttribute('data-testid')));
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
const row = (page: Page, text: string) => page.getByTestId('message-row').filter({ hasText: text });
const open = async (at: Locator, position?: { x: number; y: number }) => {
  await at.click({ button: 'right', ...(position === undefined ? {} : { position }) });
  await menu(at.page()).waitFor();
};
const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText());
const closed = async (page: Page) => {
  await page.keyboard.press('Escape');
  await menu(page).waitFor({ state: 'detached' });
};

describe('what is offered', () => {
  it('for a message is what can be done with it, and each entry does it', async () => {
    const { page, done } = await harness.open();
    await placed(page);
    const theirs = row(page, 'The berth plan is final');
    await open(theirs.locator('.bubble'));
    expect(await entries(page)).toEqual(['react', 'reply', 'copy']);
    await page.getByTestId('copy').click();
    await page.getByTestId('notice').getByText('Copied').waitFor();
    expect(await clipboard(page)).toContain('The berth plan is final');
    await open(theirs.locator('.bubble'));
    await page.getByTestId('reply').click();
    await page.getByTestId('composer-context').getByText('Replying to bob').waitFor();
    expect(await focused(page)).toBe('composer');

    const mine = row(page, 'I can take the boat out');
    await open(mine.locator('.bubble'));
    expect(await entries(page)).toEqual(['react', 'reply', 'copy', 'edit', 'delete']);
    await page.getByTestId('delete').click();
    await page.getByTestId('confirm-dialog').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => focused(page), SOON).toBe('message-row');
    await done();
  });

  it('for a link is to open it or copy where it leads, and then what its message offers', async () => {
    const { page, world, done } = await harness.open();
    await placed(page);
    const link = page.getByRole('link').first();
    await open(link);
    expect(await entries(page)).toEqual(['open-link', 'copy-link', 'react', 'reply', 'copy']);
    await page.getByTestId('copy-link').click();
    await page.getByTestId('notice').waitFor();
    expect(await clipboard(page)).toBe('https://tides.example.org/march');
    await open(link);
    await page.getByTestId('open-link').click();
    await page.getByTestId('link-dialog').waitFor();
    expect(await world.links()).toEqual([]);
    await done();
  });

  it('for selected text is to copy it', async () => {
    const { page, done } = await harness.open();
    await placed(page);
    const text = row(page, 'The berth plan is final').locator('.text');
    await text.dblclick({ position: { x: 20, y: 8 } });
    await open(text, { x: 20, y: 8 });
    await page.getByTestId('copy-selection').click();
    await page.getByTestId('notice').waitFor();
    expect((await clipboard(page)).trim()).toBe('The');
    await done();
  });

  it('for a person: who they are, their changes, a group with them, their name, and to remove them', async () => {
    const { page, done } = await harness.open();
    await placed(page);
    await open(row(page, 'Hello everyone').locator('.head b'));
    expect(await entries(page)).toEqual([
      'person-show',
      'person-log',
      'person-group',
      'person-copy',
      'person-copy-address',
      'person-remove',
    ]);
    await page.getByTestId('person-log').click();
    await expect
      .poll(
        () =>
          page
            .getByTestId('log-row')
            .allInnerTexts()
            .then((all) => all.every((one) => one.includes('dave')) && all.length > 0),
        SOON,
      )
      .toBe(true);
    await open(row(page, 'Hello everyone').locator('.side'));
    await page.getByTestId('person-show').click();
    await page.locator('[data-testid=member-row][data-handle=dave] [aria-expanded=true]').waitFor();

    const roster = page.locator('[data-testid=member-row][data-handle=carol]');
    await open(roster);
    await page.getByTestId('person-group').click();
    await page.locator('[data-testid=chip][data-handle=carol]').waitFor();
    await page.keyboard.press('Escape');
    await open(page.locator('[data-testid=member-row][data-handle=dave]'));
    await page.getByTestId('person-remove').click();
    await page.getByTestId('confirm-dialog').getByText('Remove dave from Harbour board?').waitFor();
    await page.keyboard.press('Escape');
    // Bob is an admin here: not himself, nor an owner, nor another admin.
    for (const handle of ['alice', 'bob', 'carol']) {
      await open(page.locator(`[data-testid=member-row][data-handle=${handle}]`));
      expect(await entries(page), handle).not.toContain('person-remove');
      await closed(page);
    }
    await done();
  });

  it('for a group in the list is about that one, which need not be open', async () => {
    const { page, done } = await harness.open();
    await placed(page);
    const group = (name: string) => page.getByTestId('group-item').filter({ hasText: name });
    await open(group('Flat 12'));
    expect(await entries(page)).toEqual([
      'open-group',
      'add-people-menu',
      'rename-group',
      'mark-unread',
      'pin',
      'mute-hour',
      'mute-day',
      'mute-forever',
      'archive-group',
      'open-people',
      'open-log',
      'open-rules',
      'leave-group',
    ]);
    await page.getByTestId('rename-group').click();
    await page.getByTestId('rename-input').fill('Flat 13');
    await page.getByTestId('rename-submit').click();
    await group('Flat 13').waitFor();
    expect(await page.getByTestId('room-title').innerText()).toBe('Harbour board');
    // Somebody who may not, and a group that is over.
    await open(group('City choir'));
    expect(await entries(page)).toEqual([
      'open-group',
      'mark-read',
      'pin',
      'mute-hour',
      'mute-day',
      'mute-forever',
      'archive-group',
      'open-people',
      'open-log',
      'open-rules',
      'leave-group',
    ]);
    await closed(page);
    await open(group('Market stall'));
    expect(await entries(page)).toContain('forget-group-menu');
    await page.getByTestId('forget-group-menu').click();
    await page.getByTestId('confirm-dialog').getByText('Delete Market stall').waitFor();
    await page.getByTestId('confirm').click();
    await group('Market stall').waitFor({ state: 'detached' });
    await open(group('Orchestra, brass'));
    await page.getByTestId('open-log').click();
    await page.getByTestId('room-title').getByText('Orchestra, brass').waitFor();
    await page.getByTestId('log-list').waitFor();
    await done();
  });

  it('for the own account: settings, its name, an invitation, what others type, and the end', async () => {
    const { page, world, done } = await harness.open();
    await placed(page);
    const me = page.getByTestId('account');
    await open(me);
    expect(await entries(page)).toEqual([
      'account-settings',
      'account-name',
      'account-invite-menu',
      'account-copy',
      'account-copy-address',
      'account-quit',
    ]);
    await page.getByTestId('account-copy').click();
    await page.getByTestId('notice').getByText('Copied').waitFor();
    expect(await clipboard(page)).toBe('alice');
    await open(me);
    await page.getByTestId('account-copy-address').click();
    await expect.poll(() => clipboard(page), SOON).toBe('mimi://example.org/u/alice');
    await me.focus();
    await page.keyboard.press('c');
    await expect.poll(() => clipboard(page), SOON).toBe('alice');
    await open(me);
    await page.getByTestId('account-invite-menu').click();
    await page.locator('dialog[open]').waitFor();
    await page.keyboard.press('Escape');
    await open(me);
    await page.getByTestId('account-name').click();
    await expect.poll(() => focused(page), SOON).toBe('profile-name-input');
    await page.keyboard.press('Escape');
    await open(me);
    await page.getByTestId('account-settings').click();
    await page.getByTestId('settings').waitFor();
    await page.keyboard.press('Escape');
    // While the service is away it can be tried from here.
    await world.service(false);
    await page.locator('[data-testid=connection-state][data-state=unreachable]').waitFor();
    await open(me);
    expect((await entries(page))[0]).toBe('account-reconnect');
    const before = await world.called('reconnect');
    await page.getByTestId('account-reconnect').click();
    await expect.poll(() => world.called('reconnect'), SOON).toBeGreaterThan(before);
    await done();
  });

  it('in a text field is to edit, also in a dialog', async () => {
    const { page, done } = await harness.open();
    await placed(page);
    const composer = page.getByTestId('composer');
    await composer.click();
    await page.keyboard.type('one two');
    await composer.selectText();
    await open(composer);
    expect(await entries(page)).toEqual(
      expect.arrayContaining(['field-undo', 'field-cut', 'field-copy', 'field-paste', 'field-all']),
    );
    await page.getByTestId('field-cut').click();
    await expect.poll(() => composer.inputValue(), SOON).toBe('');
    await open(composer);
    expect(await entries(page)).not.toContain('field-cut');
    await page.getByTestId('field-paste').click();
    await expect.poll(() => composer.inputValue(), SOON).toBe('one two');
    await open(composer);
    await page.getByTestId('field-undo').click();
    await expect.poll(() => composer.inputValue(), SOON).toBe('');

    await page.keyboard.press('Control+n');
    const name = page.getByTestId('group-name');
    await name.fill('Quay');
    await open(name);
    await page.getByTestId('field-all').click();
    await expect.poll(() => focused(page), SOON).toBe('group-name');
    await page.keyboard.type('Pier');
    expect(await name.inputValue()).toBe('Pier');
    await open(name);
    await page.keyboard.press('Escape');
    await menu(page).waitFor({ state: 'detached' });
    await page.getByTestId('create-group-dialog').waitFor();
    await done();
  });
});

it('for what failed is to try again or to dismiss it, by key as well', async () => {
  const { page, done } = await harness.open();
  await page.getByTestId('group-item').filter({ hasText: 'Flat 12' }).click();
  await page.getByTestId('room-title').getByText('Flat 12').waitFor();
  await placed(page);
  await open(page.getByTestId('changeFailed-row'), { x: 60, y: 12 });
  expect(await entries(page)).toEqual(['plain-retry', 'plain-dismiss', 'plain-copy']);
  await page.getByTestId('plain-copy').click();
  await page.getByTestId('notice').getByText('Copied').first().waitFor();
  expect(await clipboard(page)).toBe(
    'nadia could not be added. They have to open their app once before they can be added.',
  );
  await page.getByTestId('unreadable-row').first().focus();
  await page.keyboard.press('Delete');
  await page.getByTestId('changeFailed-row').focus();
  await page.keyboard.press('Delete');
  await page.getByTestId('changeFailed-row').waitFor({ state: 'detached' });
  expect(await page.getByTestId('unreadable-row').count()).toBe(2);
  await open(page.locator('[data-testid=message-row][data-state=failed] .bubble'));
  expect(await entries(page)).toEqual(['copy', 'retry-message', 'discard-message']);
  await done();
});

describe('by keyboard', () => {
  it.each(['ContextMenu', 'Shift+F10'])(
    '%s opens the menu of what has the focus, and Esc gives it back',
    async (keys) => {
      const { page, done } = await harness.open();
      await placed(page);
      for (const at of ['message-row', 'door-row', 'group-item', 'account', 'composer']) {
        const element = page.getByTestId(at).last();
        await element.focus();
        await page.keyboard.press(keys);
        await menu(page).waitFor();
        expect(await page.evaluate(() => document.activeElement?.getAttribute('role')), at).toBe('menuitem');
        await closed(page);
        expect(await focused(page), at).toBe(at);
      }
      await done();
    },
  );

  it('arrows, Home, End and letters go through it, around its ends', async () => {
    const { page, done } = await harness.open();
    await placed(page);
    await row(page, 'I can take the boat out').focus();
    await page.keyboard.press('Shift+F10');
    await menu(page).waitFor();
    expect(await focused(page)).toBe('react');
    for (const [key, at] of [
      ['ArrowDown', 'reply'],
      ['End', 'delete'],
      ['ArrowDown', 'react'],
      ['ArrowUp', 'delete'],
      ['Home', 'react'],
      ['e', 'edit'],
      ['r', 'react'],
      ['r', 'reply'],
      ['c', 'copy'],
    ] as const) {
      await page.keyboard.press(key);
      expect(await focused(page), key).toBe(at);
      await page.waitForTimeout(key.length === 1 ? 750 : 0);
    }
    await page.keyboard.press('e');
    await page.keyboard.press('Enter');
    await page.getByTestId('composer-context').getByText('Editing your message').waitFor();
    await done();
  });

  it('a key does what the menu offers, and what it does not offer no key does', async () => {
    const { page, done } = await harness.open();
    await placed(page);
    await row(page, 'The berth plan is final').focus();
    for (const key of ['e', 'Delete', 'x']) await page.keyboard.press(key);
    await page.waitForTimeout(200);
    expect(await page.locator('dialog[open], [data-testid=composer-context]').count()).toBe(0);
    await page.keyboard.press('Control+c');
    await page.getByTestId('notice').getByText('Copied').waitFor();
    expect(await clipboard(page)).toContain('The berth plan is final');
    await row(page, 'I can take the boat out').focus();
    await page.keyboard.press('Delete');
    await page.getByTestId('confirm-dialog').getByText('Delete this message?').waitFor();
    await page.keyboard.press('Escape');
    // In a group that was left nothing is said any more.
    await page.getByTestId('group-item').filter({ hasText: 'Old school' }).click();
    await page.getByTestId('room-title').getByText('Old school').waitFor();
    await placed(page);
    await row(page, 'Notes from the last meeting').focus();
    await page.keyboard.press('r');
    await page.keyboard.press('+');
    await page.keyboard.press('Shift+F10');
    expect(await entries(page)).toEqual(['copy']);
    await done();
  });
});

it('closes beside it, and one opens in place of another', async () => {
  const { page, done } = await harness.open();
  await placed(page);
  await open(page.getByTestId('group-item').first());
  await page.mouse.click(700, 300);
  await menu(page).waitFor({ state: 'detached' });
  const button = page.getByTestId('room-menu');
  await button.click();
  await menu(page).waitFor();
  expect(await button.getAttribute('aria-expanded')).toBe('true');
  await closed(page);
  expect(await focused(page)).toBe('room-menu');
  await done();
});

it('is wholly in the window, wherever it was asked for', async () => {
  const { page, done } = await harness.open({ width: 720, height: 480 });
  await placed(page);
  const composer = page.getByTestId('composer');
  await composer.fill('near the lower edge');
  await open(composer, { x: 300, y: 10 });
  const box = (await menu(page).boundingBox())!;
  expect(box.x).toBeGreaterThanOrEqual(0);
  expect(box.y).toBeGreaterThanOrEqual(0);
  expect(box.x + box.width).toBeLessThanOrEqual(720);
  expect(box.y + box.height).toBeLessThanOrEqual(480);
  await done();
});

it('the web view’s own menu opens nowhere, on any face', async () => {
  for (const scene of ['ready', 'firstRun', 'storeDamaged'] as const) {
    const { page, done } = await harness.open({ scene });
    await page.locator('main').waitFor();
    const prevented = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate(
          (element) => !element.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true })),
        );
    expect(await prevented('main'), scene).toBe(true);
    if (scene === 'firstRun') expect(await prevented('input[type=text], input:not([type])'), scene).toBe(true);
    if (scene === 'ready')
      for (const place of ['message-row', 'group-item', 'room-title', 'composer'])
        expect(await prevented(`[data-testid=${place}]`), place).toBe(true);
    await done();
  }
});

/** Everything by keyboard, with the focus where a person expects it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { Harness, SOON, settled } from './harness';

const harness = new Harness();
beforeAll(() => harness.start());
afterAll(() => harness.stop());

const focused = (page: Page) =>
  page.evaluate(
    () =>
      document.activeElement?.getAttribute('data-testid') ??
      document.activeElement?.getAttribute('aria-label') ??
      document.activeElement?.tagName,
  );
const title = (page: Page, name: string) => page.getByTestId('room-title').getByText(name, { exact: true }).waitFor();
const ready = async (page: Page) => {
  await settled(page);
  await page.getByTestId('composer').focus();
};

describe('anywhere', () => {
  it('jumps by the palette', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    await page.keyboard.press('Control+k');
    expect(await focused(page)).toBe('palette-input');
    await page.keyboard.type('choir');
    await page.keyboard.press('Enter');
    await title(page, 'City choir');
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-testid') === 'composer');
    await page.keyboard.press('Control+k');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('[role=option][aria-selected=true]').getAttribute('id')).toBe('palette-2');
    await page.keyboard.press('Escape');
    await page.getByTestId('palette').waitFor({ state: 'detached' });
    expect(await focused(page)).toBe('composer');
    await done();
  });

  it('goes through the groups, and makes one', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    await page.keyboard.press('Alt+ArrowDown');
    await title(page, 'Orchestra, brass');
    await page.keyboard.press('Alt+ArrowUp');
    await title(page, 'Harbour board');
    await page.keyboard.press('Control+n');
    expect(await focused(page)).toBe('group-name');
    await page.keyboard.type('By hand');
    await page.keyboard.press('Tab');
    await page.keyboard.type('bob');
    await page.keyboard.press('Enter');
    await page.locator('[data-testid=chip][data-handle=bob]').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await title(page, 'By hand');
    await done();
  });

  it('shows the sheet, but not while writing', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    await page.keyboard.type('really?');
    expect(await page.getByTestId('composer').inputValue()).toBe('really?');
    await page.getByTestId('timeline').focus();
    await page.keyboard.press('?');
    await page.getByTestId('shortcuts-dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('shortcuts-dialog').waitFor({ state: 'detached' });
    expect(await focused(page)).toBe('timeline');
    await done();
  });

  it('keeps the focus inside a dialog and gives it back', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    await page.getByTestId('add-people').click();
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-testid') === 'add-people-input');
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press('Tab');
      expect(
        await page.evaluate(
          () => document.activeElement === document.body || document.activeElement?.closest('dialog') !== null,
        ),
      ).toBe(true);
    }
    await page.keyboard.press('Escape');
    await page.getByTestId('add-people-dialog').waitFor({ state: 'detached' });
    expect(await focused(page)).toBe('add-people');
    await done();
  });
});

describe('in the composer', () => {
  it('sends, breaks lines, edits the last message, cancels', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    await page.keyboard.type('one');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('twofold');
    expect(await page.getByTestId('composer').inputValue()).toBe('one\ntwofold');
    await page.keyboard.press('Enter');
    await page.locator('[data-testid=message-row][data-state=sent]', { hasText: 'twofold' }).waitFor();
    await page.keyboard.press('ArrowUp');
    expect(await page.getByTestId('composer').inputValue()).toBe('one\ntwofold');
    await page.keyboard.press('Escape');
    expect(await page.getByTestId('composer').inputValue()).toBe('');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByTestId('message-row').filter({ hasText: 'twofold' }).count(), SOON).toBe(1);
    await done();
  });

  it('does not send while an input method composes', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    await page.keyboard.type('にほん');
    await page
      .getByTestId('composer')
      .evaluate((area) =>
        area.dispatchEvent(
          new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }),
        ),
      );
    expect(await page.getByTestId('composer').inputValue()).toBe('にほん');
    await done();
  });
});

describe('in the timeline', () => {
  it('goes from row to row and acts on one', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    await page.getByTestId('timeline').focus();
    await page.keyboard.press('ArrowUp');
    await page.waitForFunction(() => document.activeElement?.textContent?.includes('The berth plan is final'));
    await page.keyboard.press('ArrowUp');
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-testid') === 'door-row');
    await page.keyboard.press('ArrowUp');
    await page.waitForFunction(() => document.activeElement?.textContent?.includes('Hello everyone'));
    await page.keyboard.press('r');
    await page.getByTestId('composer-context').getByText('Replying to dave').waitFor();
    expect(await focused(page)).toBe('composer');
    await page.keyboard.press('Escape');
    await page.getByTestId('composer-context').waitFor({ state: 'detached' });
    await done();
  });

  it('reacts without a mouse', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    await page.getByTestId('timeline').focus();
    await page.keyboard.press('ArrowUp');
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-testid') === 'message-row');
    await page.keyboard.press('+');
    await page.waitForFunction(() => document.activeElement?.getAttribute('type') === 'search');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.getByTestId('reaction').filter({ hasText: '❤ 1' }).waitFor();
    expect(await focused(page)).toBe('message-row');
    await done();
  });

  it('opens a membership row’s entry in the log', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    await page.locator('[data-testid=door-row][data-target=dave]').focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-testid=log-row][aria-current=true]').getByText('bob added dave').waitFor();
    await done();
  });
});

describe('beside the room', () => {
  it('changes tabs with the arrows', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    await page.getByTestId('tab-people').focus();
    await page.keyboard.press('ArrowRight');
    expect(await focused(page)).toBe('tab-log');
    await page.keyboard.press('ArrowRight');
    expect(await focused(page)).toBe('tab-rules');
    await page.getByTestId('rules').waitFor();
    await done();
  });

  it('opens and closes the drawers of a small window, and the rest cannot be reached meanwhile', async () => {
    const { page, done } = await harness.open({ width: 720, height: 480 });
    await ready(page);
    await expect.poll(() => page.getByTestId('group-list').count(), SOON).toBe(0);
    await page.getByTestId('open-groups').click();
    await page.getByTestId('group-list').waitFor();
    await expect.poll(() => page.locator('main[inert]').count(), SOON).toBe(1);
    await page.keyboard.press('Escape');
    await page.getByTestId('group-list').waitFor({ state: 'detached' });
    await page.getByTestId('toggle-panel').click();
    await page.waitForFunction(() => document.activeElement?.closest('aside') !== null);
    await page.keyboard.press('Escape');
    await page.getByTestId('tab-people').waitFor({ state: 'detached' });
    await page.getByTestId('open-groups').click();
    await page.getByTestId('group-item').filter({ hasText: 'Flat 12' }).click();
    await title(page, 'Flat 12');
    await expect.poll(() => page.getByTestId('group-list').count(), SOON).toBe(0);
    await done();
  });

  it('remembers light or dark, whatever the system says', async () => {
    const { page, done } = await harness.open({ dark: true });
    await ready(page);
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    await page.keyboard.press('Control+,');
    await page.getByTestId('settings-appearance').click();
    await page.getByTestId('theme-light').check({ force: true });
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('light');
    await page.reload();
    await ready(page);
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('light');
    await done();
  });
});

describe('lists have one stop for Tab, and arrows go through them', () => {
  const ring = (page: Page) => page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
  const tabStops = (page: Page, css: string) =>
    page.locator(css).evaluateAll((all) => all.filter((one) => (one as HTMLElement).tabIndex === 0).length);

  it('the groups', async () => {
    const { page, done } = await harness.open({ height: 480 });
    await ready(page);
    const group = () => page.evaluate(() => document.activeElement?.querySelector('b')?.textContent);
    await page.getByTestId('open-palette').focus();
    await page.keyboard.press('Tab');
    expect(await group()).toBe('Harbour board');
    expect(await tabStops(page, '[data-testid=group-item]')).toBe(1);
    await page.keyboard.press('ArrowDown');
    expect([await group(), await ring(page)]).toEqual(['Orchestra, brass', 'solid']);
    await page.keyboard.press('End');
    await expect.poll(group, SOON).toBe('Summer camp');
    const seen = await page.evaluate(() => {
      const [list, item] = [document.querySelector('[data-testid=group-list]'), document.activeElement].map((one) =>
        one!.getBoundingClientRect(),
      );
      return item!.top >= list!.top - 1 && item!.bottom <= list!.bottom + 1;
    });
    expect(seen).toBe(true);
    await page.keyboard.press('Home');
    await expect.poll(group, SOON).toBe('Harbour board');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await title(page, 'Orchestra, brass');
    await done();
  });

  it('the people, where keys do what the menu of a person offers', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    const handle = () =>
      page.evaluate(() => document.activeElement?.closest('[data-handle]')?.getAttribute('data-handle'));
    await page.getByTestId('tab-people').focus();
    for (let i = 0; i < 4 && (await handle()) !== 'bob'; i++) await page.keyboard.press('Tab');
    expect(await tabStops(page, '.person')).toBe(1);
    await page.keyboard.press('Delete');
    expect(await page.getByTestId('confirm-dialog').count()).toBe(0);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect([await handle(), await ring(page)]).toEqual(['carol', 'solid']);
    // Carol is an admin as bob is: not his to remove, by key or button.
    await page.keyboard.press('Enter');
    await page.locator('[data-handle=carol] [aria-expanded=true]').waitFor();
    expect(await page.locator('[data-handle=carol]').getByTestId('remove-member').count()).toBe(0);
    await page.keyboard.press('Delete');
    expect(await page.getByTestId('confirm-dialog').count()).toBe(0);
    await page.keyboard.press('ArrowDown');
    expect(await handle()).toBe('dave');
    await page.keyboard.press('Enter');
    await page.locator('[data-handle=dave]').getByTestId('remove-member').waitFor();
    await page.keyboard.press('Delete');
    await page.getByTestId('confirm-dialog').getByText('Remove dave').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('End');
    expect(await handle()).toBe('erin');
    await done();
  });

  it('the log', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    await page.getByTestId('tab-log').click();
    await page.getByTestId('log-row').first().waitFor();
    await page.getByTestId('details').first().focus();
    await page.keyboard.press('Tab');
    const index = () =>
      page.evaluate(() => document.activeElement?.closest('[data-index]')?.getAttribute('data-index'));
    expect([await index(), await tabStops(page, '.entry-button')]).toEqual(['12', 1]);
    await page.keyboard.press('ArrowDown');
    expect([await index(), await ring(page)]).toEqual(['11', 'solid']);
    await page.keyboard.press('ArrowDown');
    expect([await index(), await ring(page)]).toEqual(['10', 'solid']);
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-expanded'))).toBe('true');
    await page.keyboard.press('c');
    await page.getByTestId('notice').getByText('Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('bob added dave with 1 device');
    await done();
  });
});

describe('into the timeline', () => {
  it('Shift+Tab from the composer lands on a row, Tab goes to its link and buttons, the next Shift+Tab leads out', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    await page.getByTestId('composer').fill('see https://example.org/a');
    await page.keyboard.press('Enter');
    await page.locator('[data-state=sent] a').last().waitFor();
    const at = () =>
      page.evaluate(() => [
        document.activeElement?.getAttribute('data-testid') ?? document.activeElement?.tagName,
        document.activeElement?.textContent?.includes('example.org'),
      ]);
    await page.keyboard.press('Shift+Tab');
    await expect.poll(at, SOON).toEqual(['message-row', true]);
    await page.keyboard.press('Tab');
    expect(await at()).toEqual(['A', true]);
    await page.keyboard.press('Tab');
    expect((await at())[0]).toBe('react-action');
    await page.getByTestId('message-row').last().focus();
    await page.keyboard.press('ArrowUp');
    await expect.poll(at, SOON).toEqual(['message-row', false]);
    await page.keyboard.press('Shift+Tab');
    expect((await at())[0]).toBe('timeline');
    // Of all links in the timeline only those of the row that is at are stops.
    expect(
      await page
        .locator('[data-testid=timeline] a')
        .evaluateAll((all) => all.filter((one) => (one as HTMLElement).tabIndex === 0).length),
    ).toBe(0);
    await done();
  });

  it('the keys act on the row with the ring, wherever the arrows went', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    await page.keyboard.press('Shift+Tab');
    await page.waitForFunction(() => document.activeElement?.textContent?.includes('The berth plan is final'));
    for (
      let i = 0;
      i < 12 && !(await page.evaluate(() => document.activeElement?.textContent?.includes('I can take the boat')));
      i++
    ) {
      await page.keyboard.press('ArrowUp');
      await page.waitForTimeout(50);
    }
    expect(await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle)).toBe('solid');
    await page.keyboard.press('Delete');
    await page.getByTestId('confirm').click();
    await page.getByTestId('message-row').filter({ hasText: 'Message deleted' }).waitFor();
    await expect.poll(() => focused(page), SOON).toBe('message-row');
    await page.keyboard.press('ArrowUp');
    await page.waitForFunction(() => document.activeElement?.textContent?.includes('It silts up again'));
    await page.keyboard.press('r');
    await page.getByTestId('composer-context').getByText('Replying to You').waitFor();
    await done();
  });

  it('End and Home lead to the newest and the oldest row, and the keys never act on one that is out of sight', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    await page.getByTestId('group-item').filter({ hasText: 'Orchestra, brass' }).click();
    await title(page, 'Orchestra, brass');
    await settled(page);
    const view = page.getByTestId('timeline');
    const row = () =>
      view.evaluate((view) => {
        const [at, edge] = [document.activeElement!.getBoundingClientRect(), view.getBoundingClientRect()];
        const rows = [...view.querySelectorAll('[data-key]')];
        return {
          shows: at.bottom > edge.top && at.top < edge.bottom,
          last: document.activeElement === rows.at(-1),
          key: document.activeElement?.getAttribute('data-key') ?? null,
        };
      });
    await view.focus();
    await page.keyboard.press('ArrowUp');
    await expect.poll(row, SOON).toMatchObject({ shows: true, last: true });
    await page.keyboard.press('Home');
    await expect.poll(row, SOON).toMatchObject({ shows: true, last: false });
    await page.keyboard.press('End');
    await expect.poll(row, SOON).toMatchObject({ shows: true, last: true });
    // The focus on a row, and the view elsewhere.
    await view.evaluate((view) => (view.scrollTop -= 3_000));
    await settled(page);
    await expect.poll(row, SOON).toMatchObject({ shows: false });
    await page.keyboard.press('r');
    expect(await page.getByTestId('composer-context').count()).toBe(0);
    await page.keyboard.press('ArrowUp');
    await expect.poll(row, SOON).toMatchObject({ shows: true, last: false });
    // Whoever wrote is at the end, and goes on from there.
    await page.getByTestId('composer').fill('here I am');
    await page.getByTestId('composer').press('Enter');
    await page.locator('[data-testid=message-row][data-state=sent]', { hasText: 'here I am' }).waitFor();
    await settled(page);
    await page.keyboard.press('Shift+Tab');
    await page.waitForFunction(() => document.activeElement?.textContent?.includes('here I am'));
    await done();
  });

  it('a clicked row shows that the keys act on it', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    const row = page.getByTestId('message-row').last();
    await row.click({ position: { x: 4, y: 4 } });
    expect(await row.evaluate((one) => [document.activeElement === one, getComputedStyle(one).outlineStyle])).toEqual([
      true,
      'solid',
    ]);
    await done();
  });
});

describe('what goes away hands the focus on', () => {
  const at = (page: Page) => expect.poll(() => focused(page), SOON);
  const typed = async (page: Page) => {
    await page.keyboard.type('abc');
    expect(await page.getByTestId('composer').inputValue()).toBe('abc');
    await page.getByTestId('composer').fill('');
  };

  it('to the composer: the jump to the newest message, the panel by its button and by key', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    await page.getByTestId('group-item').filter({ hasText: 'Orchestra, brass' }).click();
    await title(page, 'Orchestra, brass');
    await settled(page);
    await page.getByTestId('timeline').evaluate((view) => (view.scrollTop = 0));
    await page.getByTestId('jump-newest').click();
    await page.getByTestId('jump-newest').waitFor({ state: 'detached' });
    await at(page).toBe('composer');
    await typed(page);
    await page.getByTestId('close-panel').click();
    await at(page).toBe('composer');
    await typed(page);
    await page.getByTestId('toggle-panel').click();
    await page.getByTestId('tab-people').focus();
    await page.keyboard.press('Control+i');
    await at(page).toBe('composer');
    await done();
  });

  it('to its row: the fold of a long message, the own reaction that is taken back', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    await page.getByTestId('composer').fill(Array.from({ length: 200 }, (_, i) => `line ${i}`).join('\n'));
    await page.getByTestId('composer').press('Enter');
    await page.locator('[data-testid=message-row][data-state=sent]', { hasText: 'line 0' }).waitFor();
    await page.getByRole('button', { name: 'Show the whole message' }).press('Enter');
    await at(page).toBe('message-row');
    await page.keyboard.press('+');
    await page.waitForFunction(() => document.activeElement?.getAttribute('type') === 'search');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByTestId('message-row').last().getByTestId('reaction').press('Enter');
    await page.getByTestId('message-row').last().getByTestId('reaction').waitFor({ state: 'detached' });
    await at(page).toBe('message-row');
    await done();
  });

  it('to the list: a group that is deleted here, and one that is archived', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    await page.getByTestId('group-item').filter({ hasText: 'Market stall' }).click();
    await title(page, 'Market stall');
    await page.getByTestId('room-menu').click();
    await page.getByTestId('forget-group-menu').click();
    await page.getByTestId('confirm').click();
    await at(page).toBe('group-item');
    await page.keyboard.press('Home');
    await page.keyboard.press('ContextMenu');
    await page.getByTestId('archive-group').click();
    await at(page).toMatch(/^(group-item|archive)$/);
    await done();
  });

  it('and where nothing has it, what is typed is written', async () => {
    const { page, done } = await harness.open();
    await ready(page);
    await page.getByTestId('composer').blur();
    expect(await focused(page)).toBe('BODY');
    await typed(page);
    await page.getByTestId('composer').blur();
    await page.keyboard.press('Control+b');
    await page.keyboard.press('Space');
    expect(await focused(page), 'no letters').toBe('BODY');
    await page.keyboard.press('Control+,');
    await page.getByTestId('settings').waitFor();
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await page.keyboard.type('abc');
    await page.keyboard.press('Escape');
    expect(await page.getByTestId('composer').inputValue()).toBe('');
    await done();
  });
});

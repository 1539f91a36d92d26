/** The settings: reached by key and button, in sections, in every size of window; each of them does what it says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { Harness, SOON, axeFindings, shots } from './harness';

const harness = new Harness();
beforeAll(() => harness.start());
afterAll(() => harness.stop());

const SECTIONS = ['profile', 'notifications', 'appearance', 'writing', 'computer', 'account', 'about'] as const;
const go = (page: Page, section: (typeof SECTIONS)[number]) => page.getByTestId(`settings-${section}`).click();
const text = (page: Page) => page.getByTestId('settings').getByRole('main').innerText();

describe.each([
  { width: 1280, height: 800, dark: false },
  { width: 900, height: 600, dark: true },
  { width: 720, height: 480, dark: false },
  { width: 720, height: 480, dark: true },
])('at $width×$height (dark: $dark)', (view) => {
  it('each section is there, fits, and is accessible', async () => {
    const { page, done } = await harness.open(view);
    await page.keyboard.press('Control+,');
    for (const section of SECTIONS) {
      await go(page, section);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
      const beyond = await page
        .getByTestId('settings')
        .getByRole('main')
        .evaluate((main) => main.scrollWidth - main.clientWidth);
      expect(beyond, section).toBeLessThanOrEqual(0);
      expect(await axeFindings(page), section).toEqual([]);
      await page.screenshot({ path: `${shots}/settings-${section}-${view.width}-${view.dark ? 'dark' : 'light'}.png` });
    }
    await done();
  });
});

it('is one column where a large zoom leaves little room, and nothing is cut', async () => {
  const { page, done } = await harness.open({ width: 360, height: 240 });
  await page.keyboard.press('Control+,');
  const choice = page.getByTestId('settings-section');
  await expect.poll(() => choice.evaluate((one) => document.activeElement === one), SOON).toBe(true);
  for (const section of SECTIONS) {
    await choice.selectOption(section);
    const main = page.getByTestId('settings').getByRole('main');
    await main.getByRole('heading', { level: 1 }).waitFor();
    const sizes = await main.evaluate((main) => {
      const cut = [...main.querySelectorAll<HTMLElement>('*')].filter((one) => {
        const { left, right } = one.getBoundingClientRect();
        return (
          one.checkVisibility({ visibilityProperty: true }) &&
          !one.closest('.visually-hidden, details:not([open]) > :not(summary)') &&
          (left < -1 || right > window.innerWidth + 1)
        );
      });
      return {
        width: main.clientWidth,
        height: main.clientHeight,
        beyond: main.scrollWidth - main.clientWidth,
        cut: cut.map((one) => one.outerHTML.slice(0, 120)),
      };
    });
    expect(sizes, section).toEqual({ width: 360, height: expect.any(Number), beyond: 0, cut: [] });
    expect(sizes.height, section).toBeGreaterThan(180);
    expect(await axeFindings(page), section).toEqual([]);
    await page.screenshot({ path: `${shots}/settings-${section}-360.png` });
  }
  await page.getByTestId('settings-close').click();
  await page.getByTestId('composer').waitFor();
  await done();
});

it('is reached by key and button, gone through with the arrows, and left with Esc to where one was', async () => {
  const { page, done } = await harness.open();
  const composer = page.getByTestId('composer');
  await composer.fill('half a tho');
  await page.getByTestId('account').click();
  await page.getByTestId('settings').waitFor();
  await page.keyboard.press('ArrowDown');
  await page.getByTestId('notifications-on').waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('settings-notifications');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await expect.poll(() => text(page), SOON).toContain('0.1.0');
  await page.keyboard.press('Escape');
  await expect.poll(() => composer.inputValue(), SOON).toBe('half a tho');
  await expect.poll(() => composer.evaluate((area) => document.activeElement === area), SOON).toBe(true);
  await page.keyboard.press('Control+,');
  await page.getByTestId('settings').waitFor();
  await page.keyboard.press('Control+n');
  expect(await page.getByTestId('create-group-dialog').count(), 'what is not in sight is not worked on').toBe(0);
  await page.keyboard.press('Control+,');
  await composer.waitFor();
  await done();
});

it('keeps theme, size of messages and zoom, also when the window opens anew', async () => {
  const { page, world, done } = await harness.open();
  await page.keyboard.press('Control+,');
  await go(page, 'appearance');
  await page.getByTestId('theme-dark').check({ force: true });
  await page.getByTestId('text-size-large').check({ force: true });
  await page.getByTestId('zoom-in').click();
  await page.keyboard.press('Control+=');
  expect(await page.getByTestId('zoom').textContent()).toBe('125%');
  const zooms = async () => (await world.asked('plugin:webview|set_webview_zoom')).map(({ value }) => value);
  const before = (await zooms()).length;
  await page.reload();
  await page.getByTestId('message-row').first().waitFor();
  const now = await page.evaluate(() => ({
    theme: document.documentElement.dataset['theme'],
    size: getComputedStyle(document.querySelector('[data-testid=message-row] .text')!).fontSize,
    composer: getComputedStyle(document.querySelector('[data-testid=composer]')!).fontSize,
  }));
  const zoom = (await zooms()).slice(before);
  expect({ ...now, zoom }).toEqual({ theme: 'dark', size: '16px', composer: '16px', zoom: [1.25] });
  await done();
});

it('lets Enter break the line and Ctrl Enter send, and the sheet says so', async () => {
  const { page, done } = await harness.open();
  await page.keyboard.press('Control+,');
  await go(page, 'writing');
  await page.getByTestId('enter-breaks').check({ force: true });
  await page.keyboard.press('Escape');
  const composer = page.getByTestId('composer');
  await composer.fill('one');
  await composer.press('Enter');
  await page.keyboard.type('two');
  expect(await composer.inputValue()).toBe('one\ntwo');
  await composer.press('Control+Enter');
  await page
    .getByTestId('message-row')
    .filter({ hasText: /one\s*two/ })
    .waitFor();
  expect(await composer.inputValue()).toBe('');
  await page.getByTestId('timeline').focus();
  await page.keyboard.press('?');
  await expect.poll(() => page.getByTestId('shortcuts-dialog').innerText(), SOON).toMatch(/Ctrl\s*Enter\s*Send/);
  await done();
});

it('keeps every switch where it is put', async () => {
  const { page, world, done } = await harness.open();
  await page.keyboard.press('Control+,');
  await go(page, 'notifications');
  await page.getByTestId('notifications-hide').check({ force: true });
  await page.getByTestId('notifications-sound').uncheck({ force: true });
  await page.getByTestId('notifications-on').uncheck({ force: true });
  expect(await page.getByTestId('notifications-hide').isDisabled()).toBe(true);
  await go(page, 'computer');
  await page.getByTestId('close-to-tray').uncheck({ force: true });
  await page.getByTestId('start-at-login').check({ force: true });
  const atLogin = (await world.asked('plugin:autostart|enable')).length === 1;
  const kept = { ...(await world.me.call('settings')), atLogin };
  expect(kept).toEqual({
    notifications: false,
    hideText: true,
    sound: false,
    enterSends: true,
    closeToTray: false,
    recentEmoji: [],
    atLogin: true,
  });
  await done();
});

it('shows what can’t be changed, to be read and copied', async () => {
  const { page, done } = await harness.open();
  await page.keyboard.press('Control+,');
  expect(await text(page)).toContain('mimi://example.org/u/alice');
  await page.getByRole('button', { name: 'Copy' }).first().click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('alice');
  await go(page, 'account');
  expect(await text(page)).toMatch(/this computer[\s\S]*Connected/);
  await go(page, 'about');
  expect(await text(page)).toMatch(/conclave\/alice\/log[\s\S]*MIT or Apache 2\.0/);
  await done();
});

it('shows the licences of what is inside, to be searched and read', async () => {
  const { page, done } = await harness.open({ width: 720, height: 480 });
  const loaded: string[] = [];
  page.on('response', (response) => loaded.push(new URL(response.url()).pathname));
  await page.keyboard.press('Control+,');
  await go(page, 'about');
  expect(
    loaded.filter((path) => path.includes('licences')),
    'before anybody asks for them',
  ).toEqual([]);
  await page.getByTestId('licences').click();
  await expect.poll(() => page.getByTestId('licences-part').count(), SOON).toBeGreaterThan(400);
  await page.getByTestId('licences-search').fill('libsqlite3');
  await expect.poll(() => page.getByTestId('licences-part').count(), SOON).toBe(1);
  await page.getByTestId('licences-part').press('Enter');
  await page.getByTestId('licences-text').first().waitFor();
  expect(
    await page
      .getByTestId('licences-text')
      .allInnerTexts()
      .then((all) => all.join()),
  ).toContain('ZETETIC');
  expect(await axeFindings(page)).toEqual([]);
  await page.screenshot({ path: `${shots}/settings-licences-720.png` });
  await page.getByTestId('licences-search').fill('qqqq');
  await page.getByText('Nothing matches.').waitFor();
  await done();
});

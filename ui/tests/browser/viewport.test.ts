/** Where the timeline is scrolled to: the end for who is there, the place for who is not, whatever changes its size. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { Harness, SOON, settled } from './harness';
import type { World } from './world';

declare global {
  interface Window {
    /** The web view's own, beside the one that the page is given. */
    screenFrame: typeof requestAnimationFrame;
  }
}

const harness = new Harness();
beforeAll(() => harness.start());
afterAll(() => harness.stop());

const GROUP = 'Orchestra, brass';
const lines = (count: number) => Array.from({ length: count }, (_, i) => `line ${i}`).join('\n');
const below = (page: Page) =>
  page.getByTestId('timeline').evaluate((view) => view.scrollHeight - view.scrollTop - view.clientHeight);
const still = settled;
const arrive = (world: World, ...texts: string[]) => world.person('grace').say(GROUP, ...texts);

async function open(page: Page, name = GROUP): Promise<void> {
  await page.getByTestId('group-item').filter({ hasText: name }).click();
  await page.locator('[data-testid=timeline].placed').waitFor();
  await still(page);
}

async function atEnd(page: Page, after: string): Promise<void> {
  await still(page);
  expect(await below(page), after).toBeLessThan(2);
}

/** The first row wholly in sight, and where. */
const firstRow = (page: Page) =>
  page.getByTestId('timeline').evaluate((view) => {
    const edge = view.getBoundingClientRect().top;
    const row = [...view.querySelectorAll<HTMLElement>('[data-key]')].find(
      (one) => one.getBoundingClientRect().top >= edge,
    );
    return { key: row?.dataset['key'] ?? '', top: Math.round(row?.getBoundingClientRect().top ?? NaN) };
  });

it('who is at the end stays there, whatever changes its size', async () => {
  const { page, world, done } = await harness.open({ width: 900, height: 600 });
  await open(page);
  await page.setViewportSize({ width: 1278, height: 775 });
  await atEnd(page, 'enlarged');
  await page.setViewportSize({ width: 720, height: 480 });
  await atEnd(page, 'made smaller');
  for (const zoom of ['1.5', '0.7', '1']) {
    await page.evaluate((zoom) => void (document.documentElement.style.zoom = zoom), zoom);
    await atEnd(page, `zoomed to ${zoom}`);
  }
  await arrive(world, lines(14));
  await atEnd(page, 'a tall message came');
  await page.getByTestId('composer').fill(lines(60));
  await atEnd(page, 'the composer grew');
  await page.getByTestId('composer').press('Enter');
  await page.locator('[data-state=sent]', { hasText: 'line 0' }).last().waitFor();
  await atEnd(page, 'a tall message was sent');
  await arrive(world, 'and one more');
  await atEnd(page, 'the next one came');
  await done();
});

it('showing the whole of the newest message moves nothing', async () => {
  const { page, world, done } = await harness.open();
  await open(page);
  await arrive(world, lines(900));
  await atEnd(page, 'it came');
  const row = page.getByTestId('message-row').last();
  const before = (await row.boundingBox())!;
  await row.getByRole('button', { name: 'Show the whole message' }).click();
  await still(page);
  const after = (await row.boundingBox())!;
  expect(after.height).toBeGreaterThan(10_000);
  expect(Math.abs(after.y - before.y)).toBeLessThan(2);
  expect(await page.getByTestId('jump-newest').isVisible()).toBe(true);
  await done();
});

it('coming back to a group is coming back to the place', async () => {
  const { page, world, done } = await harness.open();
  await open(page);
  await page.getByTestId('timeline').hover();
  for (let i = 0; i < 6; i++) {
    await page.mouse.wheel(0, -1_500);
    await still(page);
  }
  const before = await firstRow(page);
  await open(page, 'Harbour board');
  await arrive(world, 'meanwhile');
  await open(page);
  const after = await firstRow(page);
  expect(after.key).toBe(before.key);
  expect(Math.abs(after.top - before.top)).toBeLessThan(3);
  const jump = page.getByTestId('jump-newest');
  await expect.poll(() => jump.getByTestId('jump-count').innerText(), SOON).toBe('1');
  await jump.click();
  await atEnd(page, 'the jump');
  await expect.poll(() => page.getByTestId('jump-count').count(), SOON).toBe(0);
  await done();
});

it('reads on where what is loaded folds into a few lines', async () => {
  const { page, world, done } = await harness.open();
  const grace = world.person('grace');
  const id = await world.group(GROUP);
  for (let i = 0; i < 130; i++)
    await grace.call('renameGroup', { group: id, name: i === 129 ? GROUP : `${GROUP} ${i}` });
  const unseen = async () => (await world.me.call('groupSummary', { group: id })).unseenChanges;
  await expect.poll(unseen, { timeout: 30_000 }).toBe(130);
  await world.me.call('markSeen', { group: id, upToPosition: Number.MAX_SAFE_INTEGER - 1_000_000 });
  await open(page);
  await expect
    .poll(() => page.getByTestId('timeline').evaluate((view) => view.scrollHeight > view.clientHeight), SOON)
    .toBe(true);
  await page.getByTestId('message-row').first().waitFor();
  await done();
});

/**
 * Clicks; counts the frames of the screen from when the rows are there until the newest is to be seen, and by how many
 * pixels it moves from then until it is placed.
 */
const opening = (at: Locator) =>
  at.evaluate(
    (button: HTMLElement) =>
      new Promise<{ frames: number; moved: number }>((done) => {
        const before = document.querySelector('[data-testid=timeline]');
        const seen = { frames: 0, moved: 0 };
        let first: number | undefined;
        const look = () => {
          const view = document.querySelector('[data-testid=timeline]');
          const newest =
            view === before ? undefined : [...(view?.querySelectorAll('[data-testid=message-row]') ?? [])].at(-1);
          if (view && newest) {
            const [edge, row] = [view.getBoundingClientRect(), newest.getBoundingClientRect()];
            const shows =
              row.bottom > edge.top &&
              row.bottom <= edge.bottom &&
              newest.checkVisibility({ visibilityProperty: true });
            if (first === undefined && !shows) seen.frames++;
            if (shows) first ??= row.bottom;
            if (first !== undefined) seen.moved = Math.max(seen.moved, Math.abs(row.bottom - first));
            if (first !== undefined && view.classList.contains('placed')) return done(seen);
          }
          window.screenFrame(look);
        };
        button.click();
        window.screenFrame(look);
      }),
  );

// The screen goes on at its own pace; it is the page that hears of few of its frames.
it.each([
  { lateMs: 0, framesMax: 3 },
  { lateMs: 100, framesMax: 12 },
])('a room shows its newest row at once, where frames come $lateMs ms late', async ({ lateMs, framesMax }) => {
  const { page, done } = await harness.open();
  await open(page, 'Flat 12');
  await page.evaluate((lateMs) => {
    window.screenFrame = window.requestAnimationFrame.bind(window);
    if (lateMs > 0) window.requestAnimationFrame = (call) => window.setTimeout(() => call(performance.now()), lateMs);
  }, lateMs);
  const chosen = await opening(page.getByTestId('group-item').filter({ hasText: GROUP }));
  await page.getByTestId('account').click();
  const back = await opening(page.getByTestId('settings-close'));
  for (const [what, seen] of Object.entries({ chosen, back })) {
    expect(seen.frames, what).toBeLessThanOrEqual(framesMax);
    expect(seen.moved, what).toBeLessThan(2);
  }
  await done();
});

it('coming back from the settings is coming back to the end, or to the place', async () => {
  const { page, world, done } = await harness.open({ height: 600 });
  const settings = async () => {
    await page.keyboard.press('Control+,');
    await page.getByTestId('settings').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('[data-testid=timeline].placed').waitFor();
    await still(page);
  };
  await arrive(world, ...Array.from({ length: 30 }, (_, i) => `unread ${i}`));
  await page.getByTestId('group-item').filter({ hasText: 'unread 29' }).waitFor();
  await open(page);
  await page.getByTestId('new-line').waitFor();
  const line = await firstRow(page);
  await settings();
  expect(await firstRow(page), 'at the line "New"').toEqual(line);
  await page.getByTestId('jump-newest').click();
  await atEnd(page, 'the jump');
  await settings();
  await atEnd(page, 'the settings');
  await page.keyboard.press('Control+,');
  await page.getByTestId('settings').waitFor();
  await arrive(world, 'meanwhile');
  await page.keyboard.press('Escape');
  await page.locator('[data-testid=timeline].placed').waitFor();
  await atEnd(page, 'a message came meanwhile');
  await arrive(world, lines(900));
  await atEnd(page, 'a long one');
  await page.getByRole('button', { name: 'Show the whole message' }).click();
  await still(page);
  const unfolded = await firstRow(page);
  await settings();
  expect((await firstRow(page)).key, 'what was unfolded at the end leads away from it').toBe(unfolded.key);
  await done();
});

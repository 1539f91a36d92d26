/** What a row offers where it is pointed at, and what it says: its actions, its time, the format of its text. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { Harness, SOON, settled } from './harness';
import type { World } from './world';

const harness = new Harness();
beforeAll(() => harness.start());
afterAll(() => harness.stop());

const row = (page: Page, text: string) => page.getByTestId('message-row').filter({ hasText: text });
const arrive = (world: World, text: string) => world.person('bob').say('Harbour board', text);
const say = async (page: Page, text: string) => {
  await page.getByTestId('composer').fill(text);
  await page.getByTestId('composer').press('Enter');
};

it('the actions of a message taller than the window are beside the pointer', async () => {
  const { page, world, done } = await harness.open({ width: 900, height: 600 });
  await settled(page);
  await arrive(world, Array.from({ length: 50 }, (_, i) => `line ${i}`).join('\n'));
  await settled(page);
  const tall = row(page, 'line 49');
  const bubble = (await tall.locator('.bubble').boundingBox())!;
  expect(bubble.height).toBeGreaterThan(600);
  const reply = tall.getByTestId('reply-action');
  for (const y of [150, 300, 420]) {
    await page.mouse.move(bubble.x + 30, y);
    await expect.poll(async () => Math.abs((await reply.boundingBox())!.y + 14 - y), SOON).toBeLessThan(20);
    // On the way there they stay.
    const before = (await reply.boundingBox())!;
    await page.mouse.move(before.x + 10, before.y + 4, { steps: 6 });
    expect(Math.abs((await reply.boundingBox())!.y - before.y)).toBeLessThan(12);
    expect(await reply.evaluate((one) => getComputedStyle(one.parentElement!).opacity)).toBe('1');
  }
  await reply.click();
  await page.getByTestId('composer-context').getByText('Replying to bob').waitFor();
  // By key they are in sight.
  await tall.focus();
  const box = (await reply.boundingBox())!;
  expect(box.y).toBeGreaterThan(60);
  expect(box.y).toBeLessThan(540);
  await done();
});

it.each([
  { width: 1280, height: 800 },
  { width: 720, height: 480 },
])('actions cover no text and no link, at $width×$height', async (size) => {
  const { page, world, done } = await harness.open(size);
  await settled(page);
  await arrive(world, 'https://example.org/' + 'long/'.repeat(60));
  await say(page, 'words '.repeat(60));
  await page.locator('[data-state=sent]', { hasText: 'words words' }).last().waitFor();
  await settled(page);
  const covered = await page.getByTestId('timeline').evaluate((view) => {
    const boxes = (css: string) => [...view.querySelectorAll(css)].map((one) => one.getBoundingClientRect());
    const text = boxes('.bubble, [data-testid=door-row], [data-testid=reaction]');
    const inside = view.getBoundingClientRect();
    const meets = (a: DOMRect, b: DOMRect) =>
      a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
    const bars = boxes('[role=toolbar]');
    return {
      bars: bars.length,
      covered: bars.filter((bar) => text.some((one) => meets(bar, one))).length,
      outside: bars.filter((bar) => bar.left < inside.left || bar.right > inside.right).length,
    };
  });
  expect(covered.bars).toBeGreaterThan(1);
  expect(covered).toMatchObject({ covered: 0, outside: 0 });
  await done();
});

it('an edit has the format of its new text', async () => {
  const { page, done } = await harness.open();
  await settled(page);
  const edit = async (from: string, to: string) => {
    await say(page, from);
    await page
      .locator('[data-state=sent]', { hasText: from.replaceAll('*', '') })
      .last()
      .waitFor();
    await page.getByTestId('composer').press('ArrowUp');
    await expect.poll(() => page.getByTestId('composer').inputValue(), SOON).toBe(from);
    await say(page, to);
  };
  await edit('at nine', 'at **ten**');
  await row(page, 'at ten').getByText('edited').waitFor();
  expect(await row(page, 'at ten').locator('strong').innerText()).toBe('ten');
  await edit('**soon**', '\\o/ soon');
  await row(page, '\\o/ soon').getByText('edited').waitFor();
  expect(await row(page, '\\o/ soon').locator('.text').innerText()).toBe('\\o/ soon');
  await done();
});

it('each row has its time, and all follow the time zone', async () => {
  const { page, world, done } = await harness.open();
  await settled(page);
  for (const text of ['one', 'two', 'three']) await arrive(world, text);
  const later = row(page, 'three');
  await later.hover();
  await expect
    .poll(() => later.locator('time').evaluate((time) => getComputedStyle(time).visibility), SOON)
    .toBe('visible');
  for (const testid of ['message-row', 'door-row']) {
    const timed = await page
      .getByTestId(testid)
      .evaluateAll((rows) =>
        rows.every((one) =>
          [...one.querySelectorAll('[title]')].some((part) => /\d\d?:\d\d:\d\d/.test(part.getAttribute('title') ?? '')),
        ),
      );
    expect(timed, testid).toBe(true);
  }
  const times = () => page.locator('[data-testid=timeline] time, [data-testid=group-list] time').allInnerTexts();
  const before = await times();
  const debug = await page.context().newCDPSession(page);
  await debug.send('Emulation.setTimezoneOverride', { timezoneId: 'Asia/Kathmandu' });
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await expect.poll(times, SOON).not.toEqual(before);
  const here = await page.evaluate(() =>
    new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' }).format(Date.now()),
  );
  await arrive(world, 'in another zone');
  expect(await row(page, 'in another zone').locator('time').first().textContent()).toBe(here);
  await done();
});

it('what is pasted is bounded, far over what can be sent, and said; typing stays quick', async () => {
  const { page, done } = await harness.open();
  await settled(page);
  const composer = page.getByTestId('composer');
  for (const [unit, most] of [
    ['ж', 128 * 1024],
    ['1\n', 16_000],
  ] as const) {
    await composer.fill('');
    await page.evaluate((unit) => navigator.clipboard.writeText(unit.repeat((3 * 1024 * 1024) / unit.length)), unit);
    await composer.focus();
    await page.keyboard.press('Control+v');
    await page.getByTestId('notice').getByText('Only the beginning was pasted').first().waitFor();
    const length = (await composer.inputValue()).length;
    expect(length).toBeLessThanOrEqual(most);
    expect(length).toBeGreaterThan(most - 10);
    const before = Date.now();
    await page.keyboard.press('a');
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    expect(Date.now() - before).toBeLessThan(1_000);
  }
  // Less than that is pasted whole, also where it is too long to be sent.
  await composer.fill('');
  await page.evaluate(() => navigator.clipboard.writeText('x'.repeat(80 * 1024)));
  await composer.focus();
  await page.keyboard.press('Control+v');
  await page.getByText('Too long by').waitFor();
  expect((await composer.inputValue()).length).toBe(80 * 1024);
  await done();
});

it.each(['en-US', 'ko', 'fr-CA', 'ar-EG'])(
  'the time of a follow-up message shows whole beside the bubble (%s)',
  async (locale) => {
    const { page, world, done } = await harness.open({ locale });
    await settled(page);
    await arrive(world, 'the first');
    await arrive(world, 'the second');
    const second = row(page, 'the second');
    await second.hover();
    const at = await second.evaluate((one) => {
      const text = document.createRange();
      text.selectNodeContents(one.querySelector('.later')!);
      const [time, bubble, view] = [
        text,
        one.querySelector('.bubble')!,
        document.querySelector('[data-testid=timeline]')!,
      ].map((each) => each.getBoundingClientRect());
      return { free: bubble!.left - time!.right, inside: time!.left - view!.left, text: text.toString() };
    });
    expect(at.text).not.toBe('');
    expect(at.free, at.text).toBeGreaterThanOrEqual(2);
    expect(at.inside, at.text).toBeGreaterThanOrEqual(0);
    await done();
  },
);

it('the jump to the newest message lies over no message of one’s own', async () => {
  for (const width of [1280, 720, 400]) {
    const { page, done } = await harness.open({ width, height: 480 });
    await settled(page);
    for (let i = 0; i < 30; i++) await say(page, `mine ${i} ${'and on it goes '.repeat(20)}`);
    await row(page, 'mine 29').waitFor();
    await settled(page);
    await page.getByTestId('timeline').evaluate((view) => (view.scrollTop -= 900));
    const jump = (await page.getByTestId('jump-newest').boundingBox())!;
    const ends = await page
      .locator('.mine .bubble')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().right));
    expect(Math.max(...ends)).toBeLessThanOrEqual(jump.x);
    await done();
  }
});

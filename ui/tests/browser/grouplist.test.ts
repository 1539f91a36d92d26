/** Thousands of groups: few rows in the page, the open one in sight, no long frame when a message arrives. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { Harness, SOON, longestTaskMs } from './harness';

const harness = new Harness();
beforeAll(() => harness.start());
afterAll(() => harness.stop());

const GROUPS = 3_000;
const MESSAGES = 5;
/** What the page's main thread may do at a time. */
const FRAME_MS_MAX = 50;

/** All groups are in the list. */
const full = (page: Page) =>
  expect.poll(() => page.getByTestId('group-list').evaluate((list) => list.scrollHeight), SOON).toBeGreaterThan(GROUPS);

it('holds few rows, reads one line for each message, and draws no long frame', async () => {
  const { page, world, done } = await harness.open({ scene: 'many' });
  await full(page);
  expect(await page.getByTestId('group-item').count()).toBeLessThan(40);
  const reads = async () => ({
    groups: await world.called('groups'),
    groupSummary: await world.called('group_summary'),
    group: await world.called('group'),
    roster: await world.called('roster'),
  });
  const before = await reads();
  let sent = 0;
  const longestMs = await longestTaskMs(page, FRAME_MS_MAX, async () => {
    for (let i = 0; i < MESSAGES; i++) {
      // Not the first, which is open.
      await world.person('grace').say(`Group ${500 * (1 + (sent % 5))}`, `message ${sent}`);
      await page
        .getByTestId('group-item')
        .filter({ hasText: `message ${sent}` })
        .waitFor();
      await page.waitForTimeout(1_000);
      sent++;
    }
  });
  const after = await reads();
  console.log(`longest task with ${GROUPS} groups: ${longestMs.toFixed(1)} ms of the main thread`);
  expect({
    groups: after.groups - before.groups,
    group: after.group - before.group,
    roster: after.roster - before.roster,
  }).toEqual({ groups: 0, group: 0, roster: 0 });
  // One each, and one for what was seen in the open group meanwhile.
  expect(after.groupSummary - before.groupSummary).toBeLessThanOrEqual(sent + 1);
  expect(longestMs).toBeLessThan(FRAME_MS_MAX);
  await done();
});

it('draws no long frame for what is done beside thousands of groups', async () => {
  const { page, world, done } = await harness.open({ scene: 'many' });
  await full(page);
  const deeds: Record<string, (round: number) => Promise<unknown>> = {
    'the list is read anew': async () => {
      await world.tell({ kind: 'groups' });
      // Answers come in the order of the questions: the page has its own by then.
      await page.evaluate(() => window.conclaveWorld.backend.groups().then(() => {}));
    },
    'a message comes into the open group': () => world.person('grace').say('Group 0', 'in sight'),
    'the list is scrolled': async () => {
      await page.getByTestId('group-list').hover();
      for (let i = 0; i < 5; i++) await page.mouse.wheel(0, 3_000);
    },
    'another group is chosen': (round) =>
      page
        .getByTestId('group-item')
        .nth(3 + round)
        .click(),
    'the settings are looked at': async () => {
      await page.getByTestId('account').click();
      await page.getByTestId('settings-close').click();
    },
    'a group is looked for': async () => {
      await page.keyboard.press('Control+k');
      await page.keyboard.type('Group 12');
      await page.keyboard.press('Escape');
    },
  };
  for (const [what, deed] of Object.entries(deeds)) {
    const longestMs = await longestTaskMs(page, FRAME_MS_MAX, async (round) => {
      await deed(round);
      await page.waitForTimeout(300);
    });
    console.log(`${what}: ${longestMs.toFixed(1)} ms of the main thread`);
    expect(longestMs, what).toBeLessThan(FRAME_MS_MAX);
  }
  await done();
});

it('scrolls along with Alt and the arrows, around its ends', async () => {
  const { page, done } = await harness.open({ height: 480, scene: 'many' });
  await full(page);
  const inSight = () =>
    page.getByTestId('group-list').evaluate((list) => {
      const open = list.querySelector('[aria-current=page]')?.getBoundingClientRect();
      const box = list.getBoundingClientRect();
      return open !== undefined && open.top >= box.top - 1 && open.bottom <= box.bottom + 1;
    });
  for (const key of [...Array<string>(12).fill('Alt+ArrowDown'), ...Array<string>(14).fill('Alt+ArrowUp')]) {
    await page.keyboard.press(key);
    await expect.poll(inSight, SOON).toBe(true);
  }
  await done();
});

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

async function fill(page: Page, count: number): Promise<void> {
  await page.evaluate((count) => {
    const engine = window.conclaveFake;
    const Group = engine.groups[0]!.constructor as new (
      id: string,
      name: string,
      me: typeof engine.me,
    ) => (typeof engine.groups)[number];
    for (let i = 0; i < count; i++) {
      const group = new Group(`many${i}`, `Group ${i}`, engine.me);
      group.change(
        { kind: 'created', actor: engine.me, target: engine.me, role: 'owner' },
        Date.now() - 1_000_000 - i * 1_000,
      );
      engine.groups.push(group);
    }
    engine.emit({ kind: 'groups' });
  }, count);
  await page.getByTestId('group-list').evaluate(
    (list) =>
      new Promise((done) => {
        const look = () => (list.scrollHeight > 2_000 ? done(null) : requestAnimationFrame(look));
        look();
      }),
  );
}

it('holds few rows, reads one line for each message, and draws no long frame', async () => {
  const { page, done } = await harness.open();
  await fill(page, GROUPS);
  expect(await page.getByTestId('group-item').count()).toBeLessThan(40);
  const reads = () => page.evaluate(() => ({ ...window.conclaveFake.reads }));
  const before = await reads();
  let sent = 0;
  const longestMs = await longestTaskMs(page, FRAME_MS_MAX, async () => {
    for (let i = 0; i < MESSAGES; i++) {
      await page.evaluate(
        ([group, text]) => void window.conclaveFake.arrive(group!, 'grace', text!),
        [`Group ${(sent * 500) % GROUPS}`, `message ${sent}`],
      );
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
  const { page, done } = await harness.open();
  await fill(page, GROUPS);
  const deeds: Record<string, (round: number) => Promise<void>> = {
    'the list is read anew': () => page.evaluate(() => window.conclaveFake.emit({ kind: 'groups' })),
    'a message comes into the open group': () =>
      page.evaluate(() => void window.conclaveFake.arrive('Harbour board', 'grace', 'in sight')),
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
  const { page, done } = await harness.open({ height: 480 });
  await fill(page, 60);
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

/** Each face of the window, light and dark: no serious finding by axe, and a picture to look at. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { Harness, axeFindings, settled, shots, type View } from './harness';

const harness = new Harness();
beforeAll(() => harness.start());
afterAll(() => harness.stop());

interface Face extends View {
  name: string;
  steps?: (page: Page) => Promise<unknown>;
}

const open = (page: Page, name: string) => page.getByTestId('group-item').filter({ hasText: name }).click();
const placed = (page: Page) => page.locator('[data-testid=timeline].placed').waitFor();
const where = async (page: Page) => {
  await page.getByTestId('first-run-name').fill('Zoe Ibarra');
  await page.getByTestId('first-run-next').click();
  await page.getByTestId('service-own').waitFor();
};
const small = { width: 900, height: 600 };
const tiny = { width: 720, height: 480 };

const faces: readonly Face[] = [
  { name: 'room', steps: placed },
  { name: 'room-900', ...small, steps: placed },
  { name: 'room-720', ...tiny, steps: placed },
  { name: 'first-run', scene: 'firstRun' },
  { name: 'first-run-720', scene: 'firstRun', ...tiny, steps: (page) => page.getByTestId('have-invitation').click() },
  { name: 'first-run-where', scene: 'firstRun', steps: where },
  {
    name: 'first-run-server',
    scene: 'firstRun',
    ...tiny,
    steps: async (page) => {
      await where(page);
      await page.getByTestId('service-server').check();
    },
  },
  {
    name: 'invite',
    scene: 'empty',
    steps: async (page) => {
      await page.evaluate(() =>
        window.conclaveFake.setAccount({ service: { kind: 'server', url: 'https://chat.example.org' } }),
      );
      await page.getByTestId('invite').click();
      await page.getByTestId('qr-code').waitFor();
    },
  },
  {
    name: 'delete-account',
    steps: async (page) => {
      await page.getByTestId('account').click();
      await page.getByTestId('settings-account').click();
      await page.getByTestId('delete-account').click();
    },
  },
  { name: 'deleting', scene: 'deleting' },
  { name: 'empty', scene: 'empty', steps: (page) => page.getByTestId('no-room').getByText('No groups yet').waitFor() },
  { name: 'keychain', scene: 'keychainLocked' },
  { name: 'store-damaged', scene: 'storeDamaged' },
  { name: 'profile-in-use', scene: 'profileInUse' },
  {
    name: 'changes-folded',
    steps: async (page) => {
      await open(page, 'City choir');
      await page.getByTestId('door-fold').waitFor();
    },
  },
  {
    name: 'log',
    steps: async (page) => {
      await open(page, 'City choir');
      await page.getByTestId('door-fold').click();
      // What unfolds moves what is clicked next.
      await settled(page);
      await page.locator('[data-testid=door-row][data-kind=removed]').click();
      await page.locator('[data-testid=log-row][aria-current=true]').waitFor();
    },
  },
  { name: 'rules', steps: (page) => page.getByTestId('tab-rules').click() },
  {
    name: 'person',
    steps: (page) => page.locator('[data-testid=member-row][data-handle=carol] button').first().click(),
  },
  {
    name: 'trouble',
    steps: async (page) => {
      await open(page, 'Flat 12');
      await placed(page);
    },
  },
  {
    name: 'broken',
    steps: async (page) => {
      await open(page, 'Allotment');
      await page.getByTestId('health-band').waitFor();
    },
  },
  {
    name: 'waiting',
    steps: async (page) => {
      await page.evaluate(() => {
        const frank = { user: 'mimi://harbour.local/u/frank', handle: 'frank', name: null, alike: false, me: false };
        const key = { reason: 'newKey' as const, why: 'connection' as const };
        window.conclaveFake.setWaiting('Harbour board', [
          { what: 'added', targets: [frank], sinceMs: 1, why: key },
          { what: 'renamed', targets: [], sinceMs: 2, why: key },
        ]);
      });
      await page.getByTestId('waiting-more').click();
    },
  },
  {
    name: 'removed',
    steps: async (page) => {
      await open(page, 'Market stall');
      await page.getByTestId('health-band').waitFor();
    },
  },
  {
    name: 'catching-up',
    steps: async (page) => {
      await open(page, 'Reading circle');
      await page.getByTestId('health-band').waitFor();
    },
  },
  {
    name: 'offline',
    steps: async (page) => {
      await page.evaluate(() =>
        window.conclaveFake.setConnection({ state: 'unreachable', retryAtMs: Date.now() + 40_000 }),
      );
      await page.getByTestId('composer').fill('Sent when the service is back.');
      await page.getByTestId('composer').press('Enter');
      await page.locator('[data-state=queued]').waitFor();
    },
  },
  {
    name: 'actions',
    steps: async (page) => {
      await placed(page);
      await page.getByTestId('message-row').filter({ hasText: 'Hello everyone' }).hover();
    },
  },
  {
    name: 'emoji',
    steps: async (page) => {
      await placed(page);
      const row = page.getByTestId('message-row').filter({ hasText: 'The berth plan' });
      await row.hover();
      await row.getByTestId('react-action').click();
    },
  },
  {
    name: 'reply',
    steps: async (page) => {
      await placed(page);
      const row = page.getByTestId('message-row').filter({ hasText: 'The berth plan' });
      await row.hover();
      await row.getByTestId('reply-action').click();
      await page.getByTestId('composer').fill('Two remarks:\n- the *north* berth\n- and the crane');
    },
  },
  {
    name: 'palette',
    steps: async (page) => {
      await placed(page);
      await page.keyboard.press('Control+k');
    },
  },
  {
    name: 'shortcuts',
    steps: async (page) => {
      await placed(page);
      await page.getByTestId('timeline').focus();
      await page.keyboard.press('?');
    },
  },
  { name: 'account', steps: (page) => page.getByTestId('account').click() },
  {
    name: 'create-group',
    steps: async (page) => {
      await page.getByTestId('new-group').click();
      await page.getByTestId('group-name').fill('Quay crew');
      await page.getByTestId('group-people').fill('bob carol zz9');
      await page.getByTestId('group-people').press('Enter');
      await page.getByTestId('people-problem').waitFor();
    },
  },
  {
    name: 'confirm',
    steps: async (page) => {
      await page.getByTestId('room-menu').click();
      await page.getByTestId('leave-group').click();
    },
  },
  {
    name: 'menu',
    steps: async (page) => {
      await placed(page);
      await page.getByTestId('room-menu').click();
    },
  },
  {
    name: 'message-menu',
    steps: async (page) => {
      await placed(page);
      await page.getByTestId('message-row').last().locator('.bubble').click({ button: 'right' });
    },
  },
  {
    name: 'field-menu',
    ...tiny,
    steps: async (page) => {
      await placed(page);
      await page.getByTestId('composer').fill('some words');
      await page.getByTestId('composer').click({ button: 'right' });
    },
  },
  {
    name: 'details',
    steps: async (page) => {
      await page.locator('[data-testid=member-row][data-handle=carol] button').first().click();
      await page.getByTestId('details').first().click();
      await page.getByTestId('fingerprint').waitFor();
    },
  },
  { name: 'drawer-groups', ...tiny, steps: (page) => page.getByTestId('open-groups').click() },
  {
    name: 'drawer-panel',
    ...small,
    steps: async (page) => {
      await placed(page);
      await page.getByTestId('toggle-panel').click();
    },
  },
  {
    name: 'failed',
    steps: async (page) => {
      await placed(page);
      await page.evaluate(() => window.conclaveFake.failNext());
      await page.getByTestId('composer').fill('Is anybody there?');
      await page.getByTestId('composer').press('Enter');
      await page.locator('[data-state=failed]').waitFor();
    },
  },
];

describe.each([{ dark: false }, { dark: true }])('dark: $dark', ({ dark }) => {
  it.each(faces)('$name', async ({ name, steps, ...view }) => {
    const { page, done } = await harness.open({ ...view, dark });
    await page.locator('main').waitFor();
    await steps?.(page);
    await page.screenshot({ path: join(shots, `${name}-${dark ? 'dark' : 'light'}.png`) });
    expect(await axeFindings(page)).toEqual([]);
    await done();
  });
});

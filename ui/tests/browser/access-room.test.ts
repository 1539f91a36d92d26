/** The room and what is beside it, in each state that a group can be in. */
import { lookAt, open, placed, small, tiny } from './faces';
import { settled } from './harness';

lookAt([
  { name: 'room', steps: placed },
  { name: 'room-900', ...small, steps: placed },
  { name: 'room-720', ...tiny, steps: placed },
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
      // What unfolds, and what is scrolled to, moves what is clicked next.
      await settled(page);
      const removed = page.locator('[data-testid=door-row][data-kind=removed]');
      await removed.scrollIntoViewIfNeeded();
      await settled(page);
      await removed.click();
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
    steps: async (page, world) => {
      const group = await world.group('Harbour board');
      await world.service(false);
      for (const name of ['Harbour council', 'Harbour board']) await world.me.call('renameGroup', { group, name });
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
    steps: async (page, world) => {
      await world.looks('Reading circle', { state: 'catchingUp', done: 214, total: 1_030 });
      await open(page, 'Reading circle');
      await page.getByTestId('health-band').waitFor();
    },
  },
  {
    name: 'offline',
    steps: async (page, world) => {
      await world.service(false);
      await page.getByTestId('connection-band').waitFor();
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
    name: 'details',
    steps: async (page) => {
      await page.locator('[data-testid=member-row][data-handle=carol] button').first().click();
      await page.getByTestId('details').first().click();
      await page.getByTestId('fingerprint').waitFor();
    },
  },
  {
    name: 'failed',
    steps: async (page, world) => {
      await placed(page);
      await world.refuse();
      await page.getByTestId('composer').fill('Is anybody there?');
      await page.getByTestId('composer').press('Enter');
      await page.locator('[data-state=failed]').waitFor();
    },
  },
]);

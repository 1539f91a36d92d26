/** What is there before any room: the first run, and what is in the way. */
import type { Page } from 'playwright-core';
import { lookAt, tiny } from './faces';

const where = async (page: Page) => {
  await page.getByTestId('first-run-name').fill('Zoe Ibarra');
  await page.getByTestId('first-run-next').click();
  await page.getByTestId('service-own').waitFor();
};

lookAt([
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
  { name: 'deleting', scene: 'deleting' },
  { name: 'empty', scene: 'empty', steps: (page) => page.getByTestId('no-room').getByText('No groups yet').waitFor() },
  { name: 'keychain', scene: 'keychainLocked' },
  { name: 'store-damaged', scene: 'storeDamaged' },
  { name: 'profile-in-use', scene: 'profileInUse' },
]);

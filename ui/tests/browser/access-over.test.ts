/** What lies over the window: menus, dialogs, drawers, and the settings. */
import { lookAt, placed, small, tiny } from './faces';

lookAt([
  {
    name: 'invite',
    scene: 'atServer',
    steps: async (page) => {
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
  { name: 'drawer-groups', ...tiny, steps: (page) => page.getByTestId('open-groups').click() },
  {
    name: 'drawer-panel',
    ...small,
    steps: async (page) => {
      await placed(page);
      await page.getByTestId('toggle-panel').click();
    },
  },
]);

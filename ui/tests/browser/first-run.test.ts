/** The first start: a name, then where. And the way back to it, when an account is deleted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { Harness, SOON, axeFindings } from './harness';

const harness = new Harness();
beforeAll(async () => {
  await harness.start();
  const { world, done } = await harness.open({ scene: 'atServer' });
  LINK = (await world.me.call('invitation')) ?? '';
  await done();
});
afterAll(() => harness.stop());

const shown = (page: Page, testid: string) => page.getByTestId(testid).waitFor();
const place = async (page: Page, testid: string) => {
  const box = await page.getByTestId(testid).boundingBox();
  return box && { x: Math.round(box.x), y: Math.round(box.y) };
};
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('data-testid'));

async function toWhere(page: Page, name = 'Zoe', login?: string): Promise<void> {
  await page.getByTestId('first-run-name').fill(name);
  if (login !== undefined) await page.getByTestId('first-run-login').fill(login);
  await page.getByTestId('first-run-next').click();
  await page.locator('[data-testid=first-run][data-step=where]').waitFor();
}

/** As a person pastes: into whatever has the focus. */
async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate((text) => navigator.clipboard.writeText(text), text);
  await page.keyboard.press('Control+v');
}

/** An invitation by Alice to the service of all worlds, as one at chat.example.org. */
let LINK = '';

describe('the first run', () => {
  it('asks for a name, then where: by keyboard alone, and the service found here is chosen already', async () => {
    const { page, done } = await harness.open({ scene: 'firstRun' });
    await expect.poll(() => focused(page), SOON).toBe('first-run-name');
    await page.keyboard.type('Зоя Лебедева');
    await expect.poll(() => page.getByTestId('first-run-login').inputValue(), SOON).toBe('zoya.lebedeva');
    await page.keyboard.press('Enter');
    await page.locator('[data-step=where]').waitFor();
    await expect.poll(() => focused(page), SOON).toBe('service-local-bob');
    expect(await page.getByTestId('service-local-bob').isChecked()).toBe(true);
    expect(
      await page.getByRole('radio').evaluateAll((radios) => radios.map((radio) => radio.getAttribute('data-testid'))),
    ).toEqual(['service-local-bob', 'service-server', 'service-own']);
    await page.keyboard.press('Enter');
    await shown(page, 'no-room');
    await page.getByTestId('connection-state').getByText('Connected through bob', { exact: true }).waitFor();
    await done();
  });

  it('says at the name and the login what is wrong with them', async () => {
    const { page, done } = await harness.open({ scene: 'firstRun' });
    const name = page.getByTestId('first-run-name');
    const login = page.getByTestId('first-run-login');
    await name.fill('\u200b\u3164');
    await page.getByTestId('first-run-next').click();
    await page.getByText('Enter your name.').waitFor();
    await name.fill('ж'.repeat(65));
    await page.getByText('A name has at most 64 letters.').waitFor();
    await name.fill('Zoe');
    await login.fill('9lives');
    await page.getByTestId('first-run-next').click();
    await page.getByText('starts with a letter').waitFor();
    await login.fill('Bob');
    expect(await login.inputValue()).toBe('bob');
    await toWhere(page, 'Zoe', 'bob');
    await page.getByTestId('first-run-submit').click();
    await page.getByText('That login is taken').waitFor();
    await expect.poll(() => focused(page), SOON).toBe('first-run-login');
    await login.fill('zoe');
    expect(await page.getByText('That login is taken').count()).toBe(0);
    await page.getByTestId('first-run-next').click();
    await page.getByText('Others find you as zoe on quay.local').waitFor();
    await page.getByTestId('first-run-submit').click();
    await shown(page, 'no-room');
    await done();
  });

  it.each([
    { width: 1280, height: 800 },
    { width: 720, height: 480 },
  ])('leads to the first field that is wrong, and moves nothing, at $width×$height', async (size) => {
    const { page, done } = await harness.open({ scene: 'firstRun', ...size });
    const name = page.getByTestId('first-run-name');
    const login = page.getByTestId('first-run-login');
    const next = page.getByTestId('first-run-next');
    const border = (field: typeof name) => field.evaluate((one) => getComputedStyle(one).borderTopColor);
    const places = () =>
      Promise.all(
        ['first-run-name', 'first-run-login', 'have-invitation', 'first-run-next'].map((one) => place(page, one)),
      );
    const [before, grey] = [await places(), await border(login)];
    await next.click();
    await page.getByText('Enter your name.').waitFor();
    await expect.poll(() => focused(page), SOON).toBe('first-run-name');
    expect(await places()).toEqual(before);
    await login.fill('9lives');
    await next.click();
    await page.getByText('starts with a letter').waitFor();
    expect(await places()).toEqual(before);
    expect(await focused(page), 'the first').toBe('first-run-name');
    expect(await border(login)).not.toBe(grey);
    await name.fill('Zoe');
    await next.click();
    await expect.poll(() => focused(page), SOON).toBe('first-run-login');
    await login.fill('zoe');
    expect(await places()).toEqual(before);
    await done();
  });

  it('chooses nothing where nothing is found, and never moves a choice that was made', async () => {
    const { page, world, done } = await harness.open({ scene: 'firstRun' });
    await world.nearby();
    await toWhere(page);
    await expect.poll(() => page.getByTestId('service-local-bob').count(), SOON).toBe(0);
    await page.getByTestId('first-run-submit').click();
    await shown(page, 'first-run-unchosen');
    await world.nearby('carol');
    await expect.poll(() => page.getByTestId('service-local-carol').isChecked(), SOON).toBe(true);
    expect(await page.getByTestId('first-run-unchosen').count()).toBe(0);
    await page.getByTestId('service-own').check();
    await world.nearby('carol', 'dave');
    await shown(page, 'service-local-dave');
    expect(await page.getByTestId('service-own').isChecked()).toBe(true);
    await page.getByTestId('service-local-carol').check();
    await world.nearby('dave');
    await expect
      .poll(() => page.evaluate(() => document.querySelectorAll('[data-testid^=service-local-]').length), SOON)
      .toBe(2);
    expect(await page.getByTestId('service-local-carol').isChecked()).toBe(true);
    await done();
  });

  it('takes an address as people write it, focused at once, and tells three causes apart at the field', async () => {
    const { page, done } = await harness.open({ scene: 'firstRun' });
    await toWhere(page);
    const before = [await place(page, 'service-own'), await place(page, 'first-run-submit')];
    await page.getByTestId('service-server').check();
    await expect.poll(() => focused(page), SOON).toBe('service-server-url');
    const problem = page.getByTestId('first-run-problem');
    for (const [host, words] of [
      ['nowhere.example', 'No computer was found'],
      ['silent.example', 'No answer from silent.example'],
      ['web.example', 'not a Conclave service'],
      ['forged.example', 'does not trust its certificate'],
    ] as const) {
      await page.getByTestId('service-server-url').fill(host);
      expect(await problem.count()).toBe(0);
      await page.keyboard.press('Enter');
      await problem.getByText(words).waitFor();
      expect(await page.getByTestId('service-server-url').getAttribute('aria-invalid')).toBe('true');
      await expect.poll(() => focused(page), SOON).toBe('service-server-url');
    }
    expect([await place(page, 'service-own'), await place(page, 'first-run-submit')]).toEqual(before);
    await page.getByTestId('service-own').check();
    expect(await problem.count()).toBe(0);
    await page.getByTestId('first-run-back').click();
    expect(await page.getByTestId('first-run-name').inputValue()).toBe('Zoe');
    await page.getByTestId('first-run-next').click();
    expect(await page.getByTestId('service-server-url').inputValue()).toBe('forged.example');
    await page.getByTestId('service-server-url').fill('Chat.Example.org/');
    expect(await page.getByTestId('service-server').isChecked()).toBe(true);
    await page.getByTestId('first-run-submit').click();
    await page.getByTestId('connection-state').getByText('Connected to chat.example.org').waitFor();
    await done();
  });

  it('keeps title and buttons in their places from step to step, at each size', async () => {
    for (const size of [
      { width: 1280, height: 800 },
      { width: 900, height: 600 },
      { width: 720, height: 480 },
    ]) {
      const { page, done } = await harness.open({ scene: 'firstRun', ...size });
      const title = () =>
        page
          .locator('h1')
          .boundingBox()
          .then((box) => box && [box.x, box.y]);
      const end = async (testid: string) => {
        const box = await page.getByTestId(testid).boundingBox();
        return box && [box.x + box.width, box.y + box.height];
      };
      const before = [await title(), await end('first-run-next')];
      expect(before[1]?.[1]).toBeLessThanOrEqual(size.height);
      await toWhere(page);
      expect([await title(), await end('first-run-submit')]).toEqual(before);
      await done();
    }
  });

  it('says that the clock is wrong, with both times, and makes the account once it is right', async () => {
    const { page, world, done } = await harness.open({ scene: 'firstRun' });
    await world.clock(2 * 365 * 86_400_000);
    await toWhere(page);
    const before = [await place(page, 'service-own'), await place(page, 'first-run-submit')];
    await page.getByTestId('first-run-submit').click();
    const trouble = page.locator('[data-testid=first-run-trouble][data-code=clockWrong]');
    const said = await trouble.innerText();
    const year = new Date().getFullYear();
    expect(said).toContain('This computer’s clock is wrong');
    // In two years less a day or so.
    expect(said).toMatch(new RegExp(`shows .*(${year + 1}|${year + 2}).*; the service’s shows .*${year}`));
    expect([await place(page, 'service-own'), await place(page, 'first-run-submit')]).toEqual(before);
    expect(await axeFindings(page)).toEqual([]);
    await world.clock(-2 * 365 * 86_400_000);
    await page.getByTestId('first-run-submit').click();
    await shown(page, 'no-room');
    await done();
  });
});

describe('an invitation', () => {
  it('pasted anywhere on the first screen fills in the service, and its sender is one click away', async () => {
    const { page, done } = await harness.open({ scene: 'firstRun' });
    await page.getByTestId('first-run-name').fill('Zoe');
    await page.getByTestId('first-run-name').focus();
    await paste(page, LINK.replace('alice', 'carol'));
    await page.getByTestId('invited').getByText('carol invites you to chat.example.org').waitFor();
    expect(await page.getByTestId('first-run-name').inputValue()).toBe('Zoe');
    await page.getByTestId('first-run-next').click();
    expect(await page.getByTestId('service-invited').isChecked()).toBe(true);
    await page.getByTestId('first-run-submit').click();
    await page.getByTestId('write-to-inviter').click();
    await page.getByTestId('room-title').getByText('Zoe and carol').waitFor();
    await expect.poll(() => page.getByTestId('room-counts').innerText(), SOON).toContain('2 people');
    await done();
  });

  it('can be typed in, is refused in words when it is none, and can be done without', async () => {
    const { page, done } = await harness.open({ scene: 'firstRun' });
    const below = await page.locator('summary').boundingBox();
    await page.getByTestId('have-invitation').click();
    await expect.poll(() => focused(page), SOON).toBe('first-run-invitation');
    expect((await page.locator('summary').boundingBox())?.y).toBe(below?.y);
    await page.getByTestId('first-run-invitation').fill('hello');
    await page.getByText('That is not an invitation').waitFor();
    await page.getByTestId('first-run-invitation').fill(LINK.slice(0, -3));
    await page.getByText('is damaged').waitFor();
    await page.getByTestId('first-run-invitation').fill(LINK);
    await shown(page, 'invited');
    await page.getByRole('button', { name: 'Continue without this invitation' }).click();
    await shown(page, 'have-invitation');
    await toWhere(page);
    expect(await page.getByTestId('service-invited').count()).toBe(0);
    expect(await page.getByTestId('service-local-bob').isChecked()).toBe(true);
    await done();
  });

  it('to a server with another key is refused at the choice', async () => {
    const { page, done } = await harness.open({ scene: 'firstRun' });
    await page.getByTestId('first-run-name').focus();
    await paste(page, LINK.slice(0, -1) + (LINK.endsWith('0') ? '1' : '0'));
    await toWhere(page);
    await page.getByTestId('first-run-submit').click();
    await page.getByTestId('first-run-problem').getByText('a different key from the one in the invitation').waitFor();
    await done();
  });

  it('is made as a link and a code, and copied', async () => {
    const { page, done } = await harness.open({ scene: 'atServer' });
    await page.getByTestId('invite').click();
    const shownLink = await page.getByTestId('invite-link').inputValue();
    expect(shownLink).toMatch(/^conclave:invite\/1\?at=https:\/\/chat\.example\.org&by=alice&key=[0-9a-f]{64}$/);
    await shown(page, 'qr-code');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByTestId('invite-dialog').getByRole('button', { name: 'Copy' }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText()), SOON).toBe(shownLink);
    await done();
  });
});

describe('whoever is alone', () => {
  const reach = (page: Page) => page.getByTestId('reach').innerText();

  it('is told how others come, by where the account lives', async () => {
    const own = await harness.open({ scene: 'empty' });
    expect(await own.page.getByTestId('own-login').innerText()).toBe('alice');
    await expect.poll(() => reach(own.page), SOON).toContain('they choose “On this computer, with alice”');
    expect(await reach(own.page)).toContain('Keep this Conclave running for them');
    expect(await own.page.getByTestId('invite').count()).toBe(0);
    await own.done();
    const withBob = await harness.open({ scene: 'withBob' });
    await expect.poll(() => reach(withBob.page), SOON).toContain('while bob is open');
    await withBob.done();
    const atServer = await harness.open({ scene: 'atServer' });
    await expect.poll(() => reach(atServer.page), SOON).toContain('an account at chat.example.org');
    await shown(atServer.page, 'invite');
    await atServer.done();
  });

  it('hears from the invitation that nobody from elsewhere can come to a service of this computer', async () => {
    const { page, done } = await harness.open();
    await page.getByTestId('account').click();
    await page.getByTestId('settings-account').click();
    await page.getByTestId('account-invite').click();
    await page.getByTestId('invite-here').getByText('People on other computers can’t reach this account').waitFor();
    expect(await page.getByTestId('qr-code').count()).toBe(0);
    await page.getByRole('heading', { name: 'How others reach you' }).waitFor();
    expect(await page.getByText('Invite').count(), 'nothing promises one').toBe(0);
    await done();
  });
});

describe('deleting the account', () => {
  it('says what it means, wants the login typed, and leads to the first run with nothing left', async () => {
    const { page, done } = await harness.open();
    await page.getByTestId('account').click();
    await page.getByTestId('settings-account').click();
    await page.getByTestId('delete-account').click();
    const dialog = page.getByTestId('delete-account-dialog');
    const said = await dialog.innerText();
    for (const words of [
      'can’t be undone',
      'You leave your groups first',
      'The service that this profile runs is deleted',
    ]) {
      expect(said).toContain(words);
    }
    expect(await axeFindings(page)).toEqual([]);
    const button = page.getByTestId('delete-account-submit');
    expect(await button.isDisabled()).toBe(true);
    await page.getByTestId('delete-account-login').fill('alic');
    expect(await button.isDisabled()).toBe(true);
    await page.getByTestId('delete-account-login').fill('alice');
    await button.click();
    await shown(page, 'first-run');
    expect(await page.getByTestId('delete-account-dialog').count()).toBe(0);
    await toWhere(page, 'Zoe', 'zoe');
    await page.getByTestId('first-run-submit').click();
    await shown(page, 'alone');
    expect(await page.getByTestId('group-item').count()).toBe(0);
    await done();
  });

  it('that is held up says so, and goes on when it is tried again', async () => {
    const { page, world, done } = await harness.open({ scene: 'empty' });
    await page.getByTestId('account').click();
    await page.getByTestId('settings-account').click();
    await page.getByTestId('delete-account').click();
    await page.getByTestId('delete-account-login').fill('alice');
    await world.keychain(false);
    await page.keyboard.press('Enter');
    await page.locator('[data-testid=blocked][data-state=deleting]').waitFor();
    await world.keychain(true);
    await page.getByTestId('try-again').click();
    await shown(page, 'first-run');
    await done();
  });
});

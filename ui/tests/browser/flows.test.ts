/** What people do with the window, from first run to leaving a group. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { Harness, SOON, settled } from './harness';

const harness = new Harness();
beforeAll(() => harness.start());
afterAll(() => harness.stop());

const group = (page: Page, name: string) => page.getByTestId('group-item').filter({ hasText: name });
const row = (page: Page, text: string) => page.getByTestId('message-row').filter({ hasText: text });
const write = async (page: Page, text: string) => {
  await page.getByTestId('composer').fill(text);
  await page.getByTestId('composer').press('Enter');
};
const shown = (page: Page, testid: string) => page.getByTestId(testid).waitFor();
const gone = (page: Page, testid: string) => page.getByTestId(testid).waitFor({ state: 'detached' });

describe('a text', () => {
  it('shows what was typed: indents, numbers of lists, and where a link leads', async () => {
    const { page, done } = await harness.open();
    const typed = [
      '    if x:\n        return',
      '3. c\n7. d',
      '\\*sip\\*',
      '[https://bank.example](https://evil.example)',
    ];
    for (const text of typed) await write(page, text);
    const bubble = (text: string) => row(page, text).last().locator('.text');
    expect(await bubble('if x:').innerText()).toBe('    if x:\n        return');
    expect(await bubble('*sip*').innerText()).toBe('*sip*');
    expect(await bubble('bank.example').innerText()).toBe('https://bank.example (https://evil.example/)');
    expect(
      await page.locator('.text ol li').evaluateAll((items) => items.map((item) => (item as HTMLLIElement).value)),
    ).toEqual([3, 7]);
    await done();
  });
});

describe('what is in the way', () => {
  it('unlocks the keychain, and shows what else can be in the way', async () => {
    const { page, world, done } = await harness.open({ scene: 'keychainLocked' });
    await shown(page, 'blocked');
    await world.keychain(true);
    await page.getByTestId('try-again').click();
    await shown(page, 'no-room');
    await done();
    for (const state of ['storeDamaged', 'profileInUse', 'storeTooNew', 'diskUnavailable'] as const) {
      const { page, done } = await harness.open({ scene: state });
      await page.locator(`[data-testid=blocked][data-state=${state}]`).waitFor();
      await done();
    }
  });
});

describe('a group', () => {
  it('is made with people who were looked up', async () => {
    const { page, done } = await harness.open({ scene: 'empty' });
    await page.getByTestId('new-group').click();
    await page.getByTestId('create-group-submit').click();
    await page.getByText('Give the group a name').waitFor();
    await page.getByTestId('group-name').fill('Quay crew');
    await page.getByTestId('group-people').fill('bob, zz9, carol');
    await page.getByTestId('create-group-submit').click();
    await page.getByTestId('people-problem').getByText('Nobody is called zz9').waitFor();
    expect(await page.getByTestId('chip').allInnerTexts()).toEqual(['bob', 'carol']);
    await page.getByTestId('group-people').fill('');
    await page.getByTestId('create-group-submit').click();
    await gone(page, 'create-group-dialog');
    await page.getByTestId('room-title').getByText('Quay crew').waitFor();
    await page.getByTestId('room-counts').getByText('3 people, 3 devices').waitFor();
    await expect.poll(() => page.getByTestId('door-row').count(), SOON).toBe(3);
    await done();
  });

  it('adds, removes, renames; each is a row that leads to the log', async () => {
    const { page, done } = await harness.open();
    await page.getByTestId('add-people').click();
    await page.getByTestId('add-people-input').fill('dave');
    await page.getByTestId('add-people-submit').click();
    await page.getByText('dave is already in this group').waitFor();
    await page.getByTestId('add-people-input').fill('nadia');
    await page.getByTestId('add-people-submit').click();
    await page.getByTestId('add-people-problem').getByText('open their app once more').waitFor();
    await page.getByRole('button', { name: 'Remove nadia from the list' }).click();
    await page.getByTestId('add-people-input').fill('frank');
    await page.getByTestId('add-people-submit').click();
    await gone(page, 'add-people-dialog');
    await page.getByTestId('door-row').getByText('You added frank with 1 device').waitFor();

    const frank = page.locator('[data-testid=member-row][data-handle=frank]');
    await frank.getByRole('button').first().click();
    await frank.getByTestId('remove-member').click();
    await page.getByText('Remove frank from Harbour board?').waitFor();
    await page.getByTestId('confirm').click();
    await frank.waitFor({ state: 'detached' });
    const removal = page.locator('[data-testid=door-row][data-kind=removed]');
    await removal.click();
    await page.locator('[data-testid=log-row][aria-current=true]').getByText('You removed frank').waitFor();
    expect(await page.getByTestId('log-chain').getAttribute('data-state')).toBe('intact');

    await page.getByTestId('room-menu').click();
    await page.getByTestId('rename-group').click();
    await page.getByTestId('rename-input').fill('Harbour council');
    await page.getByTestId('rename-submit').click();
    await page.getByTestId('room-title').getByText('Harbour council').waitFor();
    await group(page, 'Harbour council').waitFor();
    await done();
  });

  it('says what a change waits for, folds more of them, and does not flash', async () => {
    const { page, world, done } = await harness.open();
    const band = page.getByTestId('waiting-band');
    const harbour = page.locator('[data-testid=group-item]', { hasText: 'Harbour ' });
    const id = await world.group('Harbour board');
    const rename = (name: string) => world.me.call('renameGroup', { group: id, name });
    await world.holdCommits();
    await rename('Harbour 0');
    await band.waitFor();
    expect(await band.innerText()).toBe(
      'Renaming the group is waiting for the service to confirm it. It will continue by itself.',
    );
    await harbour.getByText('A change is waiting').waitFor();
    await world.service(false);
    for (let i = 1; i <= 9; i++) await rename(`Harbour ${i}`);
    await band.getByText('is waiting for a connection to the service').waitFor();
    expect(await page.getByTestId('waiting-change').count()).toBe(0);
    await band.getByText('9 more changes wait').click();
    expect(await page.getByTestId('waiting-change').count()).toBe(7);
    await band.getByText('and 2 more').waitFor();
    await world.behave();
    await world.service(true);
    await gone(page, 'waiting-band');
    await expect.poll(() => harbour.getAttribute('data-waits'), SOON).toBe('false');
    // One that is young shows when it has waited for a moment, without anything being said.
    await world.service(false);
    await shown(page, 'connection-band');
    const since = await page.evaluate(() => Date.now());
    await rename('Harbour board');
    await band.waitFor();
    expect(await page.evaluate(() => Date.now())).toBeGreaterThanOrEqual(since + 2_000);
    await done();
  });

  it('is left, stays readable, and can be deleted here', async () => {
    const { page, world, done } = await harness.open();
    // Somebody has to carry it out.
    await world.person('bob').call('groups');
    await page.getByTestId('room-menu').click();
    await page.getByTestId('leave-group').click();
    await page.getByTestId('confirm').click();
    await page.locator('[data-testid=health-band][data-state=left]').waitFor();
    await expect.poll(() => page.getByTestId('composer').count(), SOON).toBe(0);
    await expect.poll(() => row(page, 'The berth plan is final').count(), SOON).toBe(1);
    await page.getByTestId('forget-group').click();
    await page.getByTestId('confirm').click();
    await shown(page, 'no-room');
    await expect.poll(() => group(page, 'Harbour board').count(), SOON).toBe(0);
    await done();
  });

  it('has a face in every state', async () => {
    const { page, world, done } = await harness.open();
    const face = async (name: string, state: string, writable: boolean) => {
      await group(page, name).click();
      await page.locator(`[data-testid=health-band][data-state=${state}]`).waitFor();
      expect(await page.getByTestId('composer').count(), name).toBe(writable ? 1 : 0);
    };
    await face('Market stall', 'removed', false);
    await face('Old school', 'left', false);
    await face('Book club', 'leaving', false);
    await face('Allotment', 'broken', false);
    await world.holdCommits();
    await world.me.call('createGroup', { name: 'Autumn camp', people: [] });
    await face('Autumn camp', 'creating', true);
    await world.looks('Reading circle', { state: 'catchingUp', done: 214, total: 1_030 });
    await face('Reading circle', 'catchingUp', true);
    await world.disk(true);
    await world.person('mallory').say('Road watch', 'Nobody can keep this.');
    await face('Road watch', 'quarantined', true);
    await done();
  });
});

describe('messages', () => {
  it('are sent, answered, reacted to, edited and taken back', async () => {
    const { page, done } = await harness.open();
    await write(page, 'Shall we say **nine**?');
    const mine = row(page, 'Shall we say nine?');
    await mine.waitFor();
    await page.locator('[data-testid=message-row][data-state=sent]', { hasText: 'Shall we say nine?' }).waitFor();
    expect(await mine.locator('strong').innerText()).toBe('nine');

    const theirs = page.locator('[data-testid=message-row][data-sender=bob]', { hasText: 'The berth plan is final' });
    await theirs.hover();
    await theirs.getByTestId('reply-action').click();
    await page.getByTestId('composer-context').getByText('Replying to bob').waitFor();
    await write(page, 'Read it.');
    expect(await row(page, 'Read it.').getByTestId('quote').textContent()).toContain('The berth plan is final');

    await theirs.hover();
    await theirs.getByTestId('react-action').click();
    await page.getByPlaceholder('Search emoji').fill('qqqq');
    await page.getByText('Nothing matches.').waitFor();
    await page.getByPlaceholder('Search emoji').fill('sail');
    await page.getByPlaceholder('Search emoji').press('Enter');
    const reaction = theirs.getByTestId('reaction');
    await reaction.getByText('⛵ 1').waitFor();
    await reaction.click();
    await reaction.waitFor({ state: 'detached' });

    await mine.hover();
    await mine.getByTestId('more-action').click();
    await page.getByTestId('edit').click();
    await page.getByTestId('composer').fill('Shall we say ten?');
    await page.getByTestId('send').click();
    await row(page, 'Shall we say ten?').getByText('edited').waitFor();
    await row(page, 'Shall we say ten?').hover();
    await row(page, 'Shall we say ten?').getByTestId('more-action').click();
    await page.getByTestId('delete').click();
    await page.getByTestId('confirm').click();
    await row(page, 'Message deleted').waitFor();
    await done();
  });

  it('wait while the service is away, and go out when it is back', async () => {
    const { page, world, done } = await harness.open();
    await world.service(false);
    await shown(page, 'connection-band');
    const state = page.getByTestId('connection-state');
    await expect.poll(() => state.innerText(), SOON).toMatch(/^Reconnecting in \d+ seconds?$/);
    const tryNow = page.getByTestId('try-now');
    await world.silent(true);
    await tryNow.click();
    expect(await world.called('reconnect')).toBeGreaterThan(0);
    // At once, and until it has come to something.
    expect([await tryNow.innerText(), await state.innerText()]).toEqual(['Trying…', 'Reconnecting…']);
    expect(await tryNow.evaluate((button) => document.activeElement === button)).toBe(true);
    await world.silent(false);
    await expect.poll(() => tryNow.innerText(), SOON).toBe('Try now');
    await write(page, 'From the boat');
    const queued = page.locator('[data-testid=message-row][data-state=queued]', { hasText: 'From the boat' });
    await queued.getByText('Waiting to be sent').waitFor();
    await world.service(true);
    await page.locator('[data-testid=message-row][data-state=sent]', { hasText: 'From the boat' }).waitFor();
    await gone(page, 'connection-band');
    await done();
  });

  it('wait for the other profile of this computer that carries all this', async () => {
    const { page, world, done } = await harness.open({ scene: 'withBob' });
    await world.me.call('createGroup', { name: 'Quay', people: [] });
    await group(page, 'Quay').click();
    await world.service(false);
    await page.getByTestId('connection-band').getByText('bob is not open on this computer').waitFor();
    await expect.poll(() => page.getByTestId('connection-state').innerText(), SOON).toBe('bob is not open');
    await done();
  });

  it('that failed say why, and can be tried again or discarded', async () => {
    const { page, world, done } = await harness.open();
    await world.refuse();
    await write(page, 'first');
    await page
      .locator('[data-testid=message-row][data-state=failed]', { hasText: 'first' })
      .getByText('The service refused it')
      .waitFor();
    await write(page, 'second');
    const second = page.locator('[data-testid=message-row][data-state=failed]', { hasText: 'second' });
    await second.getByTestId('discard').click();
    await page.getByTestId('confirm').click();
    await second.waitFor({ state: 'detached' });
    await world.behave();
    await page.getByTestId('retry').click();
    await page.locator('[data-testid=message-row][data-state=sent]', { hasText: 'first' }).waitFor();
    await done();
  });

  it('open no address unasked', async () => {
    const { page, world, done } = await harness.open();
    await settled(page);
    await row(page, 'The tide tables').getByRole('link').click();
    await page.getByTestId('link-dialog').getByText('https://tides.example.org/march').waitFor();
    expect(await world.links()).toEqual([]);
    await page.getByTestId('link-open').click();
    await gone(page, 'link-dialog');
    expect(await world.links()).toEqual(['https://tides.example.org/march']);
    expect(page.context().pages()).toHaveLength(1);
    await world.person('bob').say('Harbour board', 'write to ann@a.example or http://b.example, 1*2*3');
    await page.getByRole('link', { name: 'ann@a.example' }).click();
    await page.getByTestId('link-dialog').getByText('Write to this address?').waitFor();
    await page.getByTestId('link-open').click();
    await gone(page, 'link-dialog');
    await page.getByRole('link', { name: 'http://b.example' }).click();
    await page.getByTestId('link-dialog').getByText('begins with http').waitFor();
    await page.getByTestId('link-open').click();
    await gone(page, 'link-dialog');
    expect((await world.links()).slice(1)).toEqual(['mailto:ann@a.example', 'http://b.example/']);
    await done();
  });

  it('that bring markup of their own stay text', async () => {
    const { page, world, done } = await harness.open();
    const hostile = '<img src=x onerror="document.title=1"> [a](javascript:alert(1)) <style>*{display:none}</style>';
    await world.person('bob').say('Harbour board', hostile);
    await row(page, '<img src=x').waitFor();
    expect(await row(page, '<img src=x').locator('img, style, a').count()).toBe(0);
    await done();
  });
});

describe('dialogs about a group', () => {
  it('stay about it when another one is opened meanwhile', async () => {
    const { page, world, done } = await harness.open();
    await page.getByTestId('add-people').click();
    await page.getByTestId('add-people-input').fill('frank');
    await page.keyboard.press('Enter');
    await page.locator('[data-testid=chip][data-handle=frank]').waitFor();
    await world.click('Orchestra, brass');
    await page.getByTestId('room-title').getByText('Orchestra, brass').waitFor();
    await page.getByTestId('add-people-dialog').getByText('Harbour board').waitFor();
    const before = await world.people('Orchestra, brass');
    await page.getByTestId('add-people-submit').click();
    await gone(page, 'add-people-dialog');
    await expect.poll(() => world.people('Harbour board'), SOON).toContain('frank');
    expect(await world.people('Orchestra, brass')).toEqual(before);
    await done();
  });

  it('do nothing once they were cancelled, and close no other', async () => {
    const { page, world, done } = await harness.open();
    const before = await world.people('Harbour board');
    await page.getByTestId('add-people').click();
    await page.getByTestId('add-people-input').fill('frank');
    // Cancelled while the name is looked up, in the same turn.
    await page.evaluate(() => {
      document.querySelector<HTMLElement>('[data-testid=add-people-submit]')?.click();
      document.querySelector<HTMLElement>('[data-testid=add-people-dialog] button.btn:not(.primary)')?.click();
    });
    await gone(page, 'add-people-dialog');
    await page.keyboard.press('Control+n');
    await page.getByTestId('group-name').fill('Still here');
    await page.keyboard.press('Control+k');
    await page.waitForTimeout(1_500);
    expect(await page.getByTestId('group-name').inputValue()).toBe('Still here');
    expect(await world.people('Harbour board')).toEqual(before);
    await done();
  });
});

describe('the door', () => {
  it('keeps its amber count until the rows were on screen', async () => {
    const { page, done } = await harness.open();
    const choir = group(page, 'City choir');
    expect(await choir.getByTestId('unseen-count').locator('[aria-hidden]').innerText()).toBe('14');
    await choir.click();
    const fold = page.getByTestId('door-fold');
    await fold.getByText('14 changes while you were away').waitFor();
    await choir.getByTestId('unseen-count').waitFor({ state: 'detached' });
    await fold.click();
    await expect.poll(() => page.getByTestId('door-row').count(), SOON).toBeGreaterThanOrEqual(14);
    await done();
  });

  it('counts what happens elsewhere and tells the desktop', async () => {
    const { page, world, done } = await harness.open();
    await world.person('grace').add('Orchestra, brass', 'mallory');
    await group(page, 'Orchestra, brass').getByTestId('unseen-count').waitFor();
    await expect.poll(async () => (await world.asked('notify')).length, SOON).toBe(1);
    const [{ title, body } = {}] = await world.asked('notify');
    expect([title, body]).toEqual(['Orchestra, brass', 'grace added mallory with 1 device']);
    expect((await world.asked('set_badge')).at(-1)?.['label']).toMatch(/16 membership changes not seen yet$/);
    await done();
  });

  it('says so when a jump to the newest row left changes behind', async () => {
    const { page, world, done } = await harness.open();
    const grace = world.person('grace');
    const several = (what: string, count: number) => Array.from({ length: count }, (_, i) => `${what} ${i}`);
    await grace.say('Orchestra, brass', ...several('before', 30));
    await grace.add('Orchestra, brass', 'mallory');
    const unseen = group(page, 'Orchestra, brass').getByTestId('unseen-count');
    await unseen.waitFor();
    await grace.say('Orchestra, brass', ...several('flood', 600));
    await group(page, 'Orchestra, brass').getByText('flood 599').waitFor();
    await group(page, 'Orchestra, brass').click();
    await shown(page, 'new-line');
    await page.getByTestId('jump-newest').click();
    await row(page, 'flood 599').waitFor();
    await page.getByTestId('held-changes').getByText('1 membership change not seen yet').waitFor();
    expect(await unseen.count()).toBe(1);
    await page.getByTestId('held-changes').click();
    await shown(page, 'new-line');
    await page.getByTestId('timeline').hover();
    for (let i = 0; i < 20 && (await unseen.count()) > 0; i++) {
      await page.mouse.wheel(0, 300);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
    }
    await unseen.waitFor({ state: 'detached' });
    await done();
  });
});

describe('the log', () => {
  it('is filtered, searched and saved', async () => {
    const { page, world, done } = await harness.open();
    await group(page, 'City choir').click();
    await page.getByTestId('tab-log').click();
    await page.getByTestId('log-row').first().waitFor();
    await expect.poll(() => page.getByTestId('log-row').count(), SOON).toBe(16);
    await page.getByTestId('log-kind').selectOption('removed');
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=log-row]').length === 1);
    await page.getByTestId('log-kind').selectOption({ index: 0 });
    await page.getByTestId('log-search').fill('soprano.3');
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=log-row]').length === 2);
    await page.getByTestId('log-export').click();
    await page.getByTestId('export-csv').click();
    await page.getByText(/Saved as City choir, membership log, \d{4}-\d\d-\d\d\.csv/).waitFor();
    await page.getByTestId('log-export').click();
    await page.getByTestId('export-shown-json').click();
    await page.getByText(/Saved as City choir, membership log \(part\), \d{4}-\d\d-\d\d\.json/).waitFor();
    // All were checked, whatever the filter shows.
    const query = { before: null, limit: 1, person: null, kinds: [], text: null };
    const { chain } = await world.me.call('membershipLog', { group: await world.group('City choir'), query });
    if (chain.state !== 'intact') throw new Error(chain.state);
    expect(chain.entries).toBeGreaterThanOrEqual(16);
    await page.getByTestId('log-chain').getByText(`All ${chain.entries} entries checked`).waitFor();
    await page.getByTestId('log-matching').getByText('2 entries match.').waitFor();
    await done();
  });

  it('says when its chain is broken', async () => {
    const { page, done } = await harness.open({ scene: 'logChanged' });
    await page.getByTestId('tab-log').click();
    await page.locator('[data-testid=log-chain][data-state=brokenAt]').getByText('changed outside Conclave').waitFor();
    await page.getByTestId('details').first().click();
    await page.getByText('broken at entry 3').waitFor();
    await done();
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { FakeEngine } from '../../backend/fake/engine';
import { invitationTo } from '../../backend/fake/invitation';
import { FirstRun } from './first-run.svelte';

let engine: FakeEngine;
let run: FirstRun;

beforeEach(() => {
  engine = new FakeEngine('firstRun');
  engine.nearby = [];
  run = new FirstRun(engine.backend());
  run.name = 'Zoe Ibarra';
  run.login = 'zoe';
});

const chosen = () => run.choice?.key ?? null;

async function refusedAt(url: string): Promise<string> {
  run.url = url;
  run.typedAddress();
  expect(await run.create()).toBeNull();
  return run.serviceProblem;
}

describe('what is found on this computer', () => {
  it('is chosen already, and nothing is where nothing is found', async () => {
    await run.look();
    expect(chosen()).toBeNull();
    engine.nearby = ['anna', 'ben'];
    await run.look();
    expect(run.local.map(({ key }) => key)).toEqual(['local-anna', 'local-ben']);
    expect(chosen()).toBe('local-anna');
  });

  it('moves no choice that a person made', async () => {
    run.choose('own');
    engine.nearby = ['anna'];
    await run.look();
    expect(chosen()).toBe('own');
    run.choose('local-anna');
    engine.nearby = ['ben'];
    await run.look();
    expect(chosen()).toBe('local-anna');
    expect(run.local.map(({ key }) => key)).toEqual(['local-ben', 'local-anna']);
  });

  it('is not clung to when it ends and nobody chose it', async () => {
    engine.nearby = ['anna', 'ben'];
    await run.look();
    engine.nearby = ['ben'];
    await run.look();
    expect(chosen()).toBe('local-ben');
    engine.nearby = [];
    await run.look();
    expect(chosen()).toBeNull();
  });
});

describe('the login', () => {
  it('follows the name until it was typed, and again once it is empty', async () => {
    run.login = '';
    run.name = 'Зоя Лебедева';
    await run.typedName();
    expect(run.login).toBe('zoya.lebedeva');
    run.login = ' ZoYa ';
    run.typedLogin();
    expect(run.login).toBe('zoya');
    run.name = 'Zoya L.';
    await run.typedName();
    expect(run.login).toBe('zoya');
    run.login = '';
    run.typedLogin();
    await run.typedName();
    expect(run.login).toBe('zoya.l');
  });

  it('that is taken leads back to it, with all that was typed', async () => {
    run.next();
    run.login = 'bob';
    run.url = 'chat.example.org';
    run.choose('server');
    expect(await run.create()).toBeNull();
    expect(run.step).toBe('name');
    expect(run.loginProblem).toContain('taken');
    run.login = 'zoe';
    run.typedLogin();
    expect(run.loginProblem).toBe('');
    run.next();
    expect([run.step, run.url, chosen()]).toEqual(['where', 'chat.example.org', 'server']);
    expect((await run.create())?.service).toEqual({ kind: 'server', url: 'https://chat.example.org' });
  });
});

describe('a name', () => {
  it.each([
    ['\u200b\u3164', 'zoe'],
    ['Zoe', '9lives'],
    ['ж'.repeat(65), 'zoe'],
  ])('%j with login %j leads nowhere', (name, login) => {
    run.name = name;
    run.login = login;
    run.next();
    expect(run.step).toBe('name');
  });
});

describe('the causes of failure', () => {
  it('have words of their own', async () => {
    const said = [];
    for (const host of [
      'nowhere.example',
      'silent.example',
      'web.example',
      'forged.example',
      'expired.example',
      'ftp://x',
      '',
    ]) {
      said.push(await refusedAt(host));
    }
    expect(new Set(said).size).toBe(said.length);
    expect(said[0]).toContain('No computer was found');
    expect(said[1]).toContain('No answer from silent.example');
    expect(said[2]).toContain('not a Conclave service');
    expect(said[3]).toContain('does not trust its certificate');
    expect(said[4]).toContain('not valid at');
    expect(said[6]).toContain('Enter the server’s address');
  });

  it('go when the address or the choice changes', async () => {
    expect(await refusedAt('nowhere.example')).not.toBe('');
    run.url = 'somewhere.example';
    run.typedAddress();
    expect(run.serviceProblem).toBe('');
    expect(await refusedAt('nowhere.example')).not.toBe('');
    run.choose('own');
    expect(run.serviceProblem).toBe('');
  });

  it('a clock that is wrong is said with both times, and makes no account', async () => {
    run.choose('own');
    engine.clockOffMs = -25 * 3_600_000;
    expect(await run.create()).toBeNull();
    const error = run.trouble;
    expect(error?.code === 'clockWrong' && error.serviceMs - error.hereMs).toBe(25 * 3_600_000);
    expect(engine.state.state).toBe('firstRun');
    engine.clockOffMs = 0;
    expect((await run.create())?.handle).toBe('zoe');
    expect(run.trouble).toBeNull();
  });
});

describe('an invitation', () => {
  const link = invitationTo('https://chat.example.org', 'alice');

  it('is chosen, used, and remembered', async () => {
    engine.nearby = ['anna'];
    await run.look();
    await run.invite(` ${link}\n`);
    expect(chosen()).toBe('invited');
    await run.look();
    expect(chosen()).toBe('invited');
    const account = await run.create();
    expect([account?.service, account?.invitedBy]).toEqual([
      { kind: 'server', url: 'https://chat.example.org' },
      'alice',
    ]);
  });

  it('can be done without', async () => {
    engine.nearby = ['anna'];
    await run.look();
    await run.invite(link);
    run.dropInvitation();
    expect([chosen(), run.invited]).toEqual(['local-anna', null]);
  });

  it('stays when another service is chosen, and is not handed over with it', async () => {
    await run.invite(link);
    run.choose('own');
    expect((await run.create())?.invitedBy).toBeNull();
  });

  it('to a service with another key makes no account', async () => {
    await run.invite(link.replace(/.$/, (last) => (last === '0' ? '1' : '0')));
    expect(await run.create()).toBeNull();
    expect(run.serviceProblem).toContain('a different key from the one in the invitation');
    expect(run.serviceProblem).toContain('alice');
  });

  it.each([
    ['hello', 'not an invitation'],
    ['conclave:invite/2?at=x', 'newer Conclave'],
    [link.slice(0, -1), 'damaged'],
    [`${link}${'0'.repeat(1_000_000)}`, 'damaged'],
    [link.replace('https://', 'javascript:'), 'damaged'],
  ])('that is none is refused with its reason', async (text, why) => {
    await run.invite(text);
    expect(run.invitationProblem).toContain(why);
    expect(run.invited).toBeNull();
  });
});

/**
 * What the page relies on, of the engine and of the stand-in for it that unit tests have: the same behaviours, run against
 * both. Where the two differ, it is the stand-in that is wrong.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import type { Backend } from '../../src/lib/backend/backend';
import { FakeEngine } from '../../src/lib/backend/fake/engine';
import type { GroupSummary, MessageRow, TimelineRow } from '../../src/lib/bindings';
import { Harness, SOON } from './harness';

const harness = new Harness();
beforeAll(() => harness.start());
afterAll(() => harness.stop());

/** One of the two, with the sample's groups. */
interface Subject {
  backend: Backend;
  /** Somebody says this in a group. */
  arrive(group: string, who: string, text: string): Promise<void>;
  done(): Promise<void>;
}

/** The page's own backend, called from here. What it rejects with is thrown as it is. */
const called = (page: Page) =>
  new Proxy({} as Backend, {
    get: (_, name) =>
      name === 'then'
        ? undefined
        : async (...args: unknown[]) => {
            const [done, value] = await page.evaluate(
              async ([name, args]) => {
                const { backend } = window.conclaveWorld;
                const call = backend[name as 'appState'] as (...args: unknown[]) => Promise<unknown>;
                try {
                  return [true, await call(...args)] as const;
                } catch (error) {
                  return [false, error] as const;
                }
              },
              [name, args] as const,
            );
            if (!done) throw value;
            return value;
          },
  });

const subjects: Readonly<Record<string, () => Promise<Subject>>> = {
  'the engine': async () => {
    const { page, world, done } = await harness.open();
    return {
      backend: called(page),
      arrive: (group, who, text) => world.person(who).say(group, text),
      done,
    };
  },
  'the stand-in': async () => {
    const engine = new FakeEngine('ready');
    return {
      backend: engine.backend(),
      arrive: async (group, who, text) => void engine.arrive(group, who, text),
      done: async () => {},
    };
  },
};

const draft = (text: string, replyTo: string | null = null) => ({ text, format: 'plain' as const, replyTo });
const latest = { before: null, from: null, limit: 60 };

describe.each(Object.entries(subjects))('%s', (_, begin) => {
  const behaves = (what: string, check: (subject: Subject, ask: Ask) => Promise<void>) =>
    it(what, async () => {
      const subject = await begin();
      await check(subject, new Ask(subject.backend));
      await subject.done();
    });

  behaves('lists the newest group first, pinned ones before all others', async ({ backend }, ask) => {
    const names = async () => (await backend.groups()).map(({ name }) => name);
    expect((await names()).slice(0, 3)).toEqual(['Harbour board', 'Orchestra, brass', 'City choir']);
    await backend.pinGroup(await ask.group('Flat 12'), true);
    expect((await names()).slice(0, 2)).toEqual(['Flat 12', 'Harbour board']);
    await backend.archiveGroup(await ask.group('Flat 12'), true);
    expect(await ask.line('Flat 12')).toMatchObject({ pinned: true, archived: true });
    await backend.pinGroup(await ask.group('Flat 12'), true);
    expect(await ask.line('Flat 12')).toMatchObject({ pinned: true, archived: false });
  });

  behaves('gives pages of rows, oldest first, and says what lies beyond', async ({ backend }, ask) => {
    const group = await ask.group('Orchestra, brass');
    const newest = await backend.timeline(group, latest);
    expect([newest.rows.length, newest.moreBefore, newest.moreAfter]).toEqual([60, true, false]);
    const positions = newest.rows.map(({ position }) => position);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    const before = await backend.timeline(group, { before: positions[0]!, from: null, limit: 10 });
    expect([before.rows.length, before.moreBefore, before.moreAfter]).toEqual([10, true, true]);
    expect(before.rows.at(-1)!.position).toBeLessThan(positions[0]!);
    const from = await backend.timeline(group, { before: null, from: positions[5]!, limit: 10 });
    expect(from.rows.map(({ position }) => position)).toEqual(positions.slice(5, 15));
  });

  behaves('queues what is sent, after all that has its place, and gives it one', async ({ backend }, ask) => {
    const group = await ask.group('Harbour board');
    await backend.send(group, draft('On my way'));
    const row = async () => (await ask.rows(group)).at(-1)!;
    expect((await ask.message(group, 'On my way')).sender.me).toBe(true);
    const { id } = await row();
    await expect.poll(async () => (await ask.message(group, 'On my way')).state, SOON).toEqual({ state: 'sent' });
    expect((await row()).id, 'it stays the same row').toBe(id);
    expect((await ask.line('Harbour board')).last).toMatchObject({ kind: 'message', text: 'On my way' });
  });

  behaves('refuses what says nothing, too much, or goes where nothing is said any more', async ({ backend }, ask) => {
    const group = await ask.group('Harbour board');
    await refused(backend.send(group, draft('')), { code: 'empty' });
    await refused(backend.send(group, draft('x'.repeat(64 * 1024 + 1))), { code: 'tooLong', max: 64 * 1024 });
    await refused(backend.send(await ask.group('Market stall'), draft('hello')), { code: 'notAMember' });
    await refused(backend.send(await ask.group('Old school'), draft('hello')), { code: 'notAMember' });
    await refused(backend.send(await ask.group('Allotment'), draft('hello')), { code: 'groupBroken' });
    await refused(backend.send('00'.repeat(16), draft('hello')), { code: 'noSuchGroup' });
  });

  behaves('quotes what is answered', async ({ backend }, ask) => {
    const group = await ask.group('Harbour board');
    const { message } = await ask.message(group, 'The berth plan is final');
    await backend.send(group, draft('Read it', message));
    const { replyTo } = await ask.message(group, 'Read it');
    expect(replyTo).toMatchObject({ message, sender: { handle: 'bob' } });
    expect(replyTo?.text).toContain('The berth plan is final');
  });

  behaves('takes one heart as one reaction, however it is written, and takes it back', async ({ backend }, ask) => {
    const group = await ask.group('Harbour board');
    const { message } = await ask.message(group, 'The berth plan is final');
    const reactions = async () => (await ask.message(group, 'The berth plan is final')).reactions;
    await backend.react(group, message, '\u2764\ufe0f', true);
    await expect.poll(reactions, SOON).toMatchObject([{ emoji: '\u2764', mine: true, people: [{ me: true }] }]);
    await backend.react(group, message, '\u2764', true);
    expect(await reactions()).toHaveLength(1);
    await backend.react(group, message, '\u2764\ufe0f', false);
    await expect.poll(reactions, SOON).toEqual([]);
  });

  behaves('edits and takes back what one has said, and nothing of others', async ({ backend }, ask) => {
    const group = await ask.group('Harbour board');
    const mine = await ask.message(group, 'I can take the boat out');
    await backend.edit(group, mine.message, 'I stay ashore.', 'plain');
    expect(await ask.message(group, 'I stay ashore.')).toMatchObject({ message: mine.message, edited: true });
    await refused(backend.edit(group, mine.message, '', 'plain'), { code: 'empty' });
    await backend.delete(group, mine.message);
    const gone = (await ask.rows(group)).flatMap(messageOf).find(({ message }) => message === mine.message);
    expect(gone?.body).toEqual({ type: 'deleted' });
    const theirs = await ask.message(group, 'The berth plan is final');
    await refused(backend.edit(group, theirs.message, 'It is not.', 'plain'), { code: 'noSuchMessage' });
    await refused(backend.delete(group, theirs.message), { code: 'noSuchMessage' });
    await refused(backend.delete(group, '01'.repeat(32)), { code: 'noSuchMessage' });
  });

  behaves('keeps a draft until it is sent', async ({ backend }, ask) => {
    const group = await ask.group('Flat 12');
    expect(await backend.draft(group)).toBeNull();
    await backend.keepDraft(group, { text: 'Then I', replyTo: null, edit: null });
    expect(await backend.draft(group)).toEqual({ text: 'Then I', replyTo: null, edit: null });
    expect((await ask.line('Flat 12')).draft).toBe('Then I');
    await backend.send(group, draft('Then I'));
    expect(await backend.draft(group)).toBeNull();
    expect((await ask.line('Flat 12')).draft).toBeNull();
  });

  behaves('counts messages until they were read, and changes until they were seen', async (subject, ask) => {
    const { backend } = subject;
    const counts = async (name: string) => {
      const { unread, unseenChanges, markedUnread } = await ask.line(name);
      return [unread, unseenChanges, markedUnread];
    };
    expect(await counts('City choir')).toEqual([1, 14, false]);
    await subject.arrive('City choir', 'grace', 'Are you there?');
    await expect.poll(() => counts('City choir'), SOON).toEqual([2, 14, false]);
    const choir = await ask.group('City choir');
    await backend.markUnread(choir);
    expect(await counts('City choir')).toEqual([2, 14, true]);
    await backend.markRead(choir);
    expect(await counts('City choir')).toEqual([0, 14, false]);
    await backend.markSeen(choir, (await ask.rows(choir)).at(-1)!.position);
    expect(await counts('City choir')).toEqual([0, 0, false]);
  });

  behaves('says by code why somebody can’t be added, removed or found', async ({ backend }, ask) => {
    const harbour = await ask.group('Harbour board');
    await refused(backend.addPeople(harbour, ['dave']), { code: 'notAllowed', why: 'alreadyMember' });
    await refused(backend.addPeople(harbour, ['nadia']), { code: 'noKeyPackage', handle: 'nadia' });
    await refused(backend.addPeople(harbour, ['zz9']), { code: 'noSuchPerson', handle: 'zz9' });
    await refused(backend.lookUp('zz9'), { code: 'noSuchPerson', handle: 'zz9' });
    expect(await backend.lookUp('bob')).toMatchObject({ handle: 'bob', me: false });
    expect(await backend.lookUp('alice')).toMatchObject({ handle: 'alice', me: true });
    const { people } = await backend.roster(harbour, 0);
    const may = Object.fromEntries(people.map(({ person, may }) => [person.handle, may.remove]));
    expect(may).toEqual({ alice: false, bob: false, carol: false, dave: true, erin: true });
    const carol = people.find(({ person }) => person.handle === 'carol')!.person.user;
    await refused(backend.removePerson(harbour, carol), { code: 'notAllowed', why: 'onlyOwnersRemove' });
  });

  behaves('changes nothing in a group for who may not', async ({ backend }, ask) => {
    const choir = await ask.group('City choir');
    expect((await backend.group(choir)).may).toEqual({ add: false, rename: false });
    await refused(backend.renameGroup(choir, 'Choir'), { code: 'notAllowed', why: 'mayNotRename' });
    await refused(backend.addPeople(choir, ['frank']), { code: 'notAllowed', why: 'mayNotAdd' });
    const { people } = await backend.roster(choir, 0);
    const soprano = people.find(({ person }) => person.handle === 'soprano.1')!.person.user;
    await refused(backend.removePerson(choir, soprano), { code: 'notAllowed', why: 'mayNotRemove' });
  });

  behaves('writes each change of a group down, newest first', async ({ backend }, ask) => {
    const flat = await ask.group('Flat 12');
    await backend.renameGroup(flat, '  Flat\u202e 13 ');
    await expect.poll(async () => (await backend.group(flat)).name, SOON).toBe('Flat 13');
    const log = (kinds: 'renamed'[]) =>
      backend.membershipLog(flat, { before: null, limit: 0, person: null, kinds, text: null });
    const { rows, total, chain } = await log(['renamed']);
    expect(total).toBe(1);
    expect(rows[0]?.change).toMatchObject({ kind: 'renamed', name: 'Flat 13', actor: { me: true } });
    expect(chain.state).toBe('intact');
    const all = (await log([])).rows.map(({ index }) => index);
    expect(all).toEqual([...all].sort((a, b) => b - a));
  });

  behaves('cleans names, and refuses what can’t be seen or is too long', async ({ backend }) => {
    expect((await backend.setName('  Алиса \u202e Лидделл ')).name).toBe('Алиса Лидделл');
    await refused(backend.setName('\u3164'), { code: 'empty' });
    await refused(backend.setName('ж'.repeat(65)), { code: 'nameTooLong', max: 64 });
    await refused(backend.createGroup('\u200b', []), { code: 'empty' });
    await refused(backend.createGroup('ж'.repeat(101), []), { code: 'nameTooLong', max: 100 });
  });

  behaves('tries again or forgets what failed', async ({ backend }, ask) => {
    const flat = await ask.group('Flat 12');
    const failed = async () =>
      (await ask.rows(flat)).flatMap(({ body }) => (body.kind === 'changeFailed' ? [body] : []));
    const [change] = await failed();
    expect(change).toMatchObject({ what: 'added', targets: [{ handle: 'nadia' }], failure: 'badKeyPackage' });
    await backend.discard(flat, change!.intent);
    expect(await failed()).toEqual([]);
  });

  behaves('reads invitations, and says what is wrong with others', async ({ backend }) => {
    const link = `conclave:invite/1?at=https://chat.example.org&by=carol&key=${'0a'.repeat(32)}`;
    const service = { kind: 'server', url: 'https://chat.example.org' };
    expect(await backend.readInvitation(link)).toEqual({ service, by: 'carol' });
    await refused(backend.readInvitation(link.slice(0, -3)), { code: 'badInvitation', why: 'damaged' });
    await refused(backend.readInvitation(link.replace('/1?', '/2?')), { code: 'badInvitation', why: 'version' });
    await refused(backend.readInvitation('hello'), { code: 'badInvitation', why: 'other' });
    expect(await backend.invitation(), 'nobody from elsewhere can come').toBeNull();
  });

  behaves('deletes the account of this login only', async ({ backend }) => {
    await refused(backend.deleteAccount('bob'), { code: 'otherAccount' });
    expect((await backend.appState()).state).toBe('ready');
  });
});

async function refused(call: Promise<unknown>, error: object): Promise<void> {
  const [outcome] = await Promise.allSettled([call]);
  expect(outcome).toEqual({ status: 'rejected', reason: error });
}

function messageOf({ body }: TimelineRow): MessageRow[] {
  return body.kind === 'message' ? [body] : [];
}

/** Looks for things by what a person calls them. */
class Ask {
  constructor(readonly backend: Backend) {}

  async line(name: string): Promise<GroupSummary> {
    return (await this.backend.groups()).find((group) => group.name === name)!;
  }

  async group(name: string): Promise<string> {
    return (await this.line(name)).id;
  }

  async rows(group: string): Promise<TimelineRow[]> {
    return (await this.backend.timeline(group, latest)).rows;
  }

  async message(group: string, text: string): Promise<MessageRow> {
    const all = (await this.rows(group)).flatMap(messageOf);
    return all.findLast(({ body }) => body.type === 'text' && body.text.includes(text))!;
  }
}

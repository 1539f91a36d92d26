import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Backend } from '../backend/backend';
import { FakeEngine } from '../backend/fake/engine';
import { inOrder } from '../backend/in-order';
import { Session } from './session.svelte';

let engine: FakeEngine;
let backend: Backend;
let kept: string[];
let session: Session;

const settle = (ms = 2_000) => vi.advanceTimersByTimeAsync(ms);
const group = (name: string) => engine.named(name).id;
const composer = () => session.group!.composer;

async function start(): Promise<void> {
  session = new Session(backend);
  await session.start();
  await settle();
}

beforeEach(async () => {
  vi.useFakeTimers();
  engine = new FakeEngine();
  kept = [];
  const plain = engine.backend();
  backend = inOrder({
    ...plain,
    keepDraft: (id, draft) => {
      kept.push(draft.edit?.text ?? draft.text);
      return plain.keepDraft(id, draft);
    },
  });
  await start();
  return () => vi.useRealTimers();
});

describe('drafts', () => {
  it('are kept soon after a pause, not with every key, and even while the typing goes on', async () => {
    for (const text of ['h', 'he', 'hel']) {
      composer().text = text;
      await settle(100);
    }
    expect(kept).toEqual([]);
    await settle(300);
    expect(kept).toEqual(['hel']);
    for (let i = 0; i < 20; i++) {
      composer().text += '!';
      await settle(200);
    }
    expect(kept.length).toBeGreaterThan(2);
    expect(kept.length).toBeLessThan(6);
    await settle();
    expect(engine.named('Harbour board').draft?.text).toBe(`hel${'!'.repeat(20)}`);
  });

  it('are kept at once on leaving the group, on turning away and before the end', async () => {
    composer().text = 'one';
    await session.open(group('Flat 12'));
    expect(kept).toEqual(['one']);
    const target = new EventTarget();
    const end = session.watchLeaving(target);
    for (const [event, text] of [
      ['blur', 'two'],
      ['pagehide', 'three'],
      ['visibilitychange', 'four'],
    ] as const) {
      composer().text = text;
      target.dispatchEvent(new Event(event));
      await settle(0);
      expect(kept.at(-1)).toBe(text);
    }
    end();
    composer().text = 'five';
    session.quit();
    await settle(0);
    expect([kept.at(-1), engine.told.quit]).toEqual(['five', true]);
  });

  it('come back with answer and edit when the program starts again, and stand in the list', async () => {
    await session.open(group('Harbour board'));
    const rows = session.group!.timeline.rows.flatMap(({ body }) => (body.kind === 'message' ? [body] : []));
    const [theirs, mine] = [rows.find(({ sender }) => !sender.me)!, rows.find(({ sender }) => sender.me)!];
    composer().text = 'half an ans';
    session.group!.reply(theirs);
    session.group!.edit(mine);
    composer().text = 'Noted, and passed on.';
    await settle();
    await start();
    await session.open(group('Harbour board'));
    await settle();
    expect(session.groups.find(({ name }) => name === 'Harbour board')?.draft).toBe('Noted, and passed on.');
    expect([composer().text, composer().editing?.message]).toEqual(['Noted, and passed on.', mine.message]);
    composer().cancelEdit();
    expect([composer().text, composer().replyTo?.message]).toEqual(['half an ans', theirs.message]);
  });

  it('are no drafts any more once sent, whatever was still under way', async () => {
    composer().text = 'hello';
    await settle(350);
    composer().text = 'hello!';
    await session.group!.send(session.me);
    await settle();
    expect(engine.named('Harbour board').draft).toBeNull();
    composer().text = 'refused';
    engine.named('Harbour board').health = { state: 'broken', cause: 'diverged' };
    await session.group!.send(session.me);
    await settle();
    expect(composer().text).toBe('refused');
    expect(engine.named('Harbour board').draft?.text).toBe('refused');
  });

  it('are tried again when they could not be kept, and that is said once', async () => {
    let refused = 0;
    const working = backend.keepDraft;
    backend.keepDraft = async () => {
      refused++;
      throw { code: 'diskUnavailable' };
    };
    composer().text = 'a';
    await settle(400);
    composer().text = 'ab';
    await settle(400);
    expect([refused, session.notices.shown.length]).toEqual([2, 1]);
    backend.keepDraft = working;
    await settle(11_000);
    expect(engine.named('Harbour board').draft?.text).toBe('ab');
  });

  it('go with their group', async () => {
    await session.open(group('Old school'));
    composer().text = 'never mind';
    await backend.forgetGroup(session.group!.id);
    session.forgotten(session.group!.id);
    await settle(20_000);
    expect([kept, session.notices.shown]).toEqual([[], []]);
  });
});

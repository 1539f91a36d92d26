import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../backend/fake/engine';
import { attention } from './attention.svelte';
import { Choices } from './choices.svelte';
import { Session } from './session.svelte';

let engine: FakeEngine;
let session: Session;

const settle = () => vi.advanceTimersByTimeAsync(2_000);

beforeEach(async () => {
  vi.useFakeTimers();
  attention.active = false;
  engine = new FakeEngine();
  session = new Session(engine.backend());
  const stop = await session.start();
  await settle();
  return () => {
    stop();
    vi.useRealTimers();
  };
});

describe('what the person chose', () => {
  it('is kept by the engine and read at the next start', async () => {
    await session.choices.choose({ enterSends: false });
    await session.choices.choose({ closeToTray: false });
    expect(engine.settings).toMatchObject({ enterSends: false, closeToTray: false, notifications: true });
    const next = new Session(engine.backend());
    await next.start();
    expect(next.choices.values).toEqual(engine.settings);
  });

  it('is as before where it could not be kept, and that is said', async () => {
    const backend = { ...engine.backend(), setSettings: () => Promise.reject({ code: 'diskUnavailable' }) };
    const failed = vi.fn();
    const choices = new Choices(backend, failed);
    const chosen = choices.choose({ notifications: false });
    expect(choices.values.notifications).toBe(false);
    await chosen;
    expect([choices.values.notifications, failed.mock.calls.length]).toEqual([true, 1]);
  });
});

describe('notifications', () => {
  const hear = async () => {
    engine.arrive('Reading circle', 'judy', 'chapter seven');
    await settle();
    return engine.told.notifications.at(-1);
  };

  it('are not shown where nobody wants them', async () => {
    await session.choices.choose({ notifications: false });
    expect(await hear()).toBeUndefined();
  });

  it('say who wrote and not what, where that is wanted', async () => {
    expect((await hear())?.slice(0, 2)).toEqual(['Reading circle', 'judy: chapter seven']);
    await session.choices.choose({ hideText: true });
    expect((await hear())?.slice(0, 2)).toEqual(['Reading circle', 'judy wrote']);
  });

  it('are heard or not, as chosen', async () => {
    await hear();
    await session.choices.choose({ sound: false });
    await hear();
    expect(engine.told.heard).toEqual([true, false]);
  });

  it('are shown for the open group while the settings cover it', async () => {
    attention.active = true;
    await session.open(engine.named('Reading circle').id);
    await settle();
    expect(await hear()).toBeUndefined();
    session.settings = 'profile';
    expect(await hear()).toBeDefined();
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { FakeEngine } from '../backend/fake/engine';
import { Zoom, step } from './zoom.svelte';

let engine: FakeEngine;
let kept: Map<string, string>;

/** The parts of a window that this needs. */
class FakeWindow extends EventTarget {
  localStorage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}

const opened = () => {
  const target = new FakeWindow() as unknown as Window;
  const zoom = new Zoom(engine.backend());
  zoom.watch(target);
  return { zoom, target };
};

const press = (target: Window, key: string, more: object = { ctrlKey: true }) => {
  const event = Object.assign(new Event('keydown', { cancelable: true }), {
    key,
    altKey: false,
    ctrlKey: false,
    metaKey: false,
    ...more,
  });
  target.dispatchEvent(event);
  return event.defaultPrevented;
};

beforeEach(() => {
  engine = new FakeEngine();
  kept = new Map();
});

describe('the zoom', () => {
  it('goes in steps, within bounds, and back to normal', () => {
    const { zoom, target } = opened();
    for (const key of ['+', '=', '+']) expect(press(target, key)).toBe(true);
    expect(zoom.percent).toBe(150);
    for (let i = 0; i < 20; i++) press(target, '+');
    expect(zoom.percent).toBe(200);
    for (let i = 0; i < 20; i++) press(target, '-');
    expect(zoom.percent).toBe(50);
    press(target, '0');
    expect(zoom.percent).toBe(100);
    expect(engine.told.zoom.at(-1)).toBe(1);
  });

  it('follows the wheel with Ctrl, and leaves it alone without', () => {
    const { zoom, target } = opened();
    const wheel = (deltaY: number, ctrlKey: boolean) =>
      target.dispatchEvent(Object.assign(new Event('wheel', { cancelable: true }), { deltaY, ctrlKey }));
    wheel(-100, true);
    expect(zoom.percent).toBe(110);
    wheel(-100, false);
    expect(zoom.percent).toBe(110);
    wheel(100, true);
    expect(zoom.percent).toBe(100);
  });

  it('is what it was when the window opens again', () => {
    const first = opened();
    press(first.target, '+');
    const second = opened();
    expect([second.zoom.percent, engine.told.zoom]).toEqual([110, [1.1, 1.1]]);
    kept.set('conclave.zoom', '7');
    expect(opened().zoom.percent).toBe(100);
  });

  it('is not meant by other keys', () => {
    for (const [key, more] of [
      ['+', {}],
      ['+', { ctrlKey: true, altKey: true }],
      ['a', { ctrlKey: true }],
    ] as const) {
      expect(step({ key, ctrlKey: false, metaKey: false, altKey: false, ...more })).toBeNull();
    }
  });
});

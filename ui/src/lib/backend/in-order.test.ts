import { expect, it } from 'vitest';
import type { Backend } from './backend';
import { FakeEngine } from './fake/engine';
import { inOrder } from './in-order';

const draft = (text: string) => ({ text, format: 'plain' as const, replyTo: null });

/** As a bridge does it: later calls may be carried out first. */
function jumbled(backend: Backend, order: string[]): Backend {
  let turn = 0;
  return {
    ...backend,
    send: async (group, { text }) => {
      await new Promise((done) => setTimeout(done, turn++ % 2 === 0 ? 4 : 0));
      if (text === 'refused') throw { code: 'empty' };
      order.push(`${group}:${text}`);
      return text;
    },
  };
}

it('hands over what is said in one group in the order of the calls', async () => {
  const order: string[] = [];
  const backend = inOrder(jumbled(new FakeEngine('ready').backend(), order));
  const texts = Array.from({ length: 20 }, (_, i) => String(i));
  await Promise.all(texts.map((text) => backend.send('a', draft(text))));
  expect(order).toEqual(texts.map((text) => `a:${text}`));
});

it('goes on after a call that was refused, and tells who made it', async () => {
  const order: string[] = [];
  const backend = inOrder(jumbled(new FakeEngine('ready').backend(), order));
  const [refused, next] = await Promise.allSettled([
    backend.send('a', draft('refused')),
    backend.send('a', draft('next')),
  ]);
  expect(refused).toEqual({ status: 'rejected', reason: { code: 'empty' } });
  expect(next).toEqual({ status: 'fulfilled', value: 'next' });
  expect(order).toEqual(['a:next']);
});

it('lets no group wait for another', async () => {
  const order: string[] = [];
  const backend = inOrder(jumbled(new FakeEngine('ready').backend(), order));
  await Promise.all([backend.send('slow', draft('1')), backend.send('quick', draft('1'))]);
  expect(order).toEqual(['quick:1', 'slow:1']);
});

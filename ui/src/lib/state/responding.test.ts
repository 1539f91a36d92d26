import { expect, it } from 'vitest';
import { message, someone } from '../timeline/rows.fixture';
import { canRespond } from './open-group.svelte';

const me = someone('alice', true);

it.each([
  ['received', message(1, someone('bob')), true],
  ['sent', message(2, me), true],
  ['queued', message(3, me, { state: { state: 'queued' } }), false],
  ['failed', message(4, me, { state: { state: 'failed', intent: 'i', failure: 'refused' } }), false],
  ['deleted', message(5, someone('bob'), { body: { type: 'deleted' } }), false],
])('a message that is %s can be answered: %s', (_, row, can) => expect(canRespond(row)).toBe(can));

import { expect, it } from 'vitest';
import { OFFERED_MAX, search, type Entry } from './palette';

const entry = (title: string): Entry => ({ id: title, title, kind: 'group', run: () => {} });
const titles = (entries: Entry[]) => entries.map((one) => one.title);

it('finds by all words, best first', () => {
  const all = ['New group', 'Old group', 'Group nine', 'Harbour'].map(entry);
  expect(titles(search(all, ' GROUP '))).toEqual(['Group nine', 'New group', 'Old group']);
  expect(titles(search(all, 'group n'))).toEqual(['Group nine', 'New group']);
  expect(search(all, 'zzz')).toEqual([]);
});

it('offers a bounded list', () => {
  const many = Array.from({ length: 300 }, (_, i) => entry(`g${i}`));
  expect(search(many, '')).toHaveLength(OFFERED_MAX);
  expect(search(many, 'g')).toHaveLength(OFFERED_MAX);
});

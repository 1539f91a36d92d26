import { describe, expect, it } from 'vitest';
import { Recent } from './recent';
import { FOUND_MAX, found } from './search';
import { emojiGroups } from './set';

const groups = await emojiGroups(() => Infinity);
const all = groups.flatMap((group) => group.emojis);
const find = (query: string) => found(all, query).map((one) => one.emoji);

describe('the set', () => {
  it('is all of Unicode’s, each with a name and words', () => {
    expect(all.length).toBeGreaterThan(1_900);
    expect(groups.map((group) => group.id)).toHaveLength(9);
    expect(groups.every((group) => group.emojis.length > 50)).toBe(true);
    expect(all.filter((one) => one.name === '' || one.words.length === 0)).toEqual([]);
    expect(new Set(all.map((one) => one.emoji)).size).toBe(all.length);
  });
});

describe('the search', () => {
  it.each([
    ['thumbs up', '👍'],
    ['THUMBS', '👍'],
    ['anchor', '⚓'],
    ['sail', '⛵'],
    ['birthday', '🎂'],
    ['flag germ', '🇩🇪'],
    ['germany', '🇩🇪'],
    ['pizza', '🍕'],
    ['lol', '😂'],
    ['❤️', '❤️'],
  ])('finds by %s among the first', (query, emoji) => expect(find(query).slice(0, 6)).toContain(emoji));

  it('finds a name before what only has something to do with it', () => {
    expect(find('rocket')[0]).toBe('🚀');
    expect(find('dog')[0]).toBe('🐕');
    expect(find('wave')).toContain('🌊');
  });

  it('finds nothing for nothing, and no more than help', () => {
    expect(find('  ')).toEqual([]);
    expect(find('qqqq')).toEqual([]);
    expect(find('f').length).toBe(FOUND_MAX);
  });
});

it('remembers what was used last, each once', () => {
  const recent = new Recent();
  const before = recent.emojis.length;
  recent.used('🚀');
  recent.used('⚓');
  recent.used('🚀');
  expect(recent.emojis.slice(0, 2)).toEqual(['🚀', '⚓']);
  expect(recent.emojis.length).toBe(before);
  recent.used('❤');
  // Another way to write one that was offered.
  expect(recent.emojis.filter((emoji) => emoji.startsWith('❤'))).toEqual(['❤']);
});

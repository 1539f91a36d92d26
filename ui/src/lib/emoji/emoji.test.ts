import { describe, expect, it } from 'vitest';
import { RECENT_MAX, recentOf, withUsed } from './recent';
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

describe('what was used last', () => {
  const after = (...emojis: string[]) => emojis.reduce<string[]>((kept, emoji) => withUsed(kept, emoji), []);

  it('comes first, each once, before what people use most', () => {
    const kept = after('🚀', '⚓', '🚀');
    expect(kept).toEqual(['🚀', '⚓']);
    expect(recentOf(kept).slice(0, 3)).toEqual(['🚀', '⚓', '👍']);
    // Another spelling of a listed one.
    expect(recentOf(after('❤')).filter((emoji) => emoji.startsWith('❤'))).toEqual(['❤']);
  });

  it('is bounded', () => {
    const kept = after(...all.slice(0, 100).map((one) => one.emoji));
    expect(kept).toHaveLength(RECENT_MAX);
    expect(kept[0]).toBe(all[99]?.emoji);
    for (const some of [[], ['🚀'], kept]) expect(recentOf(some)).toHaveLength(RECENT_MAX);
  });

  it('is emoji, whatever was kept', () => {
    const wrong = ['', 'a', '7', '🚀🚀', 'ab🚀', '<b>', '\ud83d', `🚀${'\u200d🚀'.repeat(40)}`];
    expect(recentOf([...wrong, '⚓', '⚓'])).toEqual(recentOf(['⚓']));
    expect(withUsed(wrong, '⚓')).toEqual(['⚓']);
    for (const { emoji } of all) expect(withUsed([], emoji), emoji).toEqual([emoji]);
  });
});

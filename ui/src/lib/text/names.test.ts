import { describe, expect, it } from 'vitest';
import { limits } from '../limits';
import { cleanName, lettersOver } from './names';

describe('names', () => {
  it('keeps names of all scripts as they are written', () => {
    for (const name of [
      'Ana Lebedeva',
      'أحمد بن محمد',
      '王小明',
      'علی\u200cرضا',
      '👩\u200d🚀 Mia',
      'श्रीनिवास',
      'O’Neill, Zoë',
    ]) {
      expect(cleanName(name)).toBe(name);
    }
  });

  it('drops what nobody sees, and says when nothing is left', () => {
    expect(cleanName('  x \u202ey\u0000 \n z ')).toBe('x y z');
    for (const nothing of ['', ' \t', '\u200b', '\u2060', '\u3164', '\u2800', '\u202e', '\u200d', '\u0301', '\ufe0f']) {
      expect(cleanName(nothing)).toBe('');
    }
  });

  it('counts letters as a reader does', () => {
    expect(lettersOver('ж'.repeat(64), limits.personNameLetters)).toBe(0);
    expect(lettersOver('ж'.repeat(67), limits.personNameLetters)).toBe(3);
    expect(lettersOver('👨‍👩‍👧‍👦'.repeat(100), limits.groupNameLetters)).toBe(0);
    expect(lettersOver(` ${'a'.repeat(64)} `, limits.personNameLetters)).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { LOGIN, loginFor } from './login';

describe('the login for a name', () => {
  it.each([
    ['alice', 'alice'],
    ['Ana Lebedeva', 'ana.lebedeva'],
    ['Анна-Мария Лебедева', 'anna-mariya.lebedeva'],
    ['O’Neill, Zoë', 'oneill.zoe'],
    ['Łukasz Straße', 'lukasz.strasse'],
    ['王小明', 'wangxiaoming'],
    ['김민준', 'gimminjun'],
    ['Γιώργος', 'giorgos'],
    ['  Mia 🌸 ', 'mia'],
    ['007 Bond', 'bond'],
    ['42', ''],
    ['🦊', ''],
    ['', ''],
  ])('%s: %s', async (name, login) => {
    expect(await loginFor(name)).toBe(login);
  });

  it('is always one that the service takes', async () => {
    for (const name of ['x'.repeat(80), 'محمد علي', 'שָׁלוֹם', 'A.'.repeat(40), 'a -_. b', 'ⅷ', '-', 'ა ბ გ']) {
      const login = await loginFor(name);
      expect(login === '' || LOGIN.test(login), login).toBe(true);
    }
  });
});

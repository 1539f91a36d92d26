import { expect, it } from 'vitest';
import { colourOf, initials } from './avatar';

it.each([
  ['bob', 'BO'],
  ['Harbour board', 'HB'],
  ['mary.ann', 'MA'],
  ['Über uns', 'ÜU'],
  ['家族', '家族'],
  ['🙂🙃', '🙂'],
  ['', ''],
])('%s → %s', (name, letters) => expect(initials(name)).toBe(letters));

it('keeps one colour for one id, within the palette', () => {
  for (let i = 0; i < 500; i++) {
    expect(colourOf(`id${i}`)).toBe(colourOf(`id${i}`));
    expect(colourOf(`id${i}`)).toBeGreaterThanOrEqual(1);
    expect(colourOf(`id${i}`)).toBeLessThanOrEqual(8);
  }
});

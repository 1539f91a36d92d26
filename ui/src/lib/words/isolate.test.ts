import { describe, expect, it } from 'vitest';
import { isolated } from './isolate';

describe('what is filled into a sentence', () => {
  it('stays as it is where it is written as the sentence is', () => {
    for (const text of ['bob added dave (2)', 'Зоя', '王小明 👋']) expect(isolated(text)).toBe(text);
  });

  it('has a direction of its own', () => {
    expect(isolated('\u0645\u0631\u0641\u0623')).toBe('\u2068\u0645\u0631\u0641\u0623\u2069');
    expect(isolated(isolated('\u05d0') + ' (a)')).toBe('\u2068\u2068\u05d0\u2069 (a)\u2069');
  });

  it('can not get out of its place', () => {
    expect(isolated('x\u202ey')).toBe('\u2068xy\u2069');
    expect(isolated('x\u2069\u202ey')).toBe('\u2068xy\u2069');
    expect(isolated('x\u2067y')).toBe('\u2068xy\u2069');
  });
});

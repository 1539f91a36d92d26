import { beforeEach, describe, expect, it } from 'vitest';
import { List } from './list.fixture';
import { fits, inMiddle, isIn, nearEnds, readable, sightOf, underMargin } from './sight';

let list: List;
const never = () => false;

beforeEach(() => {
  list = new List(Array<number>(40).fill(50), 200);
});

describe('what is in sight', () => {
  it('is what shows at all, and not what begins where the view ends', () => {
    list.scrollTo(500);
    expect(sightOf(list)).toEqual({ first: 10, last: 13 });
    list.scrollTo(501);
    expect(sightOf(list)).toEqual({ first: 10, last: 14 });
  });

  it('has both of its ends in it', () => {
    expect([9, 10, 13, 14].map((index) => isIn({ first: 10, last: 13 }, index))).toEqual([false, true, true, false]);
    expect(isIn({ first: 0, last: 3 }, -1)).toBe(false);
  });
});

describe('what can be read', () => {
  it('shows a line at least, at either edge', () => {
    list.scrollTo(530);
    expect(readable(list, never)).toEqual([10, 11, 12, 13, 14]);
    list.scrollTo(531);
    expect(readable(list, never)).toEqual([11, 12, 13, 14]);
    list.scrollTo(519);
    expect(readable(list, never)).toEqual([10, 11, 12, 13]);
  });

  it('shows all of what is less than a line', () => {
    list = new List([12, 50, 50, 50, 50, 50], 200);
    expect(readable(list, never)).toContain(0);
    list.scrollTo(1);
    expect(readable(list, never)).not.toContain(0);
  });

  it('shows a whole one whole', () => {
    list.scrollTo(510);
    expect(readable(list, (item) => item === 10)).toEqual([11, 12, 13]);
    list.scrollTo(500);
    expect(readable(list, (item) => item === 10)).toEqual([10, 11, 12, 13]);
  });

  it('is a whole one that is longer than the view where it fills the view', () => {
    list = new List([50, 500, 50], 200);
    list.scrollTo(40);
    expect(readable(list, (item) => item === 1)).toEqual([]);
    list.scrollTo(120);
    expect(readable(list, (item) => item === 1)).toEqual([1]);
  });
});

describe('a place to go to', () => {
  it('is under a margin, or in the middle', () => {
    expect(underMargin(list, 10)).toBe(500 - 48);
    expect(inMiddle(list, 10)).toBe(500 - 75);
  });
});

describe('the ends of a list', () => {
  it('are near within some hundred pixels', () => {
    expect(nearEnds(list)).toEqual({ older: true, newer: false });
    list.scrollTo(900);
    expect(nearEnds(list)).toEqual({ older: false, newer: false });
    list.scrollTo(1_101);
    expect(nearEnds(list)).toEqual({ older: false, newer: true });
  });

  it('are both near where all fits', () => {
    list = new List([50, 50], 200);
    expect(nearEnds(list)).toEqual({ older: true, newer: true });
    expect(fits(list)).toBe(true);
    expect(fits(new List([50, 151], 200))).toBe(false);
  });
});

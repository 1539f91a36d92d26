import { describe, expect, it } from 'vitest';
import { END_SLACK_PX, Following, HAND_MS, type Geometry } from './following';

const at = (offset: number, length: number, view: number): Geometry => ({ offset, length, view });
const NOW = 1_000_000;

function atTheEnd(): Following {
  const following = new Following();
  following.put(at(400, 1_000, 600), true);
  return following;
}

describe('who is at the end stays there', () => {
  it('when the window is enlarged and the view is moved back by it', () => {
    const following = atTheEnd();
    expect(following.scrolled(at(225, 1_000, 775), false, NOW)).toBe('reached');
    expect(following.scrolled(at(150, 1_040, 775), false, NOW)).toBe('follow');
    expect(following.atEnd).toBe(true);
  });

  it('when a row taller than the window is added and is only measured afterwards', () => {
    const following = atTheEnd();
    expect(following.laidOut(at(400, 1_050, 600), false)).toBe(true);
    expect(following.scrolled(at(450, 5_000, 600), false, NOW)).toBe('follow');
    expect(following.scrolled(at(4_300, 5_020, 600), false, NOW)).toBe('follow');
    expect(following.atEnd).toBe(true);
  });

  it('when the text gets smaller and all moves up', () => {
    const following = atTheEnd();
    expect(following.scrolled(at(100, 800, 600), false, NOW)).toBe('follow');
    expect(following.atEnd).toBe(true);
  });

  it('while rows arrive that it was not asked about', () => {
    const following = atTheEnd();
    for (let length = 1_100; length < 3_000; length += 100)
      expect(following.laidOut(at(400, length, 600), false)).toBe(true);
  });
});

describe('who leaves it is left alone', () => {
  it('by the wheel, also in steps of a pixel and while rows above are measured', () => {
    const following = atTheEnd();
    following.touched(NOW);
    let offset = 400;
    for (let i = 0; i < END_SLACK_PX; i++) following.scrolled(at(--offset, 1_000, 600), false, NOW + i);
    expect(following.atEnd).toBe(true);
    expect(following.scrolled(at(--offset, 1_020, 600), false, NOW + 60)).toBe('left');
    expect(following.laidOut(at(offset, 1_500, 600), false)).toBe(false);
  });

  it('by whatever scrolls without a hand, where nothing was laid out anew', () => {
    const following = atTheEnd();
    expect(following.scrolled(at(300, 1_000, 600), false, NOW)).toBe('left');
  });

  it('but not by a hand that was there long ago', () => {
    const following = atTheEnd();
    following.touched(NOW);
    expect(following.scrolled(at(200, 900, 600), false, NOW + HAND_MS + 1)).toBe('follow');
  });

  it('and is there again once the end is in sight', () => {
    const following = atTheEnd();
    following.put(at(0, 1_000, 600), false);
    expect(following.scrolled(at(200, 1_000, 600), false, NOW)).toBe('same');
    expect(following.scrolled(at(380, 1_000, 600), false, NOW)).toBe('reached');
    expect(following.atEnd).toBe(true);
  });

  it('and is not there where there is more to be read', () => {
    const following = atTheEnd();
    following.put(at(0, 1_000, 600), false);
    following.scrolled(at(400, 1_000, 600), true, NOW);
    expect(following.atEnd).toBe(false);
    expect(following.laidOut(at(400, 1_000, 600), true)).toBe(false);
  });
});

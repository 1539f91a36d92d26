import { beforeEach, describe, expect, it } from 'vitest';
import { List } from './list.fixture';
import { HIDDEN_MS_MAX, type Place, Viewport } from './viewport';

let list: List;
let now: number;
let more: boolean;
let said: boolean[];
let viewport: Viewport;
/** The offset of the view, and whether it was placed, when its rows were first shown. */
let drawn: { below: number; placed: boolean; frames: number }[];
let frames: number;
let frame: () => Promise<void>;
let after: (ms: number) => Promise<void>;

beforeEach(() => {
  list = new List(Array<number>(40).fill(50), 600);
  now = 10_000;
  more = false;
  said = [];
  drawn = [];
  frames = 0;
  frame = () => Promise.resolve();
  after = () => new Promise(() => {});
  viewport = new Viewport(() => list, {
    keys: () => list.sizes.map((_, i) => `row${i}`),
    more: () => more,
    ended: (atEnd) => said.push(atEnd),
    drawn: () => drawn.push({ below: below(), placed: viewport.placed, frames }),
    frame: () => {
      frames++;
      return frame();
    },
    after: (ms) => after(ms),
    now: () => now,
  });
});

const below = () => list.length - list.offset - list.view;

function wheel(by: number): void {
  viewport.touched();
  list.scrollTo(list.offset + by);
  viewport.scrolled();
}

describe('when it opens', () => {
  it('shows its rows as soon as they were drawn where they belong, and is placed once they are still', async () => {
    // Rows are measured in the first frame; one of them grows later.
    frame = async () => {
      if (frames === 1) list.sizes = list.sizes.map(() => 80);
      if (frames === 5) list.sizes[39] = 700;
    };
    await viewport.go('end');
    expect(drawn).toEqual([{ below: 0, placed: false, frames: 2 }]);
    expect([viewport.placed, below()]).toEqual([true, 0]);
    await viewport.go(() => 0);
    expect(drawn).toHaveLength(1);
  });

  it('does not wait for frames that come slowly', async () => {
    const waited: number[] = [];
    frame = () => new Promise(() => {});
    after = async (ms) => void waited.push(ms);
    void viewport.go('end');
    list.sizes = list.sizes.map(() => 80);
    await Promise.resolve();
    expect(waited).toEqual([HIDDEN_MS_MAX]);
    expect(drawn).toEqual([{ below: 0, placed: false, frames: 1 }]);
    expect(viewport.placed).toBe(false);
  });

  it('follows what moves on the way there at once, not in the next frame', () => {
    frame = () => new Promise(() => {});
    void viewport.go(() => list.offsetOf(20));
    list.sizes = list.sizes.map(() => 80);
    viewport.laidOut();
    expect(list.offset).toBe(list.offsetOf(20));
    viewport.touched();
    list.sizes = list.sizes.map(() => 90);
    viewport.laidOut();
    expect(list.offset).toBe(20 * 80);
  });

  it('shows rows of which none is the one to begin with', async () => {
    await viewport.go({ key: 'gone', top: 0 });
    expect([drawn.length, viewport.placed]).toEqual([1, true]);
  });
});

describe('at the end', () => {
  beforeEach(() => viewport.go('end'));

  it('a row taller than the view is followed to its lower edge', () => {
    list.sizes.push(2_000);
    viewport.laidOut();
    expect(below()).toBe(0);
    list.sizes[40] = 2_500;
    viewport.laidOut();
    expect(below()).toBe(0);
    expect(viewport.place()).toBe('end');
  });

  it('what the reader unfolds there stays where it was and leads away from the end', () => {
    const top = list.offsetOf(39) - list.offset;
    viewport.clicked('row39', false);
    list.sizes[39] = 16_000;
    viewport.laidOut();
    expect(list.offsetOf(39) - list.offset).toBe(top);
    expect(viewport.atEnd).toBe(false);
    expect(said.at(-1)).toBe(false);
  });

  it('a click that unfolds nothing ends nothing', () => {
    viewport.clicked('row39', false);
    list.sizes.push(50);
    viewport.laidOut();
    expect(below()).toBe(0);
  });
});

describe('away from the end', () => {
  beforeEach(async () => {
    await viewport.go('end');
    wheel(-700);
  });

  it('nothing that arrives moves what is read', () => {
    const { offset } = list;
    list.sizes.push(3_000);
    viewport.laidOut();
    expect(list.offset).toBe(offset);
  });

  it('another width leaves the row in sight at its place', async () => {
    const place = viewport.place() as Place;
    const index = Number(place.key.slice(3));
    list.sizes = list.sizes.map(() => 90);
    await viewport.reflowed();
    expect(list.offsetOf(index) - list.offset).toBe(place.top);
  });

  it('the place is one to come back to', async () => {
    const place = viewport.place();
    const { offset } = list;
    await viewport.go('end');
    expect(viewport.place()).toBe('end');
    if (place !== null) await viewport.go(place);
    expect(list.offset).toBe(offset);
    expect(viewport.atEnd).toBe(false);
  });

  it('what folds up is kept by its lower edge where its upper one is out of sight', () => {
    list.sizes[20] = 8_000;
    list.scrollTo(list.offsetOf(21) - 300);
    viewport.scrolled();
    viewport.clicked('row20', false);
    list.sizes[20] = 400;
    viewport.laidOut();
    expect(list.offsetOf(21) - list.offset).toBe(300);
  });
});

it('a hand ends a movement that is still looking for its end', async () => {
  await viewport.go('end');
  const going = viewport.go(() => 0);
  viewport.touched();
  await going;
  list.scrollTo(500);
  viewport.scrolled();
  expect(list.offset).toBe(500);
  expect(viewport.atEnd).toBe(false);
});

it('the end of what is loaded is not the end while there is more', async () => {
  more = true;
  await viewport.go(() => list.length);
  expect(viewport.atEnd).toBe(false);
});

/** The size of everything in the window. It is a matter of this window, so it is kept in the page's storage. */
import type { Backend } from '../backend/backend';
import { isMac } from '../keys';

const KEY = 'conclave.zoom';
/** As browsers have them, in percent. */
export const ZOOMS = [50, 67, 75, 80, 90, 100, 110, 125, 150, 175, 200] as const;
const NORMAL = 100;

export class Zoom {
  percent = $state(NORMAL);

  constructor(private readonly backend: Backend) {}

  /** Takes up what was kept, and hears the keys and the wheel; returns the end of it. */
  watch(target: Window): () => void {
    const kept = Number(target.localStorage.getItem(KEY));
    if (ZOOMS.some((zoom) => zoom === kept) && kept !== NORMAL) this.#apply(kept);
    const key = (event: KeyboardEvent) => {
      const by = step(event);
      if (by === null) return;
      event.preventDefault();
      this.by(by, target);
    };
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.by(event.deltaY < 0 ? 1 : -1, target);
    };
    target.addEventListener('keydown', key, true);
    target.addEventListener('wheel', wheel, { capture: true, passive: false });
    return () => {
      target.removeEventListener('keydown', key, true);
      target.removeEventListener('wheel', wheel, true);
    };
  }

  /** A step larger or smaller; 0 is the normal size. */
  by(by: 1 | 0 | -1, target: Window): void {
    const here = ZOOMS.findIndex((zoom) => zoom === this.percent);
    this.set(by === 0 ? NORMAL : (ZOOMS[here + by] ?? this.percent), target);
  }

  set(percent: number, target: Window): void {
    if (percent === this.percent) return;
    target.localStorage.setItem(KEY, String(percent));
    this.#apply(percent);
  }

  #apply(percent: number): void {
    this.percent = percent;
    // A web view that can't be zoomed is readable all the same.
    this.backend.setZoom(percent / 100).catch(() => {});
  }
}

/** Which way a key goes; null where it means something else. */
export function step(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): 1 | 0 | -1 | null {
  if (!(isMac ? event.metaKey : event.ctrlKey) || event.altKey) return null;
  switch (event.key) {
    case '+':
    case '=':
      return 1;
    case '-':
    case '_':
      return -1;
    case '0':
      return 0;
    default:
      return null;
  }
}

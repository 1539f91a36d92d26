/** The zoom of the window. It concerns only this window, so it is in the page's storage. */
import type { Backend } from '../backend/backend';
import { isMac } from '../keys';

const KEY = 'conclave.zoom';
/** Browsers' zoom levels, in percent. */
export const ZOOMS = [50, 67, 75, 80, 90, 100, 110, 125, 150, 175, 200] as const;
const NORMAL = 100;

export class Zoom {
  percent = $state(NORMAL);

  constructor(private readonly backend: Backend) {}

  /** Restores the stored zoom, and handles keys and the wheel; returns a function that stops it. */
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

  /** One step larger or smaller; 0 resets it. */
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
    // Without zoom support the page is still readable.
    this.backend.setZoom(percent / 100).catch(() => {});
  }
}

/** The direction of a zoom key; null for any other key. */
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

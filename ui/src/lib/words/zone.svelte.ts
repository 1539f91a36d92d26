/** The time zone of displayed times. It may change while the window is open: computers travel. */

const LOOK_MS = 60_000;

class Zone {
  name = $state(current());

  look(): void {
    this.name = current();
  }

  /** Checks when the window is focused, and now and then. Returns a function that stops it. */
  watch(target: Window): () => void {
    const look = () => this.look();
    const timer = setInterval(look, LOOK_MS);
    target.addEventListener('focus', look);
    target.document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      target.removeEventListener('focus', look);
      target.document.removeEventListener('visibilitychange', look);
    };
  }
}

function current(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export const zone = new Zone();

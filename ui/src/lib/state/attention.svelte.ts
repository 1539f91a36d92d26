/** Whether a person may be looking: only then does anything count as seen. */

/**
 * The window is visible and focused. Focus is derived from events rather than queried, because a window manager that
 * gives none (a bare display) still delivers keys and clicks, and those mean attention too.
 */
class Attention {
  active = $state(false);

  /** Starts listening; returns a function that stops it. */
  watch(target: Window): () => void {
    const look = () => {
      this.active = target.document.visibilityState === 'visible' && target.document.hasFocus();
    };
    const away = () => {
      this.active = false;
    };
    const here = () => {
      this.active = target.document.visibilityState === 'visible';
    };
    const events = [
      ['focus', here],
      ['blur', away],
      ['pointerdown', here],
      ['keydown', here],
    ] as const;
    for (const [name, handler] of events) target.addEventListener(name, handler, { capture: name !== 'blur' });
    target.document.addEventListener('visibilitychange', look);
    look();
    return () => {
      for (const [name, handler] of events) target.removeEventListener(name, handler, { capture: name !== 'blur' });
      target.document.removeEventListener('visibilitychange', look);
    };
  }
}

export const attention = new Attention();

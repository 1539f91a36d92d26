/** Whether a person can be looking: only then is anything counted as seen. */

/**
 * The window is visible and has the focus. Focus is taken from events rather than asked for, because a window manager
 * that gives none (a bare display) still delivers keys and clicks, and those are attention too.
 */
class Attention {
  active = $state(false);

  /** Starts listening; returns the end of it. */
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

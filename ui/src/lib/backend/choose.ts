/** Which backend this page talks to. In the product there is one; the in-memory one is compiled out. */
import type { Backend } from './backend';
import { tauriBackend } from './tauri';

export async function chooseBackend(): Promise<Backend> {
  if (__WITH_FAKE__ && !('__TAURI_INTERNALS__' in window)) {
    const { FakeEngine } = await import('./fake/engine');
    const scene = new URLSearchParams(location.search).get('fake');
    const engine = new FakeEngine((scene === null || scene === '' ? 'ready' : scene) as never);
    // The browser tests make things happen through this.
    Object.assign(window, { conclaveFake: engine });
    return engine.backend();
  }
  return tauriBackend();
}

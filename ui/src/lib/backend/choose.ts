/** How this page reaches the engine. In the product there is one way; the other is compiled out. */
import type { Backend } from './backend';
import { tauriBackend } from './tauri';

/** Where `npm run worlds` has them, for a page that is looked at by hand; `?scene=` says what its world begins with. */
const BY_HAND = 'ws://127.0.0.1:5174';

export async function chooseBackend(): Promise<Backend> {
  if (__WITH_BRIDGE__ && !('__TAURI_INTERNALS__' in window)) {
    const asked = new URLSearchParams(location.search);
    const { bridge } = await import('./bridge');
    const world = asked.get('bridge') ?? `${BY_HAND}/${asked.get('scene') ?? 'ready'}/by-hand`;
    const orders = await bridge(world);
    const backend = tauriBackend();
    // The browser tests make things happen through this.
    Object.assign(window, { conclaveWorld: { ...orders, backend } });
    return backend;
  }
  return tauriBackend();
}

/** The engine behind Tauri's commands. With the generated `commands`, the only file of the window that knows Tauri. */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { getCurrentWebview } from '@tauri-apps/api/webview';
import { commands, type Event as EngineEvent } from '../bindings';
import type { Backend, Commands } from './backend';
import { inOrder } from './in-order';

export function tauriBackend(): Backend {
  // Nobody looks at the null of a command without an answer.
  const silent = commands as unknown as Commands;
  return inOrder({
    ...silent,
    startsAtLogin: () => invoke('plugin:autostart|is_enabled'),
    setStartsAtLogin: (on) => invoke(`plugin:autostart|${on ? 'enable' : 'disable'}`),
    setZoom: (factor) => getCurrentWebview().setZoom(factor),
    openLink: (url) => invoke('plugin:opener|open_url', { url }),
    events: (callback) => listen<EngineEvent>('engine', (event) => callback(event.payload)),
    navigations: (callback) => listen<{ group: string }>('navigate', (event) => callback(event.payload.group)),
  });
}

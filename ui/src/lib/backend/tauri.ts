/** The engine behind Tauri's commands. With the generated `commands`, the only file of the window that knows Tauri. */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { getCurrentWebview } from '@tauri-apps/api/webview';
import { commands, type Event as EngineEvent } from '../bindings';
import type { Backend } from './backend';
import { inOrder } from './in-order';

/** A command without an answer comes back as null over the bridge. */
function silent<Args extends unknown[]>(command: (...args: Args) => Promise<null>): (...args: Args) => Promise<void> {
  return async (...args) => {
    await command(...args);
  };
}

export function tauriBackend(): Backend {
  return inOrder({
    ...commands,
    reconnect: silent(commands.reconnect),
    addPeople: silent(commands.addPeople),
    removePerson: silent(commands.removePerson),
    renameGroup: silent(commands.renameGroup),
    leaveGroup: silent(commands.leaveGroup),
    forgetGroup: silent(commands.forgetGroup),
    keepDraft: silent(commands.keepDraft),
    react: silent(commands.react),
    edit: silent(commands.edit),
    delete: silent(commands.delete),
    retry: silent(commands.retry),
    discard: silent(commands.discard),
    markSeen: silent(commands.markSeen),
    markRead: silent(commands.markRead),
    markUnread: silent(commands.markUnread),
    pinGroup: silent(commands.pinGroup),
    archiveGroup: silent(commands.archiveGroup),
    muteGroup: silent(commands.muteGroup),
    setBadge: silent(commands.setBadge),
    setTrayWords: silent(commands.setTrayWords),
    notify: silent(commands.notify),
    setSettings: silent(commands.setSettings),
    startsAtLogin: () => invoke('plugin:autostart|is_enabled'),
    setStartsAtLogin: (on) => invoke(`plugin:autostart|${on ? 'enable' : 'disable'}`),
    setZoom: (factor) => getCurrentWebview().setZoom(factor),
    quit: silent(commands.quit),
    openLink: (url) => invoke('plugin:opener|open_url', { url }),
    events: (callback) => listen<EngineEvent>('engine', (event) => callback(event.payload)),
    navigations: (callback) => listen<{ group: string }>('navigate', (event) => callback(event.payload.group)),
  });
}

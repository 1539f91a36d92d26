/** The engine behind Tauri's commands. The only file of the window that knows Tauri. */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { Event as EngineEvent } from '../bindings';
import type { Backend } from './backend';

export function tauriBackend(): Backend {
  return {
    appState: () => invoke('app_state'),
    unlock: () => invoke('unlock'),
    serviceOffers: () => invoke('service_offers'),
    createAccount: (account) => invoke('create_account', { account }),
    lookUp: (handle) => invoke('look_up', { handle }),

    groups: () => invoke('groups'),
    group: (group) => invoke('group', { group }),
    roster: (group, limit) => invoke('roster', { group, limit }),
    timeline: (group, query) => invoke('timeline', { group, query }),
    membershipLog: (group, query) => invoke('membership_log', { group, query }),
    exportLog: (group, format) => invoke('export_log', { group, format }),

    createGroup: (name, people) => invoke('create_group', { name, people }),
    addPeople: (group, handles) => invoke('add_people', { group, handles }),
    removePerson: (group, user) => invoke('remove_person', { group, user }),
    renameGroup: (group, name) => invoke('rename_group', { group, name }),
    leaveGroup: (group) => invoke('leave_group', { group }),
    forgetGroup: (group) => invoke('forget_group', { group }),

    send: (group, draft) => invoke('send', { group, draft }),
    react: (group, message, emoji, on) => invoke('react', { group, message, emoji, on }),
    edit: (group, message, text) => invoke('edit', { group, message, text }),
    delete: (group, message) => invoke('delete', { group, message }),
    retry: (group, intent) => invoke('retry', { group, intent }),
    discard: (group, intent) => invoke('discard', { group, intent }),
    markSeen: (group, upToPosition) => invoke('mark_seen', { group, upToPosition }),

    saveLog: (group, format) => invoke('save_log', { group, format }),
    setBadge: (unread, label) => invoke('set_badge', { unread, label }),
    notify: (title, body, group) => invoke('notify', { title, body, group }),
    openLink: (url) => invoke('plugin:opener|open_url', { url }),
    shellInfo: () => invoke('shell_info'),

    events: (callback) => listen<EngineEvent>('engine', (event) => callback(event.payload)),
    navigations: (callback) => listen<{ group: string }>('navigate', (event) => callback(event.payload.group)),
  };
}

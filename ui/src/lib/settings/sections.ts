/** The sections of the settings, in their order. */
import type { Component } from 'svelte';
import Bell from '@lucide/svelte/icons/bell';
import CircleUser from '@lucide/svelte/icons/circle-user';
import Info from '@lucide/svelte/icons/info';
import Monitor from '@lucide/svelte/icons/monitor';
import PenLine from '@lucide/svelte/icons/pen-line';
import Server from '@lucide/svelte/icons/server';
import SunMoon from '@lucide/svelte/icons/sun-moon';
import { words } from '../words/catalogue';
import About from './About.svelte';
import AccountSection from './AccountSection.svelte';
import Appearance from './Appearance.svelte';
import Computer from './Computer.svelte';
import Notifications from './Notifications.svelte';
import Profile from './Profile.svelte';
import Writing from './Writing.svelte';

export const SECTIONS = ['profile', 'notifications', 'appearance', 'writing', 'computer', 'account', 'about'] as const;
export type SectionName = (typeof SECTIONS)[number];

export const sections: Record<SectionName, { title: string; icon: Component<{ size?: number }>; content: Component }> =
  {
    profile: { title: words.settings.profile, icon: CircleUser, content: Profile },
    notifications: { title: words.settings.notifications, icon: Bell, content: Notifications },
    appearance: { title: words.settings.appearance, icon: SunMoon, content: Appearance },
    writing: { title: words.settings.writing, icon: PenLine, content: Writing },
    computer: { title: words.settings.computer, icon: Monitor, content: Computer },
    account: { title: words.settings.account, icon: Server, content: AccountSection },
    about: { title: words.settings.about, icon: Info, content: About },
  };

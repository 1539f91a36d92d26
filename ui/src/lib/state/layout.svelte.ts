/** The window's layout: open panes, the theme, the text size. */
import { TONES, type Tone } from '../emoji/tone';

/** The tabs of the side panel, in their order. */
export const PANEL_TABS = ['people', 'log', 'rules'] as const;
export type PanelTab = (typeof PANEL_TABS)[number];
export type Theme = 'system' | 'light' | 'dark';

/** Below this width the side panel covers the group; below the next one the group list does too. */
const PANEL_DRAWER_BELOW_PX = 1100;
const GROUPS_DRAWER_BELOW_PX = 760;

/** Sizes of message text, in pixels. */
const TEXT_SIZES = { small: 13, normal: 14, large: 16, largest: 19 } as const;
export type TextSize = keyof typeof TEXT_SIZES;

const THEME_KEY = 'conclave.theme';
const TONE_KEY = 'conclave.tone';
const DETAILS_KEY = 'conclave.details';
const TEXT_KEY = 'conclave.text';

export class Layout {
  panelIsDrawer = $state(false);
  groupsAreDrawer = $state(false);
  /** As a pane the panel stays as chosen; as a drawer it starts closed. */
  panelOpen = $state(true);
  groupsOpen = $state(false);
  /** Archived groups are shown. */
  archiveOpen = $state(false);
  tab = $state<PanelTab>('people');
  theme = $state<Theme>('system');
  /** For emoji. */
  tone = $state<Tone>('');
  /** Technical details (epochs, hashes, keys) are shown. */
  details = $state(false);
  textSize = $state<TextSize>('normal');

  watch(target: Window): () => void {
    const dark = target.matchMedia('(prefers-color-scheme: dark)');
    const panel = target.matchMedia(`(max-width: ${PANEL_DRAWER_BELOW_PX - 0.02}px)`);
    const groups = target.matchMedia(`(max-width: ${GROUPS_DRAWER_BELOW_PX - 0.02}px)`);
    const arrange = () => {
      if (panel.matches !== this.panelIsDrawer) this.panelOpen = !panel.matches;
      this.panelIsDrawer = panel.matches;
      this.groupsAreDrawer = groups.matches;
      if (!groups.matches) this.groupsOpen = false;
    };
    const paint = () => this.#paint(target, dark.matches);
    this.theme = storedTheme(target);
    this.tone = TONES[Number(target.localStorage.getItem(TONE_KEY))] ?? '';
    this.details = target.localStorage.getItem(DETAILS_KEY) === 'shown';
    this.textSize = storedTextSize(target);
    this.#size(target);
    arrange();
    paint();
    panel.addEventListener('change', arrange);
    groups.addEventListener('change', arrange);
    dark.addEventListener('change', paint);
    return () => {
      panel.removeEventListener('change', arrange);
      groups.removeEventListener('change', arrange);
      dark.removeEventListener('change', paint);
    };
  }

  setTheme(theme: Theme, target: Window): void {
    this.theme = theme;
    target.localStorage.setItem(THEME_KEY, theme);
    this.#paint(target, target.matchMedia('(prefers-color-scheme: dark)').matches);
  }

  setTone(tone: Tone, target: Window): void {
    this.tone = tone;
    target.localStorage.setItem(TONE_KEY, String(TONES.indexOf(tone)));
  }

  setDetails(shown: boolean, target: Window): void {
    this.details = shown;
    target.localStorage.setItem(DETAILS_KEY, shown ? 'shown' : 'hidden');
  }

  setTextSize(size: TextSize, target: Window): void {
    this.textSize = size;
    target.localStorage.setItem(TEXT_KEY, size);
    this.#size(target);
  }

  #size(target: Window): void {
    target.document.documentElement.style.setProperty('--text', `${TEXT_SIZES[this.textSize]}px`);
  }

  showPanel(tab: PanelTab): void {
    this.tab = tab;
    this.panelOpen = true;
    this.groupsOpen = false;
  }

  /** Esc, and clicks outside a drawer. False if none was open. */
  closeDrawer(): boolean {
    if (this.groupsAreDrawer && this.groupsOpen) this.groupsOpen = false;
    else if (this.panelIsDrawer && this.panelOpen) this.panelOpen = false;
    else return false;
    return true;
  }

  #paint(target: Window, systemDark: boolean): void {
    const dark = this.theme === 'dark' || (this.theme === 'system' && systemDark);
    target.document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  }
}

function storedTextSize(target: Window): TextSize {
  const stored = target.localStorage.getItem(TEXT_KEY);
  return stored !== null && Object.hasOwn(TEXT_SIZES, stored) ? (stored as TextSize) : 'normal';
}

function storedTheme(target: Window): Theme {
  const stored = target.localStorage.getItem(THEME_KEY);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

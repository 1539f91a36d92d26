/**
 * All texts of the window, by area in `catalogue/`, ready for translation. `{name}` marks a placeholder;
 * `Intl.PluralRules` chooses between `one` and `other`. Records keyed by the engine's codes are exhaustive by type: a
 * new code does not compile until it has words.
 */
import * as window from './catalogue/window';
import * as keys from './catalogue/keys';
import * as trouble from './catalogue/trouble';
import * as changes from './catalogue/changes';
import * as health from './catalogue/health';
import * as groups from './catalogue/groups';
import * as group from './catalogue/group';
import * as panel from './catalogue/panel';
import * as account from './catalogue/account';
import * as settings from './catalogue/settings';
import * as menus from './catalogue/menus';

export const words = {
  ...window,
  ...keys,
  ...trouble,
  ...changes,
  ...health,
  ...groups,
  ...group,
  ...panel,
  ...account,
  ...settings,
  ...menus,
} as const;

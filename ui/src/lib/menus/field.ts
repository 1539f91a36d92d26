/** Actions in a text field, as far as the web view permits them. */
import type { Session } from '../state/session.svelte';
import { words } from '../words/catalogue';
import { isMac, withCommand } from '../keys';
import type { Action, Offer } from './actions';

export type Field = HTMLInputElement | HTMLTextAreaElement;

const TEXTS = ['text', 'search', 'url', 'tel', 'password', 'email', 'number'];

export function isField(target: Element): target is Field {
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && TEXTS.includes(target.type));
}

/** The field must have the focus and its selection: menus restore both before they run an action. */
export function fieldOffer(field: Field, session: Session): Offer {
  const writable = !field.readOnly && !field.disabled;
  const selected = field.selectionStart !== field.selectionEnd && field.type !== 'password';
  const edit = (id: string, label: string, letter: string, command: string): Action => ({
    id: `field-${id}`,
    label,
    hint: withCommand(letter),
    run: () => void document.execCommand(command),
  });
  const can = (command: string) => document.activeElement === field && document.queryCommandEnabled(command);
  const paste: Action = {
    id: 'field-paste',
    label: words.menu.paste,
    hint: withCommand('V'),
    run: () => void pasteInto(field, session),
  };
  return {
    label: words.menu.field,
    sections: [
      [
        ...(writable && can('undo') ? [edit('undo', words.menu.undo, 'Z', 'undo')] : []),
        ...(writable && can('redo') ? [edit('redo', words.menu.redo, isMac ? '⇧Z' : 'Y', 'redo')] : []),
      ],
      [
        ...(writable && selected ? [edit('cut', words.menu.cut, 'X', 'cut')] : []),
        ...(selected ? [edit('copy', words.common.copy, 'C', 'copy')] : []),
        ...(writable ? [paste] : []),
      ],
      field.value === '' ? [] : [edit('all', words.menu.selectAll, 'A', 'selectAll')],
    ],
  };
}

/** If the web view denies access to the clipboard, says to use the keyboard. */
async function pasteInto(field: Field, session: Session): Promise<void> {
  if (document.execCommand('paste')) return;
  try {
    const text = await navigator.clipboard.readText();
    field.focus();
    document.execCommand('insertText', false, text);
  } catch {
    session.notices.tell(words.menu.pasteByKey);
  }
}

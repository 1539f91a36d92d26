/** Actions on selected text. */
import Copy from '@lucide/svelte/icons/copy';
import type { Session } from '../state/session.svelte';
import { words } from '../words/catalogue';
import { withCommand } from '../keys';
import type { Section } from './actions';
import { copy } from './clipboard';

/** If text in or around an element is selected. */
export function selectionActions(target: Element, session: Session): Section {
  const text = selectedIn(target);
  if (text === '') return [];
  return [
    {
      id: 'copy-selection',
      label: words.menu.copySelection,
      icon: Copy,
      hint: withCommand('C'),
      run: () => void copy(text, session),
    },
  ];
}

function selectedIn(target: Element): string {
  const selection = getSelection();
  if (selection === null || selection.isCollapsed) return '';
  const around = target.closest('.selectable, [data-key]') ?? target;
  return selection.containsNode(around, true) ? selection.toString() : '';
}

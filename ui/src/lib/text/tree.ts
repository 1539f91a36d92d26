/** A message's text as a tree that components render as text nodes, so that a message can't inject markup. */

export type Inline =
  | { type: 'text'; text: string }
  | { type: 'break' }
  | { type: 'code'; text: string }
  | { type: 'strong' | 'emphasis' | 'strike'; children: Inline[] }
  | {
      type: 'link';
      href: string;
      children: Inline[];
      /** The link's target, to show next to it, if its text looks like a different address. */
      shown: string | null;
    };

/** What links do, and whether they are in the tab order. */
export interface Links {
  open: (href: string) => void;
  tab: 0 | -1;
}

export interface ListItem {
  /** As typed; used only in numbered lists. */
  number: number;
  children: Block[];
}

export type Block =
  | { type: 'paragraph'; children: Inline[] }
  | { type: 'heading'; children: Inline[] }
  | { type: 'code'; text: string }
  | { type: 'quote'; children: Block[] }
  | { type: 'list'; marker: 'bullet' | '.' | ')'; items: ListItem[] };

/** The text of a tree, as shown on screen. */
export function wordsOf(nodes: readonly Inline[]): string {
  return nodes
    .map((node) => (node.type === 'break' ? '\n' : 'text' in node ? node.text : wordsOf(node.children)))
    .join('');
}

/** What a message's text becomes: a tree that components draw as text nodes, so that a message brings no markup of its own. */

export type Inline =
  | { type: 'text'; text: string }
  | { type: 'break' }
  | { type: 'code'; text: string }
  | { type: 'strong' | 'emphasis' | 'strike'; children: Inline[] }
  | {
      type: 'link';
      href: string;
      children: Inline[];
      /** Where the link leads, to be shown beside it: its words look like another address. */
      shown: string | null;
    };

/** What the links of a text do, and whether Tab leads to them. */
export interface Links {
  open: (href: string) => void;
  tab: 0 | -1;
}

export interface ListItem {
  /** As typed; counts in numbered lists alone. */
  number: number;
  children: Block[];
}

export type Block =
  | { type: 'paragraph'; children: Inline[] }
  | { type: 'heading'; children: Inline[] }
  | { type: 'code'; text: string }
  | { type: 'quote'; children: Block[] }
  | { type: 'list'; marker: 'bullet' | '.' | ')'; items: ListItem[] };

/** The words of a tree, as they are on screen. */
export function wordsOf(nodes: readonly Inline[]): string {
  return nodes
    .map((node) => (node.type === 'break' ? '\n' : 'text' in node ? node.text : wordsOf(node.children)))
    .join('');
}

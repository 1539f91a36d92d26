/** The emoji as lines of a virtual list, and arrow key navigation in it. */
import type { Emoji, GroupId } from './set';

export const COLUMNS = 9;

export interface Line {
  key: string;
  /** The heading of the following lines; a heading line has no emoji. */
  heading: GroupId | 'recent' | 'found' | null;
  emojis: readonly Emoji[];
}

export interface Cell {
  line: number;
  column: number;
}

export function layOut(groups: readonly { id: GroupId | 'recent' | 'found'; emojis: readonly Emoji[] }[]): Line[] {
  return groups
    .filter((group) => group.emojis.length > 0)
    .flatMap(({ id, emojis }) => [
      { key: id, heading: id, emojis: [] },
      ...Array.from({ length: Math.ceil(emojis.length / COLUMNS) }, (_, i) => ({
        key: `${id}/${i}`,
        heading: null,
        emojis: emojis.slice(i * COLUMNS, (i + 1) * COLUMNS),
      })),
    ]);
}

/** The cell that a key moves to; null if there is none, or the key has no meaning here. */
export function cellAfter(lines: readonly Line[], { line, column }: Cell, key: string): Cell | null {
  switch (key) {
    case 'first':
      return inLine(lines, line, 1, 0);
    case 'ArrowRight':
      return (lines[line]?.emojis.length ?? 0) > column + 1
        ? { line, column: column + 1 }
        : inLine(lines, line + 1, 1, 0);
    case 'ArrowLeft':
      return column > 0 ? { line, column: column - 1 } : inLine(lines, line - 1, -1, COLUMNS);
    case 'ArrowDown':
      return inLine(lines, line + 1, 1, column);
    case 'ArrowUp':
      return inLine(lines, line - 1, -1, column);
    case 'PageDown':
      return (
        inLine(lines, Math.min(line + PAGE, lines.length - 1), 1, column) ?? inLine(lines, lines.length - 1, -1, column)
      );
    case 'PageUp':
      return inLine(lines, Math.max(line - PAGE, 0), -1, column) ?? inLine(lines, 0, 1, column);
    case 'Home':
      return { line, column: 0 };
    case 'End':
      return { line, column: Math.max(0, (lines[line]?.emojis.length ?? 1) - 1) };
    default:
      return null;
  }
}

const PAGE = 6;

/** The first line with emoji from there on, at this column or its last one. */
function inLine(lines: readonly Line[], from: number, by: 1 | -1, column: number): Cell | null {
  for (let line = from; lines[line] !== undefined; line += by) {
    const length = lines[line]?.emojis.length ?? 0;
    if (length > 0) return { line, column: Math.min(column, length - 1) };
  }
  return null;
}

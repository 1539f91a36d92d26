/** The displayed list of groups: its order, its archive, and updates of single lines. */
import type { GroupSummary } from '../bindings';

/** With more changed lines than this, the whole list is read again. */
export const LINES_MAX = 64;
/** What the engine treats as forever. */
export const FOR_EVER_MS = Number.MAX_SAFE_INTEGER;

/** The items of the list: groups, and the line that opens the archive. */
export type ListItem =
  | { kind: 'group'; key: string; group: GroupSummary }
  | { kind: 'archive'; key: 'archive'; groups: readonly GroupSummary[] };

/** The engine's order. */
function order(a: GroupSummary, b: GroupSummary): number {
  return (
    Number(b.pinned) - Number(a.pinned) ||
    b.activityMs - a.activityMs ||
    (a.name < b.name ? -1 : Number(a.name > b.name))
  );
}

/** The list with these lines updated; null if a group is gone. */
export function withLines(
  groups: readonly GroupSummary[],
  lines: ReadonlyMap<string, GroupSummary | null>,
): readonly GroupSummary[] {
  const others = groups.filter((group) => !lines.has(group.id));
  return [...others, ...[...lines.values()].filter((line) => line !== null)].sort(order);
}

export function isMuted(group: GroupSummary, now: number): boolean {
  return group.mutedUntilMs !== null && group.mutedUntilMs > now;
}

/** Archived groups come last, after a line that shows them. */
export function listItems(groups: readonly GroupSummary[], archiveOpen: boolean): readonly ListItem[] {
  const item = (group: GroupSummary): ListItem => ({ kind: 'group', key: group.id, group });
  const archived = groups.filter((group) => group.archived);
  const shown = groups.filter((group) => !group.archived).map(item);
  if (archived.length === 0) return shown;
  return [...shown, { kind: 'archive', key: 'archive', groups: archived }, ...(archiveOpen ? archived.map(item) : [])];
}

/** The list of groups as it is shown: its order, what of it is put away, and how it stays right while single lines change. */
import type { GroupSummary } from '../bindings';

/** More changed lines than this are read together with all others. */
export const LINES_MAX = 64;
/** What the engine takes for ever. */
export const FOR_EVER_MS = Number.MAX_SAFE_INTEGER;

/** What the list shows: groups, and the line that opens what was put away. */
export type ListItem =
  | { kind: 'group'; key: string; group: GroupSummary }
  | { kind: 'archive'; key: 'archive'; groups: readonly GroupSummary[] };

/** As the engine orders it. */
function order(a: GroupSummary, b: GroupSummary): number {
  return (
    Number(b.pinned) - Number(a.pinned) ||
    b.activityMs - a.activityMs ||
    (a.name < b.name ? -1 : Number(a.name > b.name))
  );
}

/** The list with these lines as they are now; null where a group is not there any more. */
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

/** Archived groups come last, behind a line that opens them. */
export function listItems(groups: readonly GroupSummary[], archiveOpen: boolean): readonly ListItem[] {
  const item = (group: GroupSummary): ListItem => ({ kind: 'group', key: group.id, group });
  const archived = groups.filter((group) => group.archived);
  const shown = groups.filter((group) => !group.archived).map(item);
  if (archived.length === 0) return shown;
  return [...shown, { kind: 'archive', key: 'archive', groups: archived }, ...(archiveOpen ? archived.map(item) : [])];
}

/** The list of groups as the engine orders it, kept so while single lines of it are read anew. */
import type { GroupSummary } from '../bindings';

/** More changed lines than this are read together with all others. */
export const LINES_MAX = 64;

function order(a: GroupSummary, b: GroupSummary): number {
  return b.activityMs - a.activityMs || (a.name < b.name ? -1 : Number(a.name > b.name));
}

export function ordered(groups: readonly GroupSummary[]): readonly GroupSummary[] {
  return [...groups].sort(order);
}

/** The list with these lines as they are now; null where a group is not there any more. */
export function withLines(groups: readonly GroupSummary[], lines: ReadonlyMap<string, GroupSummary | null>): readonly GroupSummary[] {
  const others = groups.filter((group) => !lines.has(group.id));
  return ordered([...others, ...[...lines.values()].filter((line) => line !== null)]);
}

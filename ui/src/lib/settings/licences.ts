/**
 * The licences of what is inside of the app: crates and packages that others wrote. The list is written by `cargo xtask
 * licences --write`, and loaded when somebody asks for it.
 */

export interface Part {
  name: string;
  version: string;
  from: 'cargo' | 'npm';
  /** As an SPDX expression. */
  licence: string;
  /** Where it brings none there is none. */
  texts: readonly string[];
}

export async function readParts(): Promise<readonly Part[]> {
  const { packages, texts } = (await import('./licences.json')).default;
  return packages.map((one) => ({
    ...one,
    from: one.from === 'npm' ? 'npm' : 'cargo',
    texts: one.texts.flatMap((index) => texts[index] ?? []),
  }));
}

/** Those of which the name or the licence has what is looked for in it. */
export function matching(parts: readonly Part[], query: string): readonly Part[] {
  const wanted = query.trim().toLowerCase();
  return parts.filter((part) => `${part.name}\n${part.licence}`.toLowerCase().includes(wanted));
}

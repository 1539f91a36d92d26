/**
 * The licences of the app's contents: third-party crates and packages. `cargo xtask licences --write` generates the
 * list; it is loaded on demand.
 */

export interface Part {
  name: string;
  version: string;
  from: 'cargo' | 'npm';
  /** An SPDX expression. */
  licence: string;
  /** Empty if the package has none. */
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

/** Entries whose name or licence contains the search text. */
export function matching(parts: readonly Part[], query: string): readonly Part[] {
  const wanted = query.trim().toLowerCase();
  return parts.filter((part) => `${part.name}\n${part.licence}`.toLowerCase().includes(wanted));
}

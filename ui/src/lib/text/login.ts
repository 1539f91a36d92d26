/** The login that is proposed for a name: what others type, so it has plain letters only. */

/** As the service takes it. */
export const LOGIN = /^[a-z][a-z0-9._-]{0,31}$/;
const LENGTH_MAX = 32;
/** They would be spelled out. Digits count as pictures in Unicode, and not here. */
const PICTURES = /(?![0-9#*])[\p{Extended_Pictographic}\p{Regional_Indicator}]/gu;

/**
 * A login for a name of any script; none where nothing of it can be written so. The table of all scripts is large, and
 * read only for a name that needs it.
 */
export async function loginFor(name: string): Promise<string> {
  const written = name.normalize('NFKC').replace(PICTURES, '');
  const plain = /^\p{ASCII}*$/u.test(written) ? written : (await import('any-ascii')).default(written);
  return plain
    .toLowerCase()
    .replace(/[\s/,;&+]+/g, '.')
    .replace(/[^a-z0-9._-]/g, '')
    .replace(/([._-])[._-]+/g, '$1')
    .replace(/^[^a-z]+/, '')
    .slice(0, LENGTH_MAX)
    .replace(/[._-]+$/, '');
}

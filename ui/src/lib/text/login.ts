/** Suggests a login for a name: others type it, so it has only plain letters. */
import { limits } from '../limits';

/** The form that the service accepts. */
export const LOGIN = new RegExp(`^[a-z][a-z0-9._-]{0,${limits.loginLength - 1}}$`);
/** They would be spelled out. Unicode counts digits as emoji; this does not. */
const PICTURES = /(?![0-9#*])[\p{Extended_Pictographic}\p{Regional_Indicator}]/gu;

/**
 * A login for a name in any script; none if it can't be transliterated. The transliteration table is large, and loaded
 * only when needed.
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
    .slice(0, limits.loginLength)
    .replace(/[._-]+$/, '');
}

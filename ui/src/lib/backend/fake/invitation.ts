/** Invitations as the engine writes and reads them. */
import type { Account, Invitation } from '../../bindings';
import { fail, hex } from './group';

const FORM =
  /^conclave:invite\/1\?at=(https:\/\/[a-z0-9.-]+(?::\d{1,5})?)&by=([a-z][a-z0-9._-]{0,31})&key=([0-9a-f]{64})$/;
/** The pretended service's key. */
export const SERVICE_KEY = hex('service', 64);

export function invitationTo(url: string, by: string): string {
  return `conclave:invite/1?at=${url}&by=${by}&key=${SERVICE_KEY}`;
}

/** None where the service is on this computer only. */
export function invitationOf({ service, handle }: Account): string | null {
  return service.kind === 'server' ? invitationTo(service.url, handle) : null;
}

export function readInvitation(link: string): { says: Invitation; key: string } {
  const text = link.trim();
  if (!text.startsWith('conclave:invite/')) fail({ code: 'badInvitation', why: 'other' });
  if (/^conclave:invite\/[02-9]\d{0,3}\?/.test(text)) fail({ code: 'badInvitation', why: 'version' });
  const [, url, by, key] = FORM.exec(text) ?? fail({ code: 'badInvitation', why: 'damaged' });
  return { says: { service: { kind: 'server', url: url ?? '' }, by: by ?? '' }, key: key ?? '' };
}

/** What a new account comes to: the pretended network and services, by host, so that tests can have each. */
import { LOGIN } from '../../text/login';
import type { Account, AppState, Error as ApiError, NewAccount, Service } from '../../bindings';
import { fail, hex } from './group';
import { readInvitation, SERVICE_KEY } from './invitation';
import { DOMAIN } from './sample';

export type FakeScene = 'ready' | 'empty' | AppState['state'];

const DAY_MS = 86_400_000;
const ADDRESS = /^(?:https:\/\/(?:[a-z0-9-]+\.)*[a-z0-9-]+|http:\/\/(?:localhost|127\.0\.0\.1))(?::\d{1,5})?$/;

const hosts: Readonly<Record<string, ApiError>> = {
  'nowhere.example': { code: 'noSuchHost' },
  'silent.example': { code: 'serviceUnreachable' },
  'web.example': { code: 'notAService' },
  'forged.example': { code: 'untrustedService' },
  'expired.example': { code: 'serviceNotValidNow' },
};

/** How the app stands at the start of a scene. */
export function stateOf(scene: FakeScene): AppState {
  if (scene === 'ready' || scene === 'empty') return { state: 'ready', account: accountOf('alice') };
  if (scene === 'storeDamaged') return { state: scene, keptAs: 'store.db.damaged-2031-03-02' };
  return { state: scene };
}

export function accountOf(handle: string, name = handle): Account {
  return {
    user: `mimi://${DOMAIN}/u/${handle}`,
    name,
    handle,
    domain: DOMAIN,
    device: hex(`device/${handle}`, 32),
    service: { kind: 'own' },
    invitedBy: null,
    connection: { state: 'connected' },
  };
}

/** Where the account lives and who invited to it, or why it is not made. `clockOffMs`: this computer's clock, less the service's. */
export function admit(
  { handle, service: wanted, invitation }: NewAccount,
  clockOffMs: number,
): { service: Service; invitedBy: string | null } {
  if (!LOGIN.test(handle)) fail({ code: 'badHandle' });
  const service = inOneForm(wanted);
  const invited = invitation === null ? null : readInvitation(invitation);
  if (invited !== null && JSON.stringify(invited.says.service) !== JSON.stringify(service))
    fail({ code: 'badServiceUrl' });
  if (service.kind === 'server') {
    const refusal = hosts[new URL(service.url).hostname];
    if (refusal !== undefined) fail(refusal);
  }
  if (invited !== null && invited.key !== SERVICE_KEY) fail({ code: 'wrongService' });
  const hereMs = Date.now();
  if (Math.abs(clockOffMs) > DAY_MS) fail({ code: 'clockWrong', hereMs, serviceMs: hereMs - clockOffMs });
  if (handle === 'bob') fail({ code: 'handleTaken' });
  return { service, invitedBy: invited?.says.by ?? null };
}

function inOneForm(service: Service): Service {
  if (service.kind !== 'server') return service;
  const typed = service.url.trim().toLowerCase().replace(/\/$/, '');
  const url = (typed.includes('://') ? typed : `https://${typed}`).replace(/^(https:.*):443$/, '$1');
  return ADDRESS.test(url) ? { kind: 'server', url } : fail({ code: 'badServiceUrl' });
}

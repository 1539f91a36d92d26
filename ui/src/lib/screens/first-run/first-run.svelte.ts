/** What a newcomer has typed and chosen so far, and its errors. Going back loses nothing. */
import { limits } from '../../limits';
import { asApiError, type Backend } from '../../backend/backend';
import type { Account, Error as ApiError, Invitation, Service, ServiceOffer } from '../../bindings';
import { LOGIN, loginFor } from '../../text/login';
import { cleanName, lettersOver } from '../../text/names';
import { words } from '../../words/catalogue';
import { errorWords, firstContactWords, hostOf } from '../../words/say';

export type Step = 'name' | 'where';

/** A service to choose; `key` identifies it. */
export interface Choice {
  key: string;
  service: Service;
  /** The domain of names enrolled there, if known. */
  domain: string;
}

/** An invitation as pasted, with its content. */
export interface Invited extends Invitation {
  link: string;
}

const SERVER = 'server';
const INVITED = 'invited';
const OWN: ServiceOffer = { service: { kind: 'own' }, domain: null };
/** Longer pastes are cut off before they reach the engine; a damaged link may be longer than any invitation. */
const LINK_LENGTH_MAX = 2 * limits.invitationLength;

/** Errors that another login may solve. */
const ofTheLogin: ReadonlySet<ApiError['code']> = new Set(['badHandle', 'handleTaken'] as const);
const ofTheName: ReadonlySet<ApiError['code']> = new Set(['empty', 'nameTooLong'] as const);
/** Errors that another address, another service or waiting may solve. */
const ofTheService: ReadonlySet<ApiError['code']> = new Set([
  'badServiceUrl',
  'noSuchHost',
  'serviceUnreachable',
  'notAService',
  'untrustedService',
  'serviceNotValidNow',
  'wrongService',
  'serviceRefused',
  'serviceBusy',
] as const);

export class FirstRun {
  step = $state<Step>('name');
  name = $state('');
  login = $state('');
  url = $state('');
  busy = $state(false);
  invited = $state.raw<Invited | null>(null);
  nameProblem = $state('');
  loginProblem = $state('');
  invitationProblem = $state('');
  serviceProblem = $state('');
  /** Submitted without a choice. */
  unchosen = $state(false);
  /** An error that concerns neither a field nor a choice. */
  trouble = $state.raw<ApiError | null>(null);

  #offers = $state.raw<readonly ServiceOffer[]>([OWN]);
  #chosen = $state<string | null>(null);
  /** The choice was made by the person: services found later do not change it. */
  #picked = false;
  /** The login was typed by the person: another name does not change it. */
  #ownLogin = false;

  readonly local = $derived(this.#offers.filter(({ service }) => service.kind === 'local').map(choiceOf));
  readonly own = $derived(choiceOf(this.#offers.find(({ service }) => service.kind === 'own') ?? OWN));
  readonly choice = $derived.by<Choice | null>(() => {
    if (this.#chosen === INVITED && this.invited !== null) return choiceOfInvited(this.invited);
    if (this.#chosen === SERVER)
      return { key: SERVER, service: { kind: 'server', url: this.url.trim() }, domain: hostOf(this.url.trim()) };
    return [...this.local, this.own].find(({ key }) => key === this.#chosen) ?? null;
  });

  constructor(readonly backend: Backend) {}

  isChosen(key: string): boolean {
    return this.#chosen === key;
  }

  choose(key: string): void {
    this.#picked = true;
    if (this.#chosen === key) return;
    this.#chosen = key;
    this.#forgetTrouble();
  }

  typedAddress(): void {
    this.choose(SERVER);
    this.#forgetTrouble();
  }

  /** Looks for services. The chosen one stays in the list even if its service has ended. */
  async look(): Promise<void> {
    const found = await this.backend.serviceOffers();
    const isThere = (offers: readonly ServiceOffer[]) => offers.some((offer) => choiceOf(offer).key === this.#chosen);
    const kept =
      this.#picked && !isThere(found) ? this.#offers.filter((offer) => choiceOf(offer).key === this.#chosen) : [];
    this.#offers = [...found, ...kept];
    if (this.#picked) return;
    this.#chosen = this.local[0]?.key ?? null;
    if (this.#chosen !== null) this.unchosen = false;
  }

  /** Suggests a login for the name, unless one was typed. */
  async typedName(): Promise<void> {
    this.nameProblem = '';
    if (this.#ownLogin) return;
    const { name } = this;
    const login = await loginFor(name);
    // The name may have changed meanwhile.
    if (name !== this.name || this.#ownLogin) return;
    this.login = login;
    this.loginProblem = '';
  }

  /** Accepts capitals and spaces, which people type by habit. */
  typedLogin(): void {
    this.login = this.login.trim().toLowerCase();
    this.#ownLogin = this.login !== '';
    this.loginProblem = '';
  }

  /** Accepts an invitation, or says why it is not one. */
  async invite(pasted: string): Promise<void> {
    const link = pasted.trim().slice(0, LINK_LENGTH_MAX);
    this.invitationProblem = '';
    try {
      this.invited = { link, ...(await this.backend.readInvitation(link)) };
      this.choose(INVITED);
      this.#forgetTrouble();
    } catch (thrown) {
      this.invitationProblem = errorWords(asApiError(thrown));
    }
  }

  /** Drops the invitation: a local service is chosen again. */
  dropInvitation(): void {
    this.invited = null;
    if (this.#chosen !== INVITED) return;
    this.#picked = false;
    this.#chosen = this.local[0]?.key ?? null;
    this.#forgetTrouble();
  }

  /** Goes to the second step, if the first is complete. */
  next(): void {
    const over = lettersOver(this.name, limits.personNameLetters) > 0;
    this.nameProblem = cleanName(this.name) === '' ? words.profile.nameNeeded : '';
    // The login is suggested once there is a name.
    const proposed = this.login === '' && this.nameProblem !== '';
    this.loginProblem = proposed || LOGIN.test(this.login) ? '' : words.errors.badHandle;
    if (!over && this.nameProblem === '' && this.loginProblem === '') this.step = 'where';
  }

  back(): void {
    this.step = 'name';
  }

  /** Creates the account; none on an error, which is shown where it can be fixed. */
  async create(): Promise<Account | null> {
    const { choice } = this;
    if (this.busy) return null;
    this.#forgetTrouble();
    this.unchosen = choice === null;
    if (choice === null) return null;
    if (choice.service.kind === 'server' && choice.service.url === '') {
      this.serviceProblem = words.firstRun.addressNeeded;
      return null;
    }
    this.busy = true;
    try {
      const invitation = choice.key === INVITED ? (this.invited?.link ?? null) : null;
      return await this.backend.createAccount({
        name: this.name,
        handle: this.login,
        service: choice.service,
        invitation,
      });
    } catch (thrown) {
      this.#refused(asApiError(thrown), choice);
      return null;
    } finally {
      this.busy = false;
    }
  }

  #refused(error: ApiError, choice: Choice): void {
    if (ofTheLogin.has(error.code)) {
      this.loginProblem = errorWords(error);
      this.step = 'name';
    } else if (ofTheName.has(error.code)) {
      this.nameProblem = errorWords(error);
      this.step = 'name';
    } else if (ofTheService.has(error.code)) {
      this.serviceProblem = firstContactWords(
        error,
        choice.service,
        choice.key === INVITED ? (this.invited?.by ?? null) : null,
      );
    } else {
      this.trouble = error;
    }
  }

  #forgetTrouble(): void {
    this.serviceProblem = '';
    this.trouble = null;
    this.unchosen = false;
  }
}

function choiceOf({ service, domain }: ServiceOffer): Choice {
  const key = service.kind === 'local' ? `local-${service.name}` : service.kind;
  return { key, service, domain: domain ?? '' };
}

function choiceOfInvited({ service }: Invited): Choice {
  return { key: INVITED, service, domain: service.kind === 'server' ? hostOf(service.url) : '' };
}

/** The world behind a page: what tests make happen in it, and what they look at beside the page. */
import type { Page } from 'playwright-core';
import type { Bridge } from '../../src/lib/backend/bridge';
import type { Backend, Commands } from '../../src/lib/backend/backend';
import type { Event as EngineEvent, GroupHealth } from '../../src/lib/bindings';

declare global {
  interface Window {
    conclaveWorld: Bridge & { backend: Backend };
  }
}

/** What a world begins with; `tests/src/bridge/scene.rs` says what each is. */
export type Scene =
  | 'ready'
  | 'empty'
  | 'atServer'
  | 'withBob'
  | 'many'
  | 'firstRun'
  | 'logChanged'
  | 'keychainLocked'
  | 'storeDamaged'
  | 'profileInUse'
  | 'storeTooNew'
  | 'diskUnavailable'
  | 'deleting';

type Answer<Name extends keyof Commands> = Awaited<ReturnType<Commands[Name]>>;

/** Somebody with an engine of their own. */
export class Person {
  constructor(
    readonly world: World,
    readonly login: string,
  ) {}

  /** Calls a command of their engine, as their page would. */
  async call<Name extends keyof Commands>(command: Name, args: object = {}): Promise<Answer<Name>> {
    const call = { command: command.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), arguments: args };
    return (await this.world.order({ do: 'as', who: this.login, call })) as Answer<Name>;
  }

  /** Says these in a group, one after the other. */
  async say(group: string, ...texts: string[]): Promise<void> {
    await this.world.order({ do: 'say', who: this.login, group, texts });
  }

  async react(group: string, text: string, emoji: string): Promise<void> {
    const id = await this.world.group(group);
    const { rows } = await this.call('timeline', { group: id, query: { before: null, from: null, limit: 60 } });
    const found = rows.flatMap(({ body }) =>
      body.kind === 'message' && body.body.type === 'text' && body.body.text.includes(text) ? [body.message] : [],
    );
    await this.call('react', { group: id, message: found.at(-1), emoji, on: true });
  }

  async add(group: string, ...handles: string[]): Promise<void> {
    await this.call('addPeople', { group: await this.world.group(group), handles });
  }
}

export class World {
  /** Whose page it is. */
  readonly me: Person = new Person(this, 'me');

  constructor(readonly page: Page) {}

  order(order: object): Promise<unknown> {
    return this.page.evaluate((order) => window.conclaveWorld.order(order), order);
  }

  person(login: string): Person {
    return new Person(this, login);
  }

  /** The id of a group of the page's. */
  async group(name: string): Promise<string> {
    return (await this.order({ do: 'group', name })) as string;
  }

  /** The logins of who is in a group. */
  async people(group: string): Promise<string[]> {
    const roster = await this.me.call('roster', { group: await this.group(group), limit: 0 });
    return roster.people.map((one) => one.person.handle);
  }

  /** What was asked of the desktop by this name: the arguments of each call. */
  async asked(command: string): Promise<Record<string, unknown>[]> {
    const all = (await this.order({ do: 'asked' })) as [string, Record<string, unknown>][];
    return all.filter(([name]) => name === command).map(([, args]) => args);
  }

  /** The addresses that were handed to the system. */
  async links(): Promise<unknown[]> {
    return (await this.asked('plugin:opener|open_url')).map(({ url }) => url);
  }

  /** How often the page has called a command. */
  async called(command: string): Promise<number> {
    return ((await this.order({ do: 'called' })) as Record<string, number>)[command] ?? 0;
  }

  service(there: boolean): Promise<unknown> {
    return this.order({ do: 'service', there });
  }

  /** Whether whoever wants a connection is left waiting. */
  silent(silent: boolean): Promise<unknown> {
    return this.order({ do: 'silent', silent });
  }

  holdCommits(): Promise<unknown> {
    return this.order({ do: 'holdCommits' });
  }

  /** How a group looks to the page from now on: for what lasts too short a time to be looked at. */
  async looks(name: string, health: GroupHealth): Promise<void> {
    await this.order({ do: 'looks', group: await this.group(name), health });
  }

  behave(): Promise<unknown> {
    return this.order({ do: 'behave' });
  }

  disk(full: boolean): Promise<unknown> {
    return this.order({ do: 'disk', full });
  }

  /** The service refuses what is sent, until it behaves again. */
  refuse(): Promise<unknown> {
    return this.order({ do: 'refuse' });
  }

  keychain(open: boolean): Promise<unknown> {
    return this.order({ do: 'keychain', open });
  }

  nearby(...names: string[]): Promise<unknown> {
    return this.order({ do: 'nearby', names });
  }

  clock(aheadMs: number): Promise<unknown> {
    return this.order({ do: 'clock', aheadMs });
  }

  async click(group: string): Promise<void> {
    await this.order({ do: 'click', group: await this.group(group) });
  }

  tell(event: EngineEvent): Promise<unknown> {
    return this.order({ do: 'tell', event });
  }
}

/** What the people of a group of the in-memory backend call themselves. */
import type { Person, RosterPerson } from '../../bindings';

/** Names that differ by no more than this look alike; the engine's rule takes in letters of other scripts as well. */
function alikeKey(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

export class FakeNames {
  #names = new Map<string, string>();

  say(person: Person, name: string): void {
    this.#names.set(person.user, name);
  }

  of(person: Person): string {
    return this.#names.get(person.user) ?? '';
  }

  /** The same, with everybody in it called as they call themselves. */
  in<T>(value: T, here: readonly Pick<RosterPerson, 'person'>[]): T {
    if (Array.isArray(value)) return value.map((one: unknown) => this.in(one, here)) as T;
    if (typeof value !== 'object' || value === null) return value;
    if ('handle' in value && 'alike' in value) return this.#named(value as unknown as Person, here) as T;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]: [string, unknown]) => [key, this.in(one, here)]),
    ) as T;
  }

  #named(person: Person, here: readonly Pick<RosterPerson, 'person'>[]): Person {
    const name = this.#names.get(person.user);
    if (name === undefined) return person;
    const key = alikeKey(name);
    const others = [...this.#names].filter(([user]) => user !== person.user).map(([, other]) => other);
    const logins = here.filter((one) => one.person.user !== person.user).map((one) => one.person.handle);
    return { ...person, name, alike: [...others, ...logins].some((other) => alikeKey(other) === key) };
  }
}

/**
 * The one door between the window and the engine. Everything the window knows comes through here, so that it is
 * the same in the window and over the bridge of the tests.
 */
import type { commands, Error as ApiError, Event as EngineEvent } from '../bindings';

/** A command without an answer comes back as null. */
type Call<Command> = Command extends (...args: infer Args) => Promise<null>
  ? (...args: Args) => Promise<void>
  : Command;

/** The shell's commands, as they are generated: what each does is said in the shell's one list. */
export type Commands = { [Name in keyof typeof commands]: Call<(typeof commands)[Name]> };

/** Every promise rejects with an `api::Error` object; `asApiError` makes sure of it. */
export interface Backend extends Commands {
  /** Rejects where the system does not start programs at login. */
  startsAtLogin(): Promise<boolean>;
  setStartsAtLogin(on: boolean): Promise<void>;
  /** The size of everything in the window; 1 is the normal one. */
  setZoom(factor: number): Promise<void>;
  /** Hands a web or mail address to the program that the system has for it. */
  openLink(url: string): Promise<void>;
  /** Calls back for each event until the returned function is called. */
  events(callback: (event: EngineEvent) => void): Promise<() => void>;
  /** Calls back with the group of a clicked notification. */
  navigations(callback: (group: string) => void): Promise<() => void>;
}

/** What a rejected call brought, as the engine's error. Anything else is a fault of ours. */
export function asApiError(thrown: unknown): ApiError {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string') {
    return thrown as ApiError;
  }
  return { code: 'internal', id: thrown instanceof globalThis.Error ? thrown.message : String(thrown) };
}

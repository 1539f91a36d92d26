/**
 * Stands in for Tauri in a browser: the shell's commands and events go over a WebSocket to the real engine in a world of
 * its own (`tests/src/bridge`). What the page does with them is the same as in the window. Not in the product.
 */
import { emit } from '@tauri-apps/api/event';
import { mockIPC, mockWindows } from '@tauri-apps/api/mocks';

type Message =
  | { id: number; ok: unknown }
  | { id: number; error: unknown }
  | { event: string; payload: unknown }
  | { fault: string };

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** What tests make happen in the world behind the page. */
export interface Bridge {
  order(order: object): Promise<unknown>;
}

/** Puts the world at this address behind the page. */
export async function bridge(url: string): Promise<Bridge> {
  const socket = new WebSocket(url);
  await new Promise<void>((opened, failed) => {
    socket.addEventListener('open', () => opened());
    socket.addEventListener('error', () => failed(new Error(`no world at ${url}`)));
  });
  /** Emptied by the answers; a call without one is a fault of the world. */
  const waiting = new Map<number, Waiting>();
  let ids = 0;
  const ask = (what: object) =>
    new Promise<unknown>((resolve, reject) => {
      const id = ++ids;
      waiting.set(id, { resolve, reject });
      socket.send(JSON.stringify({ id, ...what }));
    });
  socket.addEventListener('message', ({ data }: MessageEvent<string>) => {
    const message = JSON.parse(data) as Message;
    if ('event' in message) void emit(message.event, message.payload);
    else if ('fault' in message) console.error(message.fault);
    else {
      const call = waiting.get(message.id);
      waiting.delete(message.id);
      if ('ok' in message) call?.resolve(message.ok);
      else call?.reject(message.error);
    }
  });
  mockWindows('main');
  mockIPC((command, args) => ask({ call: { command, arguments: args ?? {} } }), { shouldMockEvents: true });
  return { order: (order) => ask({ order }) };
}

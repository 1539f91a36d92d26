/** Rows for tests, which specify only what they are about. */
import type { MembershipKind, MessageRow, Person, TimelineRow } from '../bindings';

export function someone(handle: string, me = false): Person {
  return { user: `mimi://test.local/u/${handle}`, handle, name: null, alike: false, me };
}

export function message(
  position: number,
  sender: Person,
  more: Partial<MessageRow> & { atMs?: number; id?: string } = {},
): TimelineRow {
  const { atMs = position * 1_000, id = `r${position}`, ...rest } = more;
  return {
    id,
    position,
    atMs,
    epoch: 1,
    body: {
      kind: 'message',
      message: `m${id}`,
      sender,
      body: { type: 'text', text: `text ${position}`, format: 'plain' },
      replyTo: null,
      reactions: [],
      edited: false,
      state: sender.me ? { state: 'sent' } : { state: 'received' },
      ...rest,
    },
  };
}

export function door(
  position: number,
  kind: MembershipKind = 'added',
  seen = true,
  atMs = position * 1_000,
): TimelineRow {
  const change = {
    kind,
    actor: someone('bob'),
    target: someone(`p${position}`),
    devices: 1,
    epoch: position,
    atMs,
    name: null,
    role: null,
  };
  return {
    id: `r${position}`,
    position,
    atMs,
    epoch: position,
    body: { kind: 'membership', change, logIndex: position, seen },
  };
}

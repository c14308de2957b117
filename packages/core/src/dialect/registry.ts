import type { DialectName } from '@deskclaw/protocol';
import type { CloseReason, Dialect } from './dialect.ts';
import { jsonRpc } from './jsonrpc.ts';
import { openClaw } from './openclaw.ts';
import type { Refusal } from './refusal.ts';

/**
 * Every dialect by its name. A new one is added here and to `DialectName` in the protocol; how `auto` recognises it is in
 * `auto.ts`, and its chat events are in `chat/chat-signals.ts`.
 */
const dialects = { jsonrpc: jsonRpc, openclaw: openClaw } as const satisfies Record<DialectName, Dialect>;

export function dialectNamed(name: DialectName): Dialect {
  return dialects[name];
}

/** Returns the refusal that a close stands for in any dialect: before the handshake is done, the dialect is not known. */
export function readCloseRefusal(close: CloseReason): Refusal | undefined {
  for (const dialect of Object.values<Dialect>(dialects)) {
    const refusal = dialect.readCloseRefusal(close);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

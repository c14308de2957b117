import type { Script, SimulatedClock } from '@deskclaw/core/testing';
import type { DialectName } from '@deskclaw/protocol';
import type { PeerBehavior, RequestKind } from './connection/plan.ts';

const LATE_MS = 700;

/** One method for each kind of request, by whether a lost request may be sent again. */
export const methods = {
  plain: 'cron.create',
  idempotent: 'cron.list',
  keyed: 'chat.send',
} as const satisfies Record<RequestKind, string>;

/**
 * Methods that the gateway announces: all that the plans call, as a request for any other is rejected before it is
 * sent.
 */
export const offered: readonly string[] = [...Object.values(methods), 'channels.list', 'chat.history'];

/** Returns a script for a gateway that echoes parameters. `behavior` is read at each request. */
export function scriptedBehavior(dialect: DialectName, clock: SimulatedClock, behavior: () => PeerBehavior): Script {
  return ({ id, params }, peer) => {
    const answer = (as: unknown) =>
      dialect === 'openclaw'
        ? JSON.stringify({ type: 'res', id: as, ok: true, payload: params })
        : JSON.stringify({ jsonrpc: '2.0', id: as, result: params });
    const now = behavior();
    switch (now) {
      case 'polite':
        return { kind: 'result', result: params };
      case 'silent':
        return { kind: 'silence' };
      case 'late':
        clock.happen(LATE_MS, () => peer.send(answer(id)));
        return { kind: 'silence' };
      case 'twice':
        peer.send(answer(id));
        return { kind: 'result', result: params };
      case 'foreign': {
        const number = Number(id);
        for (const foreign of [
          number + 16,
          number - 16,
          number + 1_000_000,
          `${String(id)} `,
          `0${String(id)}`,
          null,
          0,
          -1,
        ]) {
          peer.send(answer(foreign));
        }
        // The other type is another id: JSON-RPC ids are compared by value and type.
        peer.send(answer(dialect === 'openclaw' ? number : String(id)));
        return { kind: 'silence' };
      }
      case 'failing':
        return { kind: 'error', error: { code: -32_000, message: 'no' } };
      default:
        return now satisfies never;
    }
  };
}

import { describeProblem, type Problem } from '@deskclaw/protocol';
import type { Clock } from '../ports/clock.ts';
import type { PortOwner, PortState, TcpPorts } from '../ports/spawner.ts';
import { delay } from './delay.ts';

/** Why a gateway cannot listen there; `undefined`: it can. @param at epoch ms. */
export async function portProblem(
  host: string,
  port: number,
  ports: TcpPorts,
  at: number,
): Promise<Problem | undefined> {
  const state: PortState = await ports.check(host, port);
  switch (state) {
    case 'free':
      return undefined;
    case 'taken': {
      const owner = await ports.owner(port);
      return describeProblem('port.in-use', { host, port, ...(owner === undefined ? {} : { owner }) }, at);
    }
    case 'forbidden':
      return describeProblem(
        'config.invalid',
        {
          source: 'port',
          fault: `the system does not let us listen on ${String(port)} (EACCES); ports from 1024 up are open to all`,
          fixes: [{ label: 'Use any free port', command: 'deskclaw start --port 0' }],
        },
        at,
      );
    case 'no-address':
      return describeProblem('config.invalid', { source: 'host', fault: `${host} is no address of this machine` }, at);
    default:
      return state satisfies never;
  }
}

/** The system closes the sockets of a dead process at once; a port taken for longer than this has another holder. */
const LIMIT_MS = 1_000;
const MAX_POLL_MS = 50;

export type PortRelease = { readonly kind: 'free' } | { readonly kind: 'held'; readonly by?: PortOwner };

/** Proves that a port is free again after its process died. A stranger who took it meanwhile is named, and left alone. */
export async function waitForPortRelease(
  host: string,
  port: number,
  ports: { readonly tcpPorts: TcpPorts; readonly clock: Clock },
): Promise<PortRelease> {
  const deadline = ports.clock.now() + LIMIT_MS;
  for (let wait = 1; ; wait = Math.min(wait * 2, MAX_POLL_MS)) {
    // Where the system has no room for a look, the next launch looks again.
    const state = await ports.tcpPorts.check(host, port).catch(() => 'free' as const);
    if (state !== 'taken') return { kind: 'free' };
    const by = await ports.tcpPorts.owner(port).catch(() => undefined);
    if (by !== undefined) return { kind: 'held', by };
    if (ports.clock.now() >= deadline) return { kind: 'held' };
    await delay(ports.clock, wait);
  }
}

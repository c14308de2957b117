import { describeProblem, type Problem } from '@deskclaw/protocol';
import { GatewayConnection } from '../connection/connection.ts';
import type { ConnectionAuth } from '../connection/options.ts';
import type { ConnectionState } from '../connection/state.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { checkAttachedPeer, trustNobody } from '../process/peer-trust.ts';
import type { GatewayTarget } from './gateway-target.ts';
import type { ManagerPorts } from './ports.ts';
import { targetUrl } from './target.ts';

/** Long enough for a busy gateway on this machine, short enough to report a port of another program within two seconds. */
const HANDSHAKE_MS = 1_500;

/**
 * Resolves to `attached` where a gateway answers on the target's port, to `owned` where the port is free and we start one.
 * Once `signal` aborts, the probe closes its socket at once and its answer is meaningless.
 */
export type AttachProbe = (target: GatewayTarget, signal: AbortSignal) => Promise<'owned' | 'attached'>;

type Finding =
  | { readonly kind: 'gateway' }
  | { readonly kind: 'untrusted'; readonly problem: Problem }
  | { readonly kind: 'other'; readonly answers: string | undefined };

/** Reads who answers from the state of the probing connection. Only a gateway reports that it is starting, or refuses us. */
function findingOf(state: ConnectionState): Finding | undefined {
  switch (state.name) {
    case 'ready':
      return { kind: 'gateway' };
    case 'paused':
      return state.last.code === 'auth.untrusted-peer'
        ? { kind: 'untrusted', problem: state.last }
        : { kind: 'gateway' };
    case 'waiting':
      return state.reason === 'peer-delay' ? { kind: 'gateway' } : { kind: 'other', answers: state.last.detail };
    case 'exhausted':
      return { kind: 'other', answers: state.last.detail };
    case 'closed':
    case 'connecting':
    case 'handshaking':
      return undefined;
    default:
      return state satisfies never;
  }
}

/** A probe must neither create a device key nor ask for the approval of one. */
function withoutDevice(auth: ConnectionAuth = {}): ConnectionAuth {
  const { device: _, ...others } = auth;
  return others;
}

/** How to open the connection, and what proves that a gateway is behind it. */
function upgradeOf({ ready, headers, protocols }: GatewayTarget) {
  return { ...(ready && { ready }), ...(headers && { headers }), ...(protocols && { protocols }) };
}

async function probeConnection(target: GatewayTarget, ports: ManagerPorts, signal: AbortSignal): Promise<Finding> {
  const connection = new GatewayConnection({
    url: targetUrl(target, target.port),
    dialect: target.dialect,
    ...upgradeOf(target),
    certificate: target.certificate,
    auth: withoutDevice(target.auth),
    socketFactory: ports.sockets,
    verifyPeer: (peer) => checkAttachedPeer(peer, target.trust ?? trustNobody, ports),
    clock: ports.clock,
    random: ports.random,
    handshakeTimeoutMs: HANDSHAKE_MS,
    reconnect: { maxAttempts: 1 },
  });
  const { promise: finding, resolve } = Promise.withResolvers<Finding>();
  const off = connection.on('transition', ({ to }) => {
    const found = findingOf(to);
    if (found !== undefined) resolve(found);
    else if (to.name === 'closed') resolve({ kind: 'other', answers: undefined });
  });
  const abandon = () => connection.suspend('The probe was aborted.');
  signal.addEventListener('abort', abandon);
  connection.connect('steady');
  try {
    return await finding;
  } finally {
    off();
    await connection.disconnect();
    signal.removeEventListener('abort', abandon);
  }
}

/**
 * Creates the probe of a port before anything is started. It connects to the program behind the port and never signals it.
 * @throws GatewayError `port.in-use` naming the owner, where it is no gateway; `auth.untrusted-peer` where it is another user's.
 */
export function attachProbe(ports: ManagerPorts): AttachProbe {
  return async (target, signal) => {
    if ((await ports.tcpPorts.check(target.host, target.port)) !== 'taken' || signal.aborted) return 'owned';
    const [finding, owner] = await Promise.all([
      probeConnection(target, ports, signal),
      ports.tcpPorts.owner(target.port),
    ]);
    if (finding.kind === 'gateway') return 'attached';
    if (finding.kind === 'untrusted') throw new GatewayError(finding.problem);
    const facts = {
      host: target.host,
      port: target.port,
      ...(owner === undefined ? {} : { owner }),
      ...(finding.answers === undefined ? {} : { answers: finding.answers }),
    };
    throw new GatewayError(describeProblem('port.in-use', facts, ports.clock.wallTime()));
  };
}

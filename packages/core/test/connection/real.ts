import { type FaultValues, type Gateway, type GatewayOptions, parseFaults, startGateway } from '@deskclaw/gateway';
import { onTestFinished } from 'vitest';
import { GatewayConnection } from '../../src/connection/connection.ts';
import type { GatewayConnectionOptions } from '../../src/connection/options.ts';
import { nodeClock, nodeRandom } from '../../src/ports/node/node-clock.ts';
import { wsSockets } from '../../src/ports/node/ws-sockets.ts';

/** Real sockets on a real clock, with waits that suit a test. */
const quick: Partial<GatewayConnectionOptions> = {
  reconnect: { baseDelayMs: 20, maxDelayMs: 100, maxAttempts: 50, stableAfterMs: 200 },
  heartbeat: { intervalMs: 200, timeoutMs: 100, probeMs: 200 },
  handshakeTimeoutMs: 2_000,
};

export function faults(...flags: readonly string[]): FaultValues {
  const parsed = parseFaults(flags);
  if (parsed.ok) return parsed.faults;
  throw new Error(JSON.stringify(parsed));
}

export async function serve(options: GatewayOptions = {}): Promise<Gateway> {
  const gateway = await startGateway(options);
  onTestFinished(() => gateway.close());
  return gateway;
}

export function dial(url: string, options: Partial<GatewayConnectionOptions> = {}): GatewayConnection {
  const connection = new GatewayConnection({
    url,
    socketFactory: wsSockets,
    clock: nodeClock,
    random: nodeRandom,
    ...quick,
    ...options,
  });
  onTestFinished(() => connection.disconnect());
  return connection;
}

export async function dialReady(
  url: string,
  options: Partial<GatewayConnectionOptions> = {},
): Promise<GatewayConnection> {
  const connection = dial(url, options);
  connection.connect();
  await connection.whenReady();
  return connection;
}

/** The next time it happens. */
export function next<E extends Parameters<GatewayConnection['on']>[0]>(
  connection: GatewayConnection,
  event: E,
): Promise<unknown> {
  return new Promise((resolve) => {
    connection.once(event, resolve);
  });
}

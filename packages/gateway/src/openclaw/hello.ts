import { GATEWAY_VERSION } from '../options.ts';
import type { AcceptedConnect } from './connect-check.ts';
import type { ConnectedClients } from './connected-clients.ts';
import { methodNames } from './method-names.ts';

const eventNames = ['connect.challenge', 'agent', 'chat', 'presence', 'tick', 'shutdown', 'health'] as const;

export interface HelloInput {
  readonly clients: ConnectedClients;
  readonly verdict: AcceptedConnect;
  readonly connectionId: string;
  readonly deviceToken: string | undefined;
  readonly uptimeMs: number;
  readonly stateDirectory: string | undefined;
}

/** Returns the payload that ends the handshake. */
export function writeHello(input: HelloInput): object {
  const { clients, verdict, connectionId, deviceToken, uptimeMs, stateDirectory } = input;
  const { protocol, presence, stateVersion, ports } = clients;
  const auth = {
    method: ports.token.required ? 'token' : 'none',
    role: verdict.role,
    scopes: verdict.scopes,
    ...(deviceToken === undefined ? {} : { deviceToken, issuedAtMs: ports.clock.wallTime() }),
  };
  // Protocol 3 calls every build "dev", has no boot id, and tells auth only to devices.
  const edition = protocol === 3 ? { version: 'dev' } : { version: GATEWAY_VERSION, bootId: ports.bootId() };
  return {
    type: 'hello-ok',
    protocol,
    server: { ...edition, connId: connectionId },
    features: { methods: methodNames(protocol), events: eventNames },
    snapshot: {
      presence: presence.list(),
      health: ports.healthPayload(),
      stateVersion,
      uptimeMs,
      sessionDefaults: {
        defaultAgentId: 'main',
        mainKey: 'main',
        mainSessionKey: 'agent:main:main',
        scope: 'per-sender',
      },
      authMode: auth.method,
      ...(stateDirectory === undefined ? {} : { stateDir: stateDirectory }),
    },
    ...(protocol === 3 && deviceToken === undefined ? {} : { auth }),
    policy: {
      maxPayload: ports.maxPayload,
      maxBufferedBytes: 2 * ports.maxPayload,
      tickIntervalMs: ports.tickIntervalMs,
    },
  };
}

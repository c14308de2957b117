import type { FaultHooks } from './faults/fault-hooks.ts';
import { JsonRpcSession } from './jsonrpc/session.ts';
import { createDispatch } from './methods/dispatch.ts';
import { createMethods } from './methods/methods.ts';
import { DEFAULT_MAX_PAYLOAD, DEFAULT_TICK_MS, type GatewayOptions } from './options.ts';
import { systemClock, systemRandom } from './ports/clock.ts';
import type { TokenCheck } from './server/access.ts';
import type { FrameSocket, Session } from './server/session.ts';
import type { Services } from './services/services.ts';
import type { GatewayState } from './state/state.ts';

export interface DialectPorts {
  readonly options: GatewayOptions;
  readonly services: Services;
  readonly state: GatewayState;
  readonly token: TokenCheck;
  readonly faults: FaultHooks;
  readonly bootId: () => string;
}

/** Creates the session of a new socket. */
export type OpenSession = (socket: FrameSocket, authenticated: boolean) => Session;

/** Returns the session factory of the configured dialect. The OpenClaw code is loaded only when it is used. */
export async function chooseDialect(ports: DialectPorts): Promise<OpenSession> {
  const { options, services, state, token, faults, bootId } = ports;
  const { dialect = 'jsonrpc', clock = systemClock, random = systemRandom } = options;
  const { log, healthStats, channels } = services;
  const dispatch = createDispatch(createMethods(services), (method, params) => faults.onMethodCall(method, params));
  const jsonRpc: OpenSession = (socket, authenticated) =>
    new JsonRpcSession({ socket, dispatch, token, authenticated, channels, clock, log });
  if (dialect === 'jsonrpc') return jsonRpc;

  const { createOpenClawDialect } = await import('./openclaw/openclaw-dialect.ts');
  const openClaw = createOpenClawDialect({
    services,
    devices: state.devices,
    token,
    faults,
    clock,
    random,
    log,
    uptimeMs: () => healthStats.uptime(),
    bootId,
    tickIntervalMs: options.tickIntervalMs ?? DEFAULT_TICK_MS,
    maxPayload: options.maxPayload ?? DEFAULT_MAX_PAYLOAD,
  });
  if (dialect === 'openclaw') return openClaw;

  const { DialectDetectingSession } = await import('./server/dialect-detection.ts');
  return (socket, authenticated) => new DialectDetectingSession(openClaw(socket), () => jsonRpc(socket, authenticated));
}

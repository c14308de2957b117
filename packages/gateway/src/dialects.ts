import type { TokenCheck } from './door/credentials.ts';
import type { FrameSocket, Session } from './door/session.ts';
import type { FaultSeams } from './faults/seams.ts';
import { JsonRpcSession } from './jsonrpc/session.ts';
import { createDispatch } from './methods/dispatch.ts';
import { createMethods } from './methods/methods.ts';
import { DEFAULT_MAX_PAYLOAD, DEFAULT_TICK_MS, type GatewayOptions } from './options.ts';
import { systemClock } from './ports/clock.ts';
import { systemRandom } from './ports/random.ts';
import type { Services } from './services/services.ts';
import type { GatewayState } from './state/state.ts';

export interface DialectPorts {
  readonly options: GatewayOptions;
  readonly services: Services;
  readonly state: GatewayState;
  readonly token: TokenCheck;
  readonly faults: FaultSeams;
  readonly bootId: () => string;
}

/** Gives a new socket the session that will speak with it. */
export type OpenSession = (socket: FrameSocket, authenticated: boolean) => Session;

/** The sessions of the dialect that the options name. OpenClaw's half is loaded only where it is spoken. */
export async function chooseDialect(ports: DialectPorts): Promise<OpenSession> {
  const { options, services, state, token, faults, bootId } = ports;
  const { dialect = 'jsonrpc', clock = systemClock, random = systemRandom } = options;
  const { log, vitals, channels } = services;
  const dispatch = createDispatch(createMethods(services), (method, params) => faults.carriesOut(method, params));
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
    uptimeMs: () => vitals.uptime(),
    bootId,
    tickIntervalMs: options.tickIntervalMs ?? DEFAULT_TICK_MS,
    maxPayload: options.maxPayload ?? DEFAULT_MAX_PAYLOAD,
  });
  if (dialect === 'openclaw') return openClaw;

  const { EitherSession } = await import('./door/either-session.ts');
  return (socket, authenticated) => new EitherSession(openClaw(socket), () => jsonRpc(socket, authenticated));
}

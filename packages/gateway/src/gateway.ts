import type { Announcement } from './announcement.ts';
import { TokenCheck } from './door/credentials.ts';
import { Door } from './door/door.ts';
import { isLoopbackHost } from './door/origin.ts';
import type { FrameSocket, Session } from './door/session.ts';
import { type FaultSeams, noFaults } from './faults/seams.ts';
import { JsonRpcSession } from './jsonrpc/session.ts';
import { createDispatch } from './methods/dispatch.ts';
import { createMethods } from './methods/methods.ts';
import { DEFAULT_HOST, DEFAULT_MAX_PAYLOAD, DEFAULT_TICK_MS, type GatewayOptions } from './options.ts';
import { systemClock } from './ports/clock.ts';
import { Log } from './ports/log.ts';
import { systemRandom } from './ports/random.ts';
import { createServices, type Services } from './services/services.ts';
import { StartProblem } from './start-problem.ts';
import { createMemoryState, type GatewayState } from './state/state.ts';

/** A gateway that listens. */
export interface Gateway {
  readonly host: string;
  readonly port: number;
  /** Where JSON-RPC is spoken: `ws://host:port/ws`. */
  readonly url: string;
  /** Announces it, ends every run and connection, frees the port and the data directory. */
  close(): Promise<void>;
  /** Announces a restart, ends every connection, and listens on the same port again with the same state. */
  restart(restartExpectedMs: number): Promise<void>;
}

/** Resolves once the gateway listens; rejects with a `StartProblem` when it cannot. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const { host = DEFAULT_HOST, clock = systemClock, random = systemRandom } = options;
  if (!isLoopbackHost(host) && options.token === undefined) {
    throw new StartProblem(
      `refusing to listen on ${host} without a token: whoever reaches the port could talk. Give a token, or listen on ${DEFAULT_HOST}.`,
      78,
    );
  }
  const log = new Log(clock, options.onLog ?? (() => undefined));
  const faults =
    options.faults === undefined
      ? noFaults
      : (await import('./faults/connection-faults.ts')).createFaultSeams(options.faults, clock);
  const state = await openState(options, log);
  const token = new TokenCheck(options.token);

  let port = options.port ?? 0;
  let door: Door | undefined;
  let bootId = random.uuid();
  let closed = false;
  const url = (): string => `ws://${host.includes(':') ? `[${host}]` : host}:${port}/ws`;
  const services = createServices({
    state,
    model: options.model,
    clock,
    random,
    log,
    url,
    connections: () => door?.connections ?? 0,
  });
  const createSession = await chooseDialect({ options, services, state, token, faults, bootId: () => bootId });
  const announce = (announcement: Announcement): void => door?.announce(announcement);
  services.runs.onEvent((event) => announce({ kind: 'run', event }));
  services.channels.onChange((event) => announce({ kind: 'channel', event }));

  let connectionNumber = 0;
  const openDoor = async (): Promise<void> => {
    door = await Door.open({
      host,
      port,
      dialect: options.dialect ?? 'jsonrpc',
      maxPayload: options.maxPayload ?? DEFAULT_MAX_PAYLOAD,
      token,
      vitals: services.vitals,
      faults,
      clock,
      log,
      createSession,
      nextConnectionId: () => {
        connectionNumber += 1;
        return String(connectionNumber);
      },
    });
    port = door.port;
    services.vitals.markListening();
  };
  const closeDoor = async (leaving: Extract<Announcement, { kind: 'leaving' }>): Promise<void> => {
    announce(leaving);
    await services.runs.abort({});
    await door?.close(leaving.reason);
  };
  try {
    await openDoor();
  } catch (fault) {
    state.release();
    throw fault;
  }
  await services.cron.start();

  return {
    host,
    port,
    url: url(),
    async close() {
      closed = true;
      services.cron.stop();
      await closeDoor({ kind: 'leaving', reason: 'stopping' });
      state.release();
    },
    async restart(restartExpectedMs) {
      await closeDoor({ kind: 'leaving', reason: 'restarting', restartExpectedMs });
      bootId = random.uuid();
      if (!closed) await openDoor();
    },
  };
}

async function openState({ dataDirectory, clock = systemClock }: GatewayOptions, log: Log): Promise<GatewayState> {
  if (dataDirectory === undefined) return createMemoryState();
  const { openFileState } = await import('./state/file-state.ts');
  return openFileState(dataDirectory, { clock, log });
}

interface DialectPorts {
  readonly options: GatewayOptions;
  readonly services: Services;
  readonly state: GatewayState;
  readonly token: TokenCheck;
  readonly faults: FaultSeams;
  readonly bootId: () => string;
}

/** How a new connection is spoken with. OpenClaw's half is loaded only where it is spoken. */
async function chooseDialect(ports: DialectPorts): Promise<(socket: FrameSocket, authenticated: boolean) => Session> {
  const { options, services, state, token, faults } = ports;
  const { dialect = 'jsonrpc', clock = systemClock, random = systemRandom } = options;
  const { log, vitals, channels } = services;
  const dispatch = createDispatch(createMethods(services));
  const jsonRpc = (socket: FrameSocket, authenticated: boolean): Session =>
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
    bootId: ports.bootId,
    tickIntervalMs: options.tickIntervalMs ?? DEFAULT_TICK_MS,
    maxPayload: options.maxPayload ?? DEFAULT_MAX_PAYLOAD,
  });
  if (dialect === 'openclaw') return openClaw;

  const { EitherSession } = await import('./door/either-session.ts');
  return (socket, authenticated) => new EitherSession(openClaw(socket), () => jsonRpc(socket, authenticated));
}

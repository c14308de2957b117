import { createEchoAgent } from './agent/echo-agent.ts';
import type { Announcement } from './announcement.ts';
import { ChatRuns } from './chat/chat-runs.ts';
import { createMemoryShelf } from './chat/transcript.ts';
import { TokenCheck } from './door/credentials.ts';
import { Door } from './door/door.ts';
import { isLoopbackHost } from './door/origin.ts';
import { noFaults } from './faults/seams.ts';
import { JsonRpcSession } from './jsonrpc/session.ts';
import { chatMethods } from './methods/chat.ts';
import { createDispatch } from './methods/dispatch.ts';
import { systemMethods } from './methods/system.ts';
import { DEFAULT_HOST, DEFAULT_MAX_PAYLOAD, type GatewayOptions } from './options.ts';
import { systemClock } from './ports/clock.ts';
import { Log } from './ports/log.ts';
import { systemRandom } from './ports/random.ts';
import { SettingsService } from './services/settings.ts';
import { Vitals } from './services/vitals.ts';
import { StartProblem } from './start-problem.ts';
import { createMemoryDocument } from './store/document.ts';

/** A gateway that listens. */
export interface Gateway {
  readonly host: string;
  readonly port: number;
  /** Where JSON-RPC is spoken: `ws://host:port/ws`. */
  readonly url: string;
  /** Announces it, ends every run and connection, frees the port. */
  close(): Promise<void>;
  /** Announces a restart, ends every connection, and listens on the same port again with the same state. */
  restart(restartExpectedMs: number): Promise<void>;
}

/** Resolves once the gateway listens; rejects with a `StartProblem` when it cannot. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const { host = DEFAULT_HOST, dialect = 'jsonrpc', clock = systemClock, random = systemRandom } = options;
  if (!isLoopbackHost(host) && options.token === undefined) {
    throw new StartProblem(
      `refusing to listen on ${host} without a token: anyone who reaches the port could talk. Give a token, or listen on ${DEFAULT_HOST}.`,
      78,
    );
  }
  const log = new Log(clock, options.onLog ?? (() => undefined));
  const faults =
    options.faults === undefined
      ? noFaults
      : (await import('./faults/connection-faults.ts')).createFaultSeams(options.faults, clock);
  let door: Door | undefined;

  const runs: ChatRuns = new ChatRuns({
    shelf: createMemoryShelf(),
    agent: () => echo,
    systemPrompt: () => undefined,
    clock,
    random,
    log,
  });
  const echo = createEchoAgent(clock);
  const vitals = new Vitals({ clock, connections: () => door?.connections ?? 0, runs: () => runs.active().length });
  const dispatch = createDispatch({
    ...systemMethods(vitals, new SettingsService(createMemoryDocument({}))),
    ...chatMethods(runs),
  });
  const token = new TokenCheck(options.token);
  const announce = (announcement: Announcement): void => door?.announce(announcement);
  runs.onEvent((event) => announce({ kind: 'run', event }));

  let connectionNumber = 0;
  const openDoor = async (port: number): Promise<Door> => {
    const opened = await Door.open({
      host,
      port,
      dialect,
      maxPayload: options.maxPayload ?? DEFAULT_MAX_PAYLOAD,
      token,
      vitals,
      faults,
      clock,
      log,
      createSession: (socket, authenticated) => new JsonRpcSession({ socket, dispatch, token, authenticated, log }),
      nextConnectionId: () => {
        connectionNumber += 1;
        return String(connectionNumber);
      },
    });
    vitals.markListening();
    return opened;
  };
  door = await openDoor(options.port ?? 0);
  const { port } = door;

  return {
    host,
    port,
    url: `ws://${host.includes(':') ? `[${host}]` : host}:${port}/ws`,
    async close() {
      announce({ kind: 'leaving', reason: 'stopping' });
      await runs.abort({});
      await door?.close();
    },
    async restart(restartExpectedMs) {
      announce({ kind: 'leaving', reason: 'restarting', restartExpectedMs });
      await runs.abort({});
      await door?.close();
      door = await openDoor(port);
    },
  };
}

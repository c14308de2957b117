import { dirname, join as joinPath } from 'node:path';
import {
  type Clock,
  type ControlClient,
  type Environment,
  type FrameChannel,
  GatewayError,
  type PipeEnds,
  type SecretStore,
} from '@deskclaw/core';
import { connectHost, connectHostChannel, hostCommand, osKeyring, spawnHost, startHost } from '@deskclaw/host';
import { describeProblem, type Problem, type StartRequest } from '@deskclaw/protocol';
import manifest from '../../package.json' with { type: 'json' };
import type { Connection, StartHostResult } from './host-link.ts';

export interface HostsDeps {
  readonly profile: string;
  readonly env: Environment;
  readonly clock: Pick<Clock, 'wallTime'>;
  readonly builtinGateway: string;
  /** The command line's program, which can be a host in the background; `undefined` where it is not installed. */
  readonly commandLine: string | undefined;
  /** A Node that can run both; `undefined` where none was found. */
  readonly node: Promise<string | undefined>;
  /** The last start request, whichever client made it. */
  readonly lastStart: () => StartRequest | undefined;
  /** Whether gateways outlive this app, so that a background process should be the host. */
  readonly prefersBackground: () => boolean;
}

/** The ways to a host of the profile. */
export interface Hosts {
  /** `undefined`: none runs. */
  find(): Promise<Connection | undefined>;
  startHost(): Promise<StartHostResult>;
  /** Whether a host that outlives this app can be started. */
  canMove(): Promise<boolean>;
  /**
   * Hands the gateway of our own host to a background host, which adopts the same process. A gateway that is not
   * running yet is restarted there. Resolves when it runs.
   */
  move(connection: Connection): Promise<void>;
}

/** Converts any error to a problem; unknown errors become `internal` with their message. */
export function problemOf(error: unknown, at: number): Problem {
  if (error instanceof GatewayError) return error.problem;
  return describeProblem('internal', { detail: error instanceof Error ? error.message : String(error) }, at);
}

export function createHosts(deps: HostsDeps): Hosts {
  const { profile, env } = deps;

  async function join(client: ControlClient): Promise<Connection> {
    const info = await client.call('host.info');
    const handOver = async () => undefined;
    return { role: 'client', info, client, openChannel, leave: async () => client.close(), handOver };
  }

  async function openChannel(): Promise<FrameChannel> {
    const connection = await connectHostChannel({ profile, env });
    if (connection !== undefined) return connection.channel;
    throw new GatewayError(
      describeProblem(
        'host.unreachable',
        { detail: 'The background service has just stopped.' },
        deps.clock.wallTime(),
      ),
    );
  }

  async function backgroundCommand(): Promise<readonly [string, ...string[]] | undefined> {
    const node = await deps.node;
    const { commandLine } = deps;
    if (node === undefined || commandLine === undefined) return undefined;
    return hostCommand(node, commandLine, profile);
  }

  /** Runs in its own process on a real Node, like the command line, so that the keyring sees the same program. */
  function keyringNextTo(commandLine: string, node: string): SecretStore {
    return osKeyring({ command: [node, joinPath(dirname(commandLine), 'deskclaw-keyring.cjs')], env });
  }

  async function startInProcess(): Promise<Connection> {
    const node = await deps.node;
    const { commandLine } = deps;
    const host = await startHost({
      profile,
      env,
      kind: 'desktop',
      version: manifest.version,
      // Electron as shipped refuses to play Node; without a real one the name alone leads to a problem that says so.
      builtinGateway: { file: deps.builtinGateway, node: node ?? 'node' },
      // The page for browsers lies beside the command line, which is what asks for it.
      ...(commandLine === undefined ? {} : { webRoot: joinPath(dirname(commandLine), 'dashboard') }),
      ...(commandLine === undefined || node === undefined ? {} : { keyring: keyringNextTo(commandLine, node) }),
    });
    return {
      role: 'host',
      info: host.info,
      client: host.client(),
      openChannel: async () => host.channel(),
      leave: (options) => host.shutdown(options),
      handOver: (successor) => host.handOver(successor),
    };
  }

  async function startOrSpawnHost(): Promise<StartHostResult> {
    const command = deps.prefersBackground() ? await backgroundCommand() : undefined;
    try {
      const connection =
        command === undefined ? await startInProcess() : await join(await spawnHost({ profile, env, command }));
      return { kind: 'started', connection };
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'state.locked')
        return { kind: 'lost-race', problem: error.problem };
      throw error;
    }
  }

  return {
    find: async () => {
      const client = await connectHost({ profile, env });
      return client === undefined ? undefined : join(client);
    },
    startHost: startOrSpawnHost,
    canMove: async () => (await backgroundCommand()) !== undefined,
    move: async (connection) => {
      const command = await backgroundCommand();
      // Keeps the port: other programs know the address.
      const { port } = await connection.client.call('gateway.status');
      const request = { ...deps.lastStart(), port };
      if (command === undefined) return connection.leave();
      const start = (pipes?: PipeEnds) =>
        pipes === undefined
          ? spawnHost({ profile, env, command })
          : spawnHost({ profile, env, command: [...command, '--inherits-pipes'], pipes });
      let client = await connection.handOver(start);
      if (client === undefined) {
        await connection.leave();
        client = await start();
      }
      try {
        await client.call('gateway.start', request);
      } finally {
        client.close();
      }
    },
  };
}

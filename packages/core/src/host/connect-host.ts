import { spawn } from 'node:child_process';
import { CONTROL_PROTOCOL, describeProblem, isObject, isProblem, type Problem, parseJson } from '@deskclaw/protocol';
import { WebSocket } from 'ws';
import { ControlClient } from '../control/client.ts';
import type { Clock } from '../ports/clock.ts';
import { nodeClock } from '../ports/node/node-clock.ts';
import { type Environment, resolvePaths } from '../profile/paths.ts';
import type { FrameChannel } from '../rpc/channel.ts';
import { GatewayError } from '../rpc/gateway-error.ts';
import { CONTROL_MAX_PAYLOAD } from './socket-door.ts';
import { socketChannel } from './ws-channel.ts';

/** A host on this machine answers in a few ms; one that was just stopped (Ctrl-Z) or is out of memory must not hang every shell. */
const CONNECT_TIMEOUT_MS = 3_000;

export interface ConnectOptions {
  readonly profile: string;
  readonly env: Environment;
  readonly timeoutMs?: number;
}

function unreachable(detail: string, clock: Clock): GatewayError {
  return new GatewayError(describeProblem('host.unreachable', { detail }, clock.wallTime()));
}

/** Nobody listens there: no socket file, or one that a dead host left behind. */
function isAbsent(error: Error): boolean {
  return 'code' in error && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED');
}

/**
 * A channel to the profile's host; `undefined`: no host runs.
 * @throws GatewayError `host.unreachable` where one runs but does not answer.
 */
export function connectHostChannel(options: ConnectOptions): Promise<FrameChannel | undefined> {
  const { socket: path } = resolvePaths(options);
  const timeoutMs = options.timeoutMs ?? CONNECT_TIMEOUT_MS;
  const clock = nodeClock;
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws+unix:${path}:/control`, {
      perMessageDeflate: false,
      maxPayload: CONTROL_MAX_PAYLOAD,
    });
    const cancel = clock.schedule(
      timeoutMs,
      () => {
        socket.terminate();
        reject(
          unreachable(`The host of profile "${options.profile}" did not answer within ${String(timeoutMs)} ms.`, clock),
        );
      },
      { keepAlive: true },
    );
    const fail = (error: Error) => {
      cancel();
      if (isAbsent(error)) resolve(undefined);
      else reject(unreachable(error.message, clock));
    };
    socket.once('error', fail);
    // Listening before `open`, so that no frame can arrive unheard.
    const channel = socketChannel(socket);
    socket.once('open', () => {
      cancel();
      socket.off('error', fail);
      resolve(channel);
    });
  });
}

/**
 * A client of the profile's host; `undefined`: no host runs.
 * @throws GatewayError `host.unreachable`, or `host.version-mismatch` where the two could misread each other.
 */
export async function connectHost(options: ConnectOptions): Promise<ControlClient | undefined> {
  const channel = await connectHostChannel(options);
  if (channel === undefined) return undefined;
  const client = new ControlClient(channel, { clock: nodeClock });
  const info = await client.call('host.info');
  if (info.controlProtocol === CONTROL_PROTOCOL) return client;
  client.close();
  const facts = {
    host: `version ${info.version} (control ${String(info.controlProtocol)})`,
    ours: `control ${String(CONTROL_PROTOCOL)}`,
  };
  throw new GatewayError(describeProblem('host.version-mismatch', facts, nodeClock.wallTime()));
}

export interface SpawnHostOptions extends ConnectOptions {
  /** Program and arguments of a background host; it says one line on stdout once it can be reached, or `{"error": Problem}` as its last line on stderr. */
  readonly command: readonly [string, ...string[]];
}

/** Long for a cold disk; a host is up in about 150 ms. */
const SPAWN_TIMEOUT_MS = 20_000;
const MAX_WORDS = 8_192;

/** A host that cannot start says why in the words of the catalogue. */
function problemIn(words: string): Problem | undefined {
  const last = parseJson(words.trim().split('\n').at(-1) ?? '');
  const problem = isObject(last) ? last['error'] : undefined;
  return isProblem(problem) ? problem : undefined;
}

/**
 * Starts a host that outlives us, and connects to it. Joins in where another shell was quicker.
 * @throws GatewayError with the host's own problem, or `host.unreachable` with what it last said.
 */
export async function spawnHost(options: SpawnHostOptions): Promise<ControlClient> {
  const [program, ...args] = options.command;
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    env: { ...options.env },
  });
  let words = '';
  const outcome = await new Promise<'up' | 'ended' | 'silent'>((resolve) => {
    const cancel = nodeClock.schedule(options.timeoutMs ?? SPAWN_TIMEOUT_MS, () => resolve('silent'), {
      keepAlive: true,
    });
    const settle = (result: 'up' | 'ended') => {
      cancel();
      resolve(result);
    };
    child.stdout.once('data', () => settle('up'));
    child.stderr.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString('utf8')).slice(-MAX_WORDS);
    });
    child.once('error', (error) => {
      words = error.message;
      settle('ended');
    });
    child.once('close', () => settle('ended'));
  });
  // From here on it is on its own: no pipe and no handle of ours may keep either of us.
  child.stdout.destroy();
  child.stderr.destroy();
  child.unref();
  const client = await connectHost(options);
  if (client !== undefined) return client;
  const problem = problemIn(words);
  if (problem !== undefined) throw new GatewayError(problem);
  const said = words.trim();
  const how = outcome === 'silent' ? 'did not come up in time' : 'ended before it could be reached';
  throw unreachable(`The background host ${how}.${said === '' ? '' : ` It said: ${said}`}`, nodeClock);
}

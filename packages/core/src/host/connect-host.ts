import { existsSync } from 'node:fs';
import { CONTROL_PROTOCOL, describeProblem, isObject, isProblem, type Problem, parseJson } from '@deskclaw/protocol';
import { ControlClient } from '../control/client.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { startDetached } from '../ports/node/detached-program.ts';
import { localSockets } from '../ports/node/local-sockets.ts';
import { nodeClock } from '../ports/node/node-clock.ts';
import type { SocketEnd } from '../ports/sockets.ts';
import type { PipeEnds } from '../ports/spawner.ts';
import { type Environment, resolvePaths } from '../profile/paths.ts';
import type { FrameChannel } from '../rpc/channel.ts';
import { CONTROL_MAX_PAYLOAD, dialChannel } from './client-channel.ts';

/** A host on this machine answers in a few ms; one that was just stopped (Ctrl-Z) or is out of memory must not hang every shell. */
const CONNECT_TIMEOUT_MS = 3_000;
/** Long for a cold disk; a host is up in about 150 ms. */
const SPAWN_TIMEOUT_MS = 20_000;

export interface ConnectOptions {
  readonly profile: string;
  readonly env: Environment;
  /** ms. Default 3000. */
  readonly timeoutMs?: number;
}

function unreachable(detail: string): GatewayError {
  return new GatewayError(describeProblem('host.unreachable', { detail }, nodeClock.wallTime()));
}

/** Nobody listens there: no socket file (nor even a folder for one), or one that a dead host left behind. */
function isAbsent({ failure }: SocketEnd, socket: string): boolean {
  if (failure?.code === 'ENOENT' || failure?.code === 'ECONNREFUSED') return true;
  return process.platform !== 'win32' && !existsSync(socket);
}

/**
 * A channel to the profile's host; `undefined`: no host runs.
 * @throws GatewayError `host.unreachable` where one runs but does not answer.
 */
export async function connectHostChannel(options: ConnectOptions): Promise<FrameChannel | undefined> {
  const timeoutMs = options.timeoutMs ?? CONNECT_TIMEOUT_MS;
  const { socket } = resolvePaths({ name: options.profile, env: options.env });
  const dialled = await dialChannel(
    `ws+unix:${socket}:/control`,
    { maxPayload: CONTROL_MAX_PAYLOAD, timeoutMs },
    { sockets: localSockets, clock: nodeClock },
  );
  switch (dialled.kind) {
    case 'open':
      return dialled.channel;
    case 'silent':
      throw unreachable(`The host of profile "${options.profile}" did not answer within ${String(timeoutMs)} ms.`);
    case 'failed':
      if (isAbsent(dialled.end, socket)) return undefined;
      throw unreachable(dialled.end.failure?.message ?? `It closed the connection (code ${String(dialled.end.code)}).`);
    default:
      return dialled satisfies never;
  }
}

/**
 * A client of the profile's host; `undefined`: no host runs.
 * @throws GatewayError `host.unreachable`, or `host.version-mismatch` where the two could misread each other.
 */
export async function connectHost(options: ConnectOptions): Promise<ControlClient | undefined> {
  const channel = await connectHostChannel(options);
  if (channel === undefined) return undefined;
  const client = new ControlClient(channel, { clock: nodeClock });
  const info = await client.call('host.info', undefined, { timeoutMs: options.timeoutMs ?? CONNECT_TIMEOUT_MS });
  if (info.controlProtocol === CONTROL_PROTOCOL) return client;
  client.close();
  const host = `version ${info.version} (control ${String(info.controlProtocol)})`;
  const facts = { host, ours: `control ${String(CONTROL_PROTOCOL)}` };
  throw new GatewayError(describeProblem('host.version-mismatch', facts, nodeClock.wallTime()));
}

/** How a command line becomes the host of a profile. It does little for days: V8's least young generation saves 1.7 MB (measured). */
export function hostCommand(node: string, commandLine: string, profile: string): readonly [string, ...string[]] {
  return [node, '--max-semi-space-size=1', commandLine, '__host', '--profile', profile];
}

export interface SpawnHostOptions extends ConnectOptions {
  /**
   * Program and arguments of a background host. It says one line on stdout once it can be reached, or
   * `{"error": Problem}` as its last line on stderr.
   */
  readonly command: readonly [string, ...string[]];
  /** What `Host.handOver` gave: pipes that it inherits in descriptors 3 to 5. Default: none. */
  readonly pipes?: PipeEnds;
}

/** Between taking the profile and opening its door a host needs some ms; on a loaded machine, more. */
const DOOR_OPENS_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 20;

/** Another shell started a host at the same moment and was quicker: its door is waited for. */
async function joinQuickerHost(options: ConnectOptions): Promise<ControlClient | undefined> {
  const until = nodeClock.now() + DOOR_OPENS_WITHIN_MS;
  for (let client = await connectHost(options); ; client = await connectHost(options)) {
    if (client !== undefined || nodeClock.now() > until) return client;
    await new Promise<void>((resolve) => nodeClock.schedule(LOOK_EVERY_MS, resolve, { keepAlive: true }));
  }
}

/** A host that cannot start says why in the words of the catalogue. */
function problemIn(words: string): Problem | undefined {
  const last = parseJson(words.split('\n').at(-1) ?? '');
  const problem = isObject(last) ? last['error'] : undefined;
  return isProblem(problem) ? problem : undefined;
}

/**
 * Starts a host that outlives us, and connects to it. Joins in where another shell was quicker.
 * @throws GatewayError with the host's own problem, or `host.unreachable` with what it last said.
 */
export async function spawnHost(options: SpawnHostOptions): Promise<ControlClient> {
  const { kind, words } = await startDetached(
    {
      command: options.command,
      env: options.env,
      timeoutMs: SPAWN_TIMEOUT_MS,
      ...(options.pipes && { pipes: options.pipes }),
    },
    nodeClock,
  );
  const problem = problemIn(words);
  const client = problem?.code === 'state.locked' ? await joinQuickerHost(options) : await connectHost(options);
  if (client !== undefined) return client;
  if (problem !== undefined) throw new GatewayError(problem);
  const how = kind === 'silent' ? 'did not come up in time and was ended' : 'ended before it could be reached';
  throw unreachable(`The background host ${how}.${words === '' ? '' : ` It said: ${words}`}`);
}

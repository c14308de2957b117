import { existsSync, mkdirSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import {
  type ChannelCloseInfo,
  ControlClient,
  type Environment,
  type FrameChannel,
  GatewayError,
  nodeClock,
  type PipeEnds,
} from '@deskclaw/core';
import { describeClose, MARKER_NAME, startDetached } from '@deskclaw/core/internal';
import {
  checkHostVersion,
  currentHostInfo,
  describeProblem,
  type EndRequest,
  type HostInfo,
  isObject,
  isProblem,
  type Problem,
  parseJson,
} from '@deskclaw/protocol';
import { assertOwnFolders, assertPrivateSocket, socketFault } from '../profile/own-folders.ts';
import { resolvePaths } from '../profile/paths.ts';
import { withAbsolutePaths } from '../profile/user-paths.ts';
import { LineChannel } from './line-channel.ts';
import { type SocketAddress, socketAddress } from './unix-socket.ts';

/** A host on this machine answers in a few ms; one that was just stopped (Ctrl-Z) or is out of memory must not hang every shell. */
const CONNECT_TIMEOUT_MS = 3_000;
/** Long for a cold disk; a host is up in about 150 ms. */
const SPAWN_TIMEOUT_MS = 20_000;

/** Which profile, and the environment that says where its files are. */
export interface ProfileLocation {
  readonly profile: string;
  readonly env: Environment;
}

export interface ConnectOptions extends ProfileLocation {
  /** ms. Default 3000. */
  readonly timeoutMs?: number;
}

function unreachable(detail: string): GatewayError {
  return new GatewayError(describeProblem('host.unreachable', { detail }, nodeClock.wallTime()));
}

/** Whether no host listens: there is no socket file (or not even its folder), or a dead host left it behind. */
function isAbsent(code: string | undefined, socket: string): boolean {
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return true;
  return process.platform !== 'win32' && !existsSync(socket);
}

/** A connection to the host, and what the host says about itself. */
export interface HostConnection {
  readonly channel: FrameChannel;
  readonly info: HostInfo;
}

type Greeting =
  | { readonly kind: 'answered'; readonly line: string }
  | { readonly kind: 'closed'; readonly end: ChannelCloseInfo; readonly error: NodeJS.ErrnoException | undefined }
  | { readonly kind: 'silent' };

/** A `host.info` request whose id no client uses. */
const GREETING = '{"jsonrpc":"2.0","id":"greeting","method":"host.info"}';

/** Asks for `host.info` in the first line, and resolves with the first line that comes back. */
function greet(stream: Socket, channel: LineChannel, timeoutMs: number): Promise<Greeting> {
  return new Promise((resolve) => {
    let error: NodeJS.ErrnoException | undefined;
    stream.once('error', (cause) => {
      error = cause;
    });
    const cancel = nodeClock.schedule(timeoutMs, () => resolve({ kind: 'silent' }), { keepAlive: true });
    channel.onFrame((line) => {
      cancel();
      resolve({ kind: 'answered', line });
    });
    channel.onClose((end) => {
      cancel();
      resolve({ kind: 'closed', end, error });
    });
    channel.send(GREETING);
  });
}

function isHostInfo(value: unknown): value is HostInfo {
  if (!isObject(value)) return false;
  const { pid, version, controlProtocol } = value;
  return typeof pid === 'number' && typeof version === 'string' && typeof controlProtocol === 'number';
}

/** @throws GatewayError `host.version-mismatch`, `host.unreachable` */
async function readGreeting(line: string, options: ConnectOptions): Promise<HostInfo> {
  // The HTTP server of an older host answers a line of JSON like this.
  if (line.startsWith('HTTP/1.'))
    throw (await import('./earlier-host.ts')).earlierHost({ name: options.profile, env: options.env });
  const answer = parseJson(line);
  const info = isObject(answer) ? currentHostInfo(answer['result']) : undefined;
  if (isHostInfo(info)) return info;
  throw unreachable(`It answered with something that no host says: ${line.slice(0, 200)}`);
}

/**
 * Connects to the profile's host, of whatever version; `undefined`: no host runs. The socket beside the profile's lock is the
 * same for every shell; the one in the runtime folder is that of earlier hosts.
 * @throws GatewayError `host.unreachable` where one runs but does not answer, `host.version-mismatch` for one of an
 * earlier version that speaks WebSocket on its socket, `state.foreign` where another user can have put the socket there.
 */
export async function connectHostChannel(options: ConnectOptions): Promise<HostConnection | undefined> {
  const paths = resolvePaths({ name: options.profile, env: options.env });
  assertOwnFolders(paths, options.env);
  if (process.platform === 'win32') return connectSocket(paths.socket, options);
  assertPrivateSocket(paths.stateSocket);
  const connection = await connectSocket(paths.stateSocket, options);
  if (connection !== undefined) return connection;
  const { connectByLock } = await import('./connect-by-lock.ts');
  return connectByLock(paths, options.timeoutMs ?? CONNECT_TIMEOUT_MS, (path) => connectSocket(path, options));
}

function openAddress(path: string): SocketAddress | undefined {
  try {
    return socketAddress(path);
  } catch {
    // Without its folder there is no socket.
    return undefined;
  }
}

/** Connects to the host on one socket; `undefined`: no host listens there. @throws as `connectHostChannel` does. */
async function connectSocket(path: string, options: ConnectOptions): Promise<HostConnection | undefined> {
  const timeoutMs = options.timeoutMs ?? CONNECT_TIMEOUT_MS;
  // Anybody can make the fallback folder of a socket first: what is there is no host of ours.
  if (socketFault(path) !== undefined) return undefined;
  const address = openAddress(path);
  if (address === undefined) return undefined;
  const stream = createConnection({ path: address.path });
  stream.once('connect', address.release).once('error', address.release);
  const channel = new LineChannel(stream, { clock: nodeClock });
  const greeting = await greet(stream, channel, timeoutMs);
  switch (greeting.kind) {
    case 'answered':
      try {
        return { channel, info: await readGreeting(greeting.line, options) };
      } catch (error) {
        channel.terminate();
        throw error;
      }
    case 'silent':
      channel.terminate();
      throw unreachable(`The host of profile "${options.profile}" did not answer within ${String(timeoutMs)} ms.`);
    case 'closed': {
      const { end, error } = greeting;
      if (isAbsent(error?.code, path)) return undefined;
      throw unreachable(error?.message ?? `It closed the connection: ${describeClose(end)}.`);
    }
    default:
      return greeting satisfies never;
  }
}

/** @throws GatewayError `host.version-mismatch` where the two could misread each other. */
export function assertCompatible(info: HostInfo): void {
  const mismatch = checkHostVersion(info);
  if (mismatch === undefined) return;
  throw new GatewayError(describeProblem('host.version-mismatch', mismatch, nodeClock.wallTime()));
}

/**
 * A client of the profile's host; `undefined`: no host runs.
 * @throws GatewayError `host.unreachable`, or `host.version-mismatch` where the two could misread each other.
 */
export async function connectHost(options: ConnectOptions): Promise<ControlClient | undefined> {
  const connection = await connectHostChannel(options);
  if (connection === undefined) return undefined;
  const client = new ControlClient(connection.channel, { clock: nodeClock });
  try {
    assertCompatible(connection.info);
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

/** How a command line becomes the host of a profile. It does little for days: V8's least young generation saves 1.7 MB (measured). */
export function hostCommand(node: string, commandLine: string, profile: string): readonly [string, ...string[]] {
  return [node, '--max-semi-space-size=1', commandLine, '__host', '--profile', profile];
}

export interface SpawnHostOptions extends ConnectOptions {
  /**
   * Program and arguments of a background host. The program prints one line on stdout once clients can connect, or
   * `{"error": Problem}` as its last line on stderr.
   */
  readonly command: readonly [string, ...string[]];
  /** Pipes from `Host.handOver`, which the new host inherits as descriptors 3 to 5. Default: none. */
  readonly pipes?: PipeEnds;
}

/** A host opens its socket some ms after it locked the profile, later on a loaded machine. */
const SOCKET_OPENS_WITHIN_MS = 5_000;
const POLL_INTERVAL_MS = 20;

/** Another shell started a host at the same moment and was quicker: waits for its socket. */
async function joinQuickerHost(options: ConnectOptions): Promise<ControlClient | undefined> {
  const until = nodeClock.now() + SOCKET_OPENS_WITHIN_MS;
  for (let client = await connectHost(options); ; client = await connectHost(options)) {
    if (client !== undefined || nodeClock.now() > until) return client;
    await new Promise<void>((resolve) => nodeClock.schedule(POLL_INTERVAL_MS, resolve, { keepAlive: true }));
  }
}

/** A host that cannot start says why in the words of the catalogue. */
function problemIn(words: string): Problem | undefined {
  const last = parseJson(words.split('\n').at(-1) ?? '');
  const problem = isObject(last) ? last['error'] : undefined;
  return isProblem(problem) ? problem : undefined;
}

/**
 * Creates the folder that a host stands in, and returns it: the one it was started from may be removed while it runs.
 * Returns nothing where it cannot be created; the host then says why.
 */
export function hostFolder(profile: ProfileLocation): string | undefined {
  const { state } = resolvePaths({ name: profile.profile, env: profile.env });
  try {
    mkdirSync(state, { recursive: true, mode: 0o700 });
    return state;
  } catch {
    return undefined;
  }
}

/**
 * The environment of a host that stands in `hostFolder`: relative paths in it are those of this process. A host that is started from inside a
 * gateway is no part of that gateway: with its marker it would be ended together with it.
 */
export function hostEnvironment(env: Environment): Environment {
  const { [MARKER_NAME]: _, ...outside } = env;
  try {
    return withAbsolutePaths(outside, process.cwd());
  } catch {
    // Our own folder was removed, so nothing is relative to it any more.
    return outside;
  }
}

/** Names this process to the host if it was started from inside a gateway. */
export function askerOf(env: Environment): Pick<EndRequest, 'askerPid'> {
  return env[MARKER_NAME] === undefined ? {} : { askerPid: process.pid };
}

/**
 * Starts a host that outlives us, and connects to it. Joins in where another shell was quicker.
 * @throws GatewayError with the host's own problem, or `host.unreachable` with what it last said.
 */
export async function spawnHost(options: SpawnHostOptions): Promise<ControlClient> {
  const cwd = hostFolder(options);
  const { kind, stderr: words } = await startDetached(
    {
      command: options.command,
      env: hostEnvironment(options.env),
      ...(cwd === undefined ? {} : { cwd }),
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

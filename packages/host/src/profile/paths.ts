import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Environment, GatewayError, nodeClock } from '@deskclaw/core';
import { describeProblem } from '@deskclaw/protocol';
import { expandHome, homeFolder, pathRules } from './user-paths.ts';

/** The files and folders of one profile. The code that first writes to one creates it: folders with 0700, files with 0600. */
export interface Paths {
  readonly profile: string;
  readonly config: string;
  /** Names the profile of commands that name none; see `profiles.ts`. */
  readonly selectedProfile: string;
  readonly state: string;
  readonly cache: string;
  /** Installed versions; shared by all profiles. */
  readonly data: string;
  readonly runtime: string;
  /** A Unix socket in the runtime folder, where earlier hosts listen and other programs connect; a named pipe on Windows. */
  readonly socket: string;
  /**
   * The same endpoint beside the lock, whatever the runtime folder of a shell is. A container that shares the state folder sees
   * by it whether the host lives. Not on Windows, and only where the path is short enough (on Linux always, see `unix-socket.ts`).
   */
  readonly stateSocket: string;
  readonly lock: string;
  readonly ownership: string;
  /** The request of the last start: a host that finds its gateway alive adopts it with these options. */
  readonly lastStart: string;
  /** The newest failure, until the gateway runs again. */
  readonly lastFailure: string;
  /** There while a host runs; its time of modification says when the host was last seen alive. */
  readonly hostSeen: string;
  /** How long previous starts took. */
  readonly bootTimes: string;
  /** The record of the last upgrade, for a rollback. */
  readonly upgrade: string;
  /** The pending upgrade or rollback. */
  readonly upgradeJournal: string;
  /** What the recovery ladder did, for the next host. */
  readonly recovery: string;
  /** The configuration with which the gateway last stayed up. */
  readonly knownGood: string;
  readonly journal: string;
  /** Steps of the reducers around interruptions, for a replay. */
  readonly steps: string;
  readonly logs: string;
  /** A token we made for a gateway that had none. */
  readonly token: string;
  /** The device identity: its private key and the tokens that gateways issued for it. */
  readonly device: string;
  /** The dashboard's port and sessions (hashes). */
  readonly dashboard: string;
}

/** sun_path holds 108 bytes on Linux and 104 on macOS, with the closing zero. */
export const SOCKET_PATH_LIMIT = 103;

const profileName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function isProfileName(name: string): boolean {
  return profileName.test(name) && !name.includes('..');
}

interface Roots {
  readonly config: string;
  readonly state: string;
  readonly cache: string;
  readonly data: string;
  readonly runtime: string;
}

/**
 * The folder that holds everything, if one is named.
 * @throws GatewayError `config.invalid` for a relative path: every folder would have a gateway of its own.
 */
function portableHome(env: Environment, home: string, platform: NodeJS.Platform): string | undefined {
  const named = env['DESKCLAW_HOME'];
  if (named === undefined || named === '') return undefined;
  const path = expandHome(named, home, platform);
  if (pathRules(platform).isAbsolute(path)) return path;
  const fault = `"${named}" depends on the folder a command is typed in; an absolute path or ~/... is needed, such as ${pathRules(platform).join(home, path)}`;
  throw new GatewayError(describeProblem('config.invalid', { source: 'DESKCLAW_HOME', fault }, nodeClock.wallTime()));
}

function roots(env: Environment, platform: NodeJS.Platform): Roots {
  const home = homeFolder(env, platform);
  const own = portableHome(env, home, platform);
  if (own !== undefined) {
    return {
      config: join(own, 'config'),
      state: join(own, 'state'),
      cache: join(own, 'cache'),
      data: join(own, 'data'),
      runtime: join(own, 'run'),
    };
  }
  if (platform === 'win32') {
    const local = env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local');
    const roaming = env['APPDATA'] ?? join(home, 'AppData', 'Roaming');
    return {
      config: join(roaming, 'DeskClaw'),
      state: join(local, 'DeskClaw', 'State'),
      cache: join(local, 'DeskClaw', 'Cache'),
      data: join(local, 'DeskClaw', 'Data'),
      runtime: join(local, 'DeskClaw', 'Run'),
    };
  }
  if (platform === 'darwin') {
    const support = join(home, 'Library', 'Application Support', 'DeskClaw');
    return {
      config: support,
      state: join(support, 'State'),
      cache: join(home, 'Library', 'Caches', 'DeskClaw'),
      data: join(support, 'Data'),
      runtime: join(support, 'Run'),
    };
  }
  /** The XDG specification: a relative path in these variables is to be ignored. */
  const absolute = (value: string | undefined): string | undefined => {
    const path = value === undefined ? '' : expandHome(value, home, platform);
    return path.startsWith('/') ? path : undefined;
  };
  const state = join(absolute(env['XDG_STATE_HOME']) ?? join(home, '.local', 'state'), 'deskclaw');
  const runtime = absolute(env['XDG_RUNTIME_DIR']);
  return {
    config: join(absolute(env['XDG_CONFIG_HOME']) ?? join(home, '.config'), 'deskclaw'),
    state,
    cache: join(absolute(env['XDG_CACHE_HOME']) ?? join(home, '.cache'), 'deskclaw'),
    data: join(absolute(env['XDG_DATA_HOME']) ?? join(home, '.local', 'share'), 'deskclaw'),
    runtime: runtime === undefined ? join(state, 'run') : join(runtime, 'deskclaw'),
  };
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function socketPath(runtime: string, profile: string, platform: NodeJS.Platform): string {
  if (platform === 'win32') return `\\\\.\\pipe\\deskclaw-${shortHash(runtime)}-${profile}`;
  const path = join(runtime, `${profile}.sock`);
  if (Buffer.byteLength(path) <= SOCKET_PATH_LIMIT) return path;
  return join(tmpdir(), `deskclaw-${String(process.getuid?.() ?? 0)}`, `${shortHash(path)}.sock`);
}

/**
 * Every path of a profile, from the environment alone: nothing is read or made.
 * @throws GatewayError `config.invalid` for a relative `DESKCLAW_HOME`.
 */
export function resolvePaths(input: {
  readonly name: string;
  readonly env: Environment;
  readonly platform?: NodeJS.Platform;
}): Paths {
  const platform = input.platform ?? process.platform;
  const { config, state, cache, data, runtime } = roots(input.env, platform);
  const own = join(state, input.name);
  return {
    profile: input.name,
    config: join(config, 'config.json'),
    selectedProfile: join(config, 'profile'),
    state: own,
    cache,
    data,
    runtime,
    socket: socketPath(runtime, input.name, platform),
    stateSocket: join(own, 'host.sock'),
    lock: join(own, 'host.lock'),
    ownership: join(own, 'gateway.owner.json'),
    lastStart: join(own, 'last-start.json'),
    lastFailure: join(own, 'last-failure.json'),
    hostSeen: join(own, 'host.seen'),
    bootTimes: join(own, 'boot-times.json'),
    upgrade: join(own, 'openclaw-upgrade.json'),
    upgradeJournal: join(own, 'openclaw-upgrade.begun.json'),
    recovery: join(own, 'recovery.json'),
    knownGood: join(own, 'known-good.json'),
    journal: join(own, 'journal.ndjson'),
    steps: join(own, 'steps.ndjson'),
    logs: join(own, 'logs'),
    token: join(own, 'gateway.token'),
    device: join(own, 'device.json'),
    dashboard: join(own, 'dashboard.json'),
  };
}

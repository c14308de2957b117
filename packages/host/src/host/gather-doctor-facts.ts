import { accessSync, constants, existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Clock, type Environment, GatewayError, nodeClock, nodeProcessTable } from '@deskclaw/core';
import {
  currentRealm,
  lockHolder,
  nodeFolders,
  nodeTcpPorts,
  ownUser,
  type ProcessTable,
  readPathOwner,
  readRecord,
  type TcpPorts,
  userLabel,
} from '@deskclaw/core/internal';
import { describeProblem, type Problem } from '@deskclaw/protocol';
import { probeSocket } from '../control/unix-socket.ts';
import type { DoctorFacts, PathFacts, PortFacts } from '../doctor/facts.ts';
import { deviceKeysChoice, loadConfig } from '../profile/config.ts';
import { describeDeviceKeyLocation, deviceKeyLocation, readDeviceFile } from '../profile/device-file.ts';
import { readLastFailure } from '../profile/last-failure.ts';
import { readOrphan } from '../profile/orphan.ts';
import { type Paths, resolvePaths } from '../profile/paths.ts';
import { gatherNextStart, type NextStart } from './gather-next-start.ts';

/** As `engines` in package.json says. */
const NEEDED_NODE = '22.19';

/** What is asked of the system beside its files. */
export interface DoctorPorts {
  readonly clock: Pick<Clock, 'wallTime'>;
  readonly tcpPorts: Pick<TcpPorts, 'check' | 'owner'>;
  readonly processes: ProcessTable;
  readonly freeBytes: (path: string) => Promise<number>;
  readonly probeSocket: typeof probeSocket;
  readonly platform: NodeJS.Platform;
  /** The Node that runs this program. */
  readonly node: { readonly version: string; readonly file: string };
}

const nodePorts: DoctorPorts = {
  clock: nodeClock,
  tcpPorts: nodeTcpPorts,
  processes: nodeProcessTable,
  freeBytes: (path) => nodeFolders.freeBytes(path),
  probeSocket,
  platform: process.platform,
  node: { version: process.versions.node, file: process.execPath },
};

export interface DoctorInput {
  readonly name: string;
  readonly env: Environment;
}

function problemOf(error: unknown): Problem {
  if (error instanceof GatewayError) return error.problem;
  return describeProblem(
    'internal',
    { detail: error instanceof Error ? error.message : String(error) },
    nodeClock.wallTime(),
  );
}

/** Returns what `read` returns, or the problem that it throws. */
function attempt<T>(read: () => T): { readonly value: T } | { readonly problem: Problem } {
  try {
    return { value: read() };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function isNewEnough(version: string, needed: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [neededMajor = 0, neededMinor = 0] = needed.split('.').map(Number);
  return major > neededMajor || (major === neededMajor && minor >= neededMinor);
}

function pathFacts(path: string, platform: NodeJS.Platform): readonly PathFacts[] {
  const owner = quietly(() => readPathOwner(path, 'follow'));
  if (owner === undefined || (owner.kind !== 'folder' && owner.kind !== 'file')) return [];
  const us = ownUser();
  const isForeign = us !== undefined && owner.user !== us && owner.user !== 0;
  return [
    {
      path,
      kind: owner.kind,
      mode: platform === 'win32' ? 0o700 : owner.mode,
      isWritable: canWrite(path),
      ...(isForeign ? { foreignOwner: userLabel(owner.user) } : {}),
    },
  ];
}

function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Profiles that have a state folder, but for this one. */
function otherProfiles(paths: Paths, env: Environment): readonly Paths[] {
  const names = quietly(() => readdirSync(dirname(paths.state))) ?? [];
  return names.flatMap((name) => {
    if (name === paths.profile) return [];
    const other = quietly(() => resolvePaths({ name, env }));
    return other !== undefined && existsSync(other.ownership) ? [other] : [];
  });
}

/** The gateway process that an ownership record names. */
function gatewayPid(paths: Paths): number | undefined {
  const text = quietly(() => readFileSync(paths.ownership, 'utf8'));
  return text === undefined ? undefined : readRecord(text)?.child?.pid;
}

async function gatherPort(
  { host, port, mayAttach }: NextStart,
  paths: Paths,
  env: Environment,
  { tcpPorts }: DoctorPorts,
): Promise<PortFacts | undefined> {
  if (host === undefined || port === undefined || port === 0) return undefined;
  const state = await tcpPorts.check(host, port).catch(() => 'free' as const);
  const owner = state === 'taken' ? await tcpPorts.owner(port) : undefined;
  const holds = (other: Paths): boolean => owner !== undefined && gatewayPid(other) === owner.pid;
  const other = otherProfiles(paths, env).find(holds)?.profile;
  return {
    host,
    port,
    state,
    ...(owner === undefined ? {} : { owner }),
    isOurs: holds(paths),
    mayAttach,
    ...(other === undefined ? {} : { otherProfile: other }),
  };
}

function newestFile(paths: Paths): { readonly path: string; readonly at: number } | undefined {
  return [paths.lock, paths.journal, paths.lastStart]
    .flatMap((path) => {
      const at = quietly(() => lstatSync(path).mtimeMs);
      return at === undefined ? [] : [{ path, at }];
    })
    .toSorted((a, b) => b.at - a.at)[0];
}

async function gatherRuntime(
  paths: Paths,
  env: Environment,
  hostLives: boolean,
  ports: DoctorPorts,
): Promise<DoctorFacts['runtime']> {
  const named = env['XDG_RUNTIME_DIR'] ?? '';
  const isUsed = named !== '' && dirname(paths.runtime) === named;
  const sockets = ports.platform === 'win32' || hostLives ? [] : [...new Set([paths.socket, paths.stateSocket])];
  const states = await Promise.all(sockets.map(async (path) => ({ path, state: await ports.probeSocket(path) })));
  return {
    path: paths.runtime,
    exists: existsSync(paths.runtime),
    ...(isUsed && !existsSync(named) ? { missing: named } : {}),
    deadSockets: states.filter(({ state }) => state === 'dead').map(({ path }) => path),
  };
}

function gatherProxy(env: Environment): DoctorFacts['proxy'] {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'];
  const excluded = (env['NO_PROXY'] ?? env['no_proxy'] ?? '').split(/[\s,]+/);
  return {
    variables: names.filter((name) => (env[name] ?? '') !== ''),
    excludesLoopback: excluded.includes('*') || (excluded.includes('localhost') && excluded.includes('127.0.0.1')),
  };
}

/**
 * Reads everything that the checks look at. Starts nothing, writes nothing, asks no network.
 * @param ports the system to ask. Default: this one
 * @throws GatewayError for a `DESKCLAW_HOME` that is no path
 */
export async function gatherDoctorFacts(
  { name, env }: DoctorInput,
  ports: DoctorPorts = nodePorts,
): Promise<DoctorFacts> {
  const paths = resolvePaths({ name, env });
  const config = attempt(() => loadConfig(paths.config, name, env));
  const settings = 'value' in config ? config.value.settings : {};
  const found = lockHolder(paths.lock, ports.processes, currentRealm());
  const orphan = quietly(() => readOrphan(paths.ownership, ports.processes));
  const device = quietly(() => readDeviceFile(quietly(() => readFileSync(paths.device, 'utf8'))));
  const next = await gatherNextStart(settings, paths, env);
  const problem = 'problem' in config ? config.problem : next.problem;
  const [port, runtime, freeBytes] = await Promise.all([
    gatherPort(next, paths, env, ports),
    gatherRuntime(paths, env, found?.presence === 'alive', ports),
    ports.freeBytes(paths.state).catch(() => undefined),
  ]);
  const lastFailure = readLastFailure(paths.lastFailure);
  const newest = newestFile(paths);
  const own = [
    dirname(paths.config),
    paths.config,
    dirname(paths.state),
    paths.state,
    paths.logs,
    paths.token,
    paths.device,
  ];
  return {
    profile: name,
    node: {
      ...ports.node,
      isSupported: isNewEnough(ports.node.version, NEEDED_NODE),
      needed: NEEDED_NODE,
    },
    settings: {
      path: paths.config,
      warnings: 'value' in config ? config.value.warnings : [],
      ...('problem' in config ? { problem: config.problem } : {}),
    },
    nextStart: { what: next.what, ...(problem === undefined ? {} : { problem }) },
    gatewayChecks: next.checks,
    ...(port === undefined ? {} : { port }),
    lock: { path: paths.lock, ...(found === undefined ? {} : { pid: found.holder.pid, presence: found.presence }) },
    ...(orphan === undefined ? {} : { orphan: { pid: orphan.pid, port: orphan.port } }),
    disk: { path: paths.state, freeBytes },
    paths: [...own, paths.data].flatMap((path) => pathFacts(path, ports.platform)),
    runtime,
    keyring: {
      choice: deviceKeysChoice(settings, env),
      stored:
        device === undefined
          ? 'Its file cannot be read'
          : `It is kept in: ${describeDeviceKeyLocation(deviceKeyLocation(device))}`,
      hasSessionBus: ports.platform !== 'linux' || (env['DBUS_SESSION_BUS_ADDRESS'] ?? '') !== '',
    },
    clock: { now: ports.clock.wallTime(), ...(newest === undefined ? {} : { newestFile: newest }) },
    proxy: gatherProxy(env),
    ...(lastFailure === undefined ? {} : { lastFailure }),
    pendingUpgrade: existsSync(paths.upgradeJournal),
  };
}

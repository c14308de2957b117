import { realpathSync } from 'node:fs';
import { type FrameChannel, GatewayError, nodeClock, nodeProcessTable } from '@deskclaw/core';
import { currentRealm, delay, lockHolder } from '@deskclaw/core/internal';
import { describeProblem, type HostInfo } from '@deskclaw/protocol';
import { lockedElsewhere } from '../profile/locked-elsewhere.ts';
import type { Paths } from '../profile/paths.ts';
import { probeSocket } from './unix-socket.ts';

interface Connection {
  readonly channel: FrameChannel;
  readonly info: HostInfo;
}

/** Connects to the host that listens on a socket; `undefined`: none does. */
type Connect = (path: string) => Promise<Connection | undefined>;

const POLL_INTERVAL_MS = 20;

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Connects on any of these sockets to a host that keeps its state in our folder. A runtime folder may be shared by several homes. */
async function connectAny(sockets: readonly string[], paths: Paths, connect: Connect): Promise<Connection | undefined> {
  for (const path of new Set(sockets)) {
    const connection = await connect(path);
    if (connection === undefined) continue;
    const { stateFolder } = connection.info;
    if (stateFolder === undefined || realPath(stateFolder) === realPath(paths.state)) return connection;
    connection.channel.close(1000, 'another state folder');
  }
  return undefined;
}

function unreachable(detail: string): GatewayError {
  return new GatewayError(describeProblem('host.unreachable', { detail }, nodeClock.wallTime()));
}

/**
 * Finds the host of a profile by its lock, where the socket beside the lock is not there: the sockets that the lock names, or the
 * one where earlier hosts listened. A host opens removed sockets again, so a living one is waited for.
 * @returns `undefined` where no host runs.
 * @throws GatewayError `host.unreachable` for a host that lives without a socket, `state.locked` for one that may live elsewhere.
 */
export async function connectByLock(
  paths: Paths,
  timeoutMs: number,
  connect: Connect,
): Promise<Connection | undefined> {
  const until = nodeClock.now() + timeoutMs;
  for (;;) {
    const found = lockHolder(paths.lock, nodeProcessTable, currentRealm());
    const sockets = [paths.stateSocket, ...(found?.holder.endpoints ?? []), paths.socket];
    const connection = await connectAny(sockets, paths, connect);
    if (connection !== undefined || found === undefined || found.presence === 'dead') return connection;
    if (found.presence === 'elsewhere') {
      if ((await probeSocket(paths.stateSocket)) === 'dead') return undefined;
      const what = `The profile "${paths.profile}"`;
      throw new GatewayError(lockedElsewhere(what, paths.lock, found.holder, currentRealm(), nodeClock.wallTime()));
    }
    if (nodeClock.now() >= until) {
      const detail = `The host of profile "${paths.profile}" is process ${String(found.holder.pid)}, but none of its sockets is there (${[...new Set(sockets)].join(', ')}).`;
      throw unreachable(detail);
    }
    await delay(nodeClock, POLL_INTERVAL_MS);
  }
}

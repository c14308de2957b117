import { closeSync, openSync } from 'node:fs';
import { createConnection } from 'node:net';
import { basename, dirname } from 'node:path';
import { SOCKET_PATH_LIMIT } from '../profile/paths.ts';

/** A path of a socket that the system takes. */
export interface SocketAddress {
  readonly path: string;
  /** To be called when the socket is closed or connected: the path ends to be valid. Further calls do nothing. */
  readonly release: () => void;
}

/**
 * Returns an address for a socket at `path`. A path that is too long for `sun_path` is reached through an open descriptor of its
 * folder on Linux (`/proc/self/fd/N/NAME`).
 * @throws Error what the system says of the folder; `ENAMETOOLONG` where there is no way.
 */
export function socketAddress(path: string, platform: NodeJS.Platform = process.platform): SocketAddress {
  if (platform === 'win32' || Buffer.byteLength(path) <= SOCKET_PATH_LIMIT) return { path, release: () => undefined };
  if (platform !== 'linux') {
    const message = `ENAMETOOLONG: a socket path of this system has at most ${String(SOCKET_PATH_LIMIT)} bytes, ${path}`;
    throw Object.assign(new Error(message), { code: 'ENAMETOOLONG' });
  }
  let folder: number | undefined = openSync(dirname(path), 'r');
  return {
    path: `/proc/self/fd/${String(folder)}/${basename(path)}`,
    release: () => {
      // By the second call the number may be that of another file.
      if (folder !== undefined) closeSync(folder);
      folder = undefined;
    },
  };
}

/** `absent`: there is no such socket. `dead`: a socket that nobody listens on. `unknown`: the system does not let us connect. */
export type SocketState = 'alive' | 'dead' | 'absent' | 'unknown';

function stateFor(code: string | undefined): SocketState {
  if (code === 'ECONNREFUSED') return 'dead';
  return code === 'ENOENT' || code === 'ENOTDIR' ? 'absent' : 'unknown';
}

/** Finds out whether anybody listens on a Unix socket, also in another container of the same kernel. Sends nothing. */
export function probeSocket(path: string): Promise<SocketState> {
  return new Promise((resolve) => {
    let address: SocketAddress;
    try {
      address = socketAddress(path);
    } catch (error) {
      resolve(stateFor(error instanceof Error && 'code' in error ? String(error.code) : undefined));
      return;
    }
    const socket = createConnection({ path: address.path });
    const settle = (state: SocketState): void => {
      socket.destroy();
      address.release();
      resolve(state);
    };
    socket.once('connect', () => settle('alive'));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(stateFor(error.code)));
  });
}

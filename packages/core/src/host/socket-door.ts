import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { dirname } from 'node:path';
import { describeProblem } from '@deskclaw/protocol';
import { WebSocketServer } from 'ws';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { FrameChannel } from '../rpc/channel.ts';
import { CONTROL_MAX_PAYLOAD } from './client-channel.ts';
import { ensurePrivateFolder } from './private-folder.ts';
import { socketChannel } from './ws-channel.ts';

/** A client that does not answer the closing handshake must not keep the host alive. */
const CLOSE_GRACE_MS = 250;

export interface Door {
  close(): Promise<void>;
}

async function listen(server: Server, path: string): Promise<void> {
  const pipe = process.platform === 'win32';
  if (!pipe) {
    ensurePrivateFolder(dirname(path));
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true) throw new Error('a folder is in its place');
    rmSync(path, { force: true });
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
  if (!pipe) chmodSync(path, 0o600);
}

/**
 * Serves the control API on a Unix socket (a named pipe on Windows) inside a folder only its owner can enter.
 * The caller holds the profile's lock, so a socket file found there is a dead host's.
 * @throws GatewayError `state.read-only` where it cannot be opened.
 */
export async function openSocketDoor(
  path: string,
  clock: Clock,
  onChannel: (channel: FrameChannel) => void,
): Promise<Door> {
  const server = createServer((_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain' }).end('This door speaks WebSocket only.\n');
  });
  const sockets = new WebSocketServer({ server, maxPayload: CONTROL_MAX_PAYLOAD, perMessageDeflate: false });
  sockets.on('connection', (socket) => onChannel(socketChannel(socket)));
  try {
    await listen(server, path);
  } catch (error) {
    const detail = `The host's socket cannot be opened at ${path}: ${error instanceof Error ? error.message : String(error)}`;
    throw new GatewayError(describeProblem('state.read-only', { detail }, clock.wallTime()));
  }
  return {
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) socket.close(1001, 'the host ends');
        const cancel = clock.schedule(CLOSE_GRACE_MS, () => {
          for (const socket of sockets.clients) socket.terminate();
        });
        sockets.close();
        server.close(() => {
          cancel();
          resolve();
        });
      }),
  };
}

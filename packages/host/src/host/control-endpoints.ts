import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import { type Clock, type FrameChannel, GatewayError } from '@deskclaw/core';
import { describeProblem } from '@deskclaw/protocol';
import { LineChannel } from '../control/line-channel.ts';
import { answerWebSocketClient } from './web-socket-client.ts';

/**
 * Makes a folder that only its owner can enter, and refuses a folder of another user:
 * access to the socket's folder is control of the gateway.
 * @throws Error saying whose folder it is.
 */
function ensurePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (process.platform === 'win32') return;
  const found = lstatSync(path);
  if (!found.isDirectory()) throw new Error(`${path} is not a folder`);
  if (found.uid !== process.getuid?.()) throw new Error(`${path} belongs to another user`);
  if ((found.mode & 0o077) !== 0) chmodSync(path, 0o700);
}

/** A client that does not close its end must not keep the host alive. */
const CLOSE_GRACE_MS = 250;

/** A place where clients of the control API connect. */
export interface ControlEndpoint {
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
 * Serves the control API as newline-delimited JSON on a Unix socket (a named pipe on Windows) inside a folder only its
 * owner can enter. The caller holds the profile's lock, so a socket file found there is a dead host's.
 * @param path `Paths.socket`, made by `resolvePaths` of `profile/paths.ts`.
 * @param version of this host, named to a client that speaks WebSocket, as earlier versions of `deskclaw` do.
 * @throws GatewayError `state.read-only` where it cannot be opened.
 */
export async function listenOnSocket(
  path: string,
  version: string,
  clock: Clock,
  onChannel: (channel: FrameChannel) => void,
): Promise<ControlEndpoint> {
  const channels = new Set<LineChannel>();
  const server = createServer({ allowHalfOpen: true }, (stream) => {
    const intercept = (first: Buffer) => answerWebSocketClient(first, { version, pid: process.pid });
    const channel = new LineChannel(stream, { clock, pausesReading: true, intercept });
    channels.add(channel);
    stream.once('close', () => channels.delete(channel));
    onChannel(channel);
  });
  try {
    await listen(server, path);
  } catch (error) {
    const detail = `The host's socket cannot be opened at ${path}: ${error instanceof Error ? error.message : String(error)}`;
    throw new GatewayError(describeProblem('state.read-only', { detail }, clock.wallTime()));
  }
  return {
    close: () =>
      new Promise((resolve) => {
        for (const channel of channels) channel.close(1001, 'the host ends');
        const cancel = clock.schedule(CLOSE_GRACE_MS, () => {
          for (const channel of channels) channel.terminate();
        });
        server.close(() => {
          cancel();
          resolve();
        });
      }),
  };
}

/** The control socket of a host. */
export class ControlEndpoints {
  readonly #socketPath: string;
  readonly #version: string;
  readonly #clock: Clock;
  readonly #onChannel: (channel: FrameChannel) => void;
  #socketEndpoint: ControlEndpoint | undefined;

  constructor(socketPath: string, version: string, clock: Clock, onChannel: (channel: FrameChannel) => void) {
    this.#socketPath = socketPath;
    this.#version = version;
    this.#clock = clock;
    this.#onChannel = onChannel;
  }

  async openSocket(): Promise<void> {
    this.#socketEndpoint = await listenOnSocket(this.#socketPath, this.#version, this.#clock, this.#onChannel);
  }

  async close(): Promise<void> {
    await this.#socketEndpoint?.close();
    if (process.platform !== 'win32') rmSync(this.#socketPath, { force: true });
  }
}

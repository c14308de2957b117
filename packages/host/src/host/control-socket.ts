import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import type { Clock, FrameChannel } from '@deskclaw/core';
import { LineChannel } from '../control/line-channel.ts';
import { probeSocket, type SocketAddress, socketAddress } from '../control/unix-socket.ts';
import { ensurePrivateFolder } from '../profile/own-folders.ts';
import { answerWebSocketClient } from './web-socket-client.ts';

/** A client that does not close its end must not keep the host alive. */
const CLOSE_GRACE_MS = 250;

export interface ControlSocketOptions {
  readonly path: string;
  /** Of this host, named to a client that speaks WebSocket, as earlier versions of `deskclaw` do. */
  readonly version: string;
  readonly clock: Clock;
  readonly onChannel: (channel: FrameChannel) => void;
}

/**
 * Serves the control API as newline-delimited JSON on a Unix socket (a named pipe on Windows) inside a folder only its
 * owner can enter. The caller holds the profile's lock.
 */
export class ControlSocket {
  readonly path: string;
  readonly #options: ControlSocketOptions;
  readonly #channels = new Set<LineChannel>();
  #server: Server | undefined;
  #address: SocketAddress | undefined;
  /** Identity of the socket file that we listen on. */
  #file: string | undefined;

  constructor(options: ControlSocketOptions) {
    this.path = options.path;
    this.#options = options;
  }

  /** @throws Error where the socket cannot be opened, or another host answers on it: one with another state folder. */
  async open(): Promise<void> {
    const { path } = this;
    if (process.platform !== 'win32') {
      ensurePrivateFolder(dirname(path));
      if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
        throw new Error('a folder is in its place');
      if ((await probeSocket(path)) === 'alive') throw new Error('another host answers on it');
      rmSync(path, { force: true });
    }
    await this.#listen();
    if (process.platform === 'win32') return;
    chmodSync(path, 0o600);
    this.#file = this.#currentFile();
  }

  /** Opens the socket again if its file or folder was removed, as at the end of a login session. @throws as `open` does. */
  async restore(): Promise<boolean> {
    if (process.platform === 'win32' || (this.#file !== undefined && this.#currentFile() === this.#file)) return false;
    this.#stopListening();
    await this.open();
    return true;
  }

  async close(): Promise<void> {
    this.#stopListening();
    const closed = [...this.#channels].map(
      (channel) =>
        new Promise<void>((resolve) => {
          channel.onClose(() => resolve());
          channel.close(1001, 'the host ends');
        }),
    );
    const cancel = this.#options.clock.schedule(CLOSE_GRACE_MS, () => {
      for (const channel of this.#channels) channel.terminate();
    });
    await Promise.all(closed);
    cancel();
  }

  async #listen(): Promise<void> {
    const { version, clock, onChannel } = this.#options;
    const server = createServer({ allowHalfOpen: true }, (stream) => {
      const intercept = (first: Buffer) => answerWebSocketClient(first, { version, pid: process.pid });
      const channel = new LineChannel(stream, { clock, pausesReading: true, intercept });
      this.#channels.add(channel);
      stream.once('close', () => this.#channels.delete(channel));
      onChannel(channel);
    });
    const address = socketAddress(this.path);
    try {
      // The socket must not be open to others for the moment until its rights are set.
      const mask = process.umask(0o177);
      const listening = new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(address.path, () => {
          server.off('error', reject);
          // A failed accept (no descriptor is free) concerns one client; the next may have more luck.
          server.on('error', () => undefined);
          resolve();
        });
      });
      process.umask(mask);
      await listening;
    } catch (error) {
      address.release();
      throw error;
    }
    this.#server = server;
    this.#address = address;
  }

  /** Ends listening and keeps the connections. The system removes the socket file. */
  #stopListening(): void {
    this.#server?.close();
    this.#address?.release();
    this.#server = undefined;
    this.#address = undefined;
    this.#file = undefined;
  }

  #currentFile(): string | undefined {
    const found = lstatSync(this.path, { throwIfNoEntry: false, bigint: true });
    return found === undefined ? undefined : `${String(found.dev)}:${String(found.ino)}`;
  }
}

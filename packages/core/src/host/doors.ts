import { rmSync } from 'node:fs';
import { describeProblem } from '@deskclaw/protocol';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { FrameChannel } from '../rpc/channel.ts';
import { type ControlEndpoint, listenOnSocket } from './control-socket.ts';
import { openWebDoor, type WebDoor } from './web-door.ts';

/** The ways into a host from outside: its socket, and the dashboard in a browser once somebody asks for it. */
export class Doors {
  readonly #socketPath: string;
  readonly #version: string;
  readonly #clock: Clock;
  readonly #onChannel: (channel: FrameChannel) => void;
  #socket: ControlEndpoint | undefined;
  #web: Promise<WebDoor> | undefined;

  constructor(socketPath: string, version: string, clock: Clock, onChannel: (channel: FrameChannel) => void) {
    this.#socketPath = socketPath;
    this.#version = version;
    this.#clock = clock;
    this.#onChannel = onChannel;
  }

  async openSocket(): Promise<void> {
    this.#socket = await listenOnSocket(this.#socketPath, this.#version, this.#clock, this.#onChannel);
  }

  /** @param root the built dashboard's folder. @throws GatewayError `request.invalid` where there is none. */
  openDashboard(root: string | undefined, port: number): Promise<WebDoor> {
    if (root === undefined) {
      const detail = 'This host was started without the dashboard’s files.';
      throw new GatewayError(describeProblem('request.invalid', { detail }, this.#clock.wallTime()));
    }
    this.#web ??= openWebDoor({ port, root, clock: this.#clock, onChannel: this.#onChannel });
    // A door that could not be opened may be tried again, on another port.
    this.#web.catch(() => {
      this.#web = undefined;
    });
    return this.#web;
  }

  async close(): Promise<void> {
    const web = await this.#web?.catch(() => undefined);
    await Promise.all([this.#socket?.close(), web?.close()]);
    if (process.platform !== 'win32') rmSync(this.#socketPath, { force: true });
  }
}

import { rmSync } from 'node:fs';
import { type Clock, type FrameChannel, GatewayError } from '@deskclaw/core';
import { describeProblem } from '@deskclaw/protocol';
import { type ControlEndpoint, listenOnSocket } from './control-socket.ts';
import { type DashboardServer, startDashboardServer } from './dashboard-server.ts';

/** The endpoints of a host: its control socket, and the dashboard server from the first request for it on. */
export class ControlEndpoints {
  readonly #socketPath: string;
  readonly #version: string;
  readonly #clock: Clock;
  readonly #onChannel: (channel: FrameChannel) => void;
  #socketEndpoint: ControlEndpoint | undefined;
  #dashboard: Promise<DashboardServer> | undefined;

  constructor(socketPath: string, version: string, clock: Clock, onChannel: (channel: FrameChannel) => void) {
    this.#socketPath = socketPath;
    this.#version = version;
    this.#clock = clock;
    this.#onChannel = onChannel;
  }

  async openSocket(): Promise<void> {
    this.#socketEndpoint = await listenOnSocket(this.#socketPath, this.#version, this.#clock, this.#onChannel);
  }

  /** @param root the built dashboard's folder. @throws GatewayError `request.invalid` where there is none. */
  openDashboard(root: string | undefined, port: number): Promise<DashboardServer> {
    if (root === undefined) {
      const detail = 'This host was started without the dashboard’s files.';
      throw new GatewayError(describeProblem('request.invalid', { detail }, this.#clock.wallTime()));
    }
    this.#dashboard ??= startDashboardServer({ port, root, clock: this.#clock, onChannel: this.#onChannel });
    // A server that failed to start may be started again on another port.
    this.#dashboard.catch(() => {
      this.#dashboard = undefined;
    });
    return this.#dashboard;
  }

  async close(): Promise<void> {
    const dashboard = await this.#dashboard?.catch(() => undefined);
    await Promise.all([this.#socketEndpoint?.close(), dashboard?.close()]);
    if (process.platform !== 'win32') rmSync(this.#socketPath, { force: true });
  }
}

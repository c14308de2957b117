import { type Clock, type FrameChannel, GatewayError } from '@deskclaw/core';
import { describeProblem, type LogLevel } from '@deskclaw/protocol';
import { ControlSocket } from './control-socket.ts';

/** How often the socket files are looked at: two calls of `lstat`. */
const RESTORE_INTERVAL_MS = 1_000;

export interface ControlEndpointsOptions {
  /** Paths for the same API; the host needs one that works. */
  readonly sockets: readonly string[];
  readonly version: string;
  readonly clock: Clock;
  readonly onChannel: (channel: FrameChannel) => void;
  readonly log: (level: LogLevel, text: string) => void;
}

/** The control sockets of a host. */
export class ControlEndpoints {
  readonly #options: ControlEndpointsOptions;
  readonly #sockets: readonly ControlSocket[];
  /** The last failure of each socket, so that it is logged once. */
  readonly #failures = new Map<ControlSocket, string>();
  #cancelRestore: (() => void) | undefined;
  #isClosed = false;

  constructor(options: ControlEndpointsOptions) {
    this.#options = options;
    this.#sockets = options.sockets.map((path) => new ControlSocket({ ...options, path }));
  }

  /** @throws GatewayError `state.read-only` where no socket can be opened. */
  async openSockets(): Promise<void> {
    let opened = 0;
    for (const socket of this.#sockets) if (await this.#try(socket, () => socket.open())) opened += 1;
    if (opened === 0) {
      const why = [...this.#failures].map(([{ path }, failure]) => `${path}: ${failure}`).join('; ');
      const detail = `The host cannot open its socket (${why}). Its folder needs a file system with sockets, such as one named by DESKCLAW_HOME.`;
      throw new GatewayError(describeProblem('state.read-only', { detail }, this.#options.clock.wallTime()));
    }
    this.#scheduleRestore();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRestore?.();
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }

  #scheduleRestore(): void {
    this.#cancelRestore = this.#options.clock.schedule(RESTORE_INTERVAL_MS, () => {
      const restored = this.#sockets.map((socket) =>
        this.#try(socket, async () => {
          if (await socket.restore())
            this.#options.log('warn', `The socket ${socket.path} was removed; it is open again`);
        }),
      );
      void Promise.all(restored).then(() => {
        if (!this.#isClosed) this.#scheduleRestore();
      });
    });
  }

  async #try(socket: ControlSocket, action: () => Promise<void>): Promise<boolean> {
    try {
      await action();
      this.#failures.delete(socket);
      return true;
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      if (this.#failures.get(socket) !== failure)
        this.#options.log('warn', `The socket ${socket.path} cannot be opened: ${failure}`);
      this.#failures.set(socket, failure);
      return false;
    }
  }
}

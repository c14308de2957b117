import type { WebSocket } from 'ws';
import type { BreakableSocket, FaultSeams } from '../faults/seams.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Session } from './session.ts';

/** A peer that reads so slowly that this much waits for it is let go: 64 MiB. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** OpenClaw's rhythm, measured: a ping every 25 s. A peer silent for two of them is gone. */
const PING_MS = 25_000;

export interface WireSocketPorts {
  readonly faults: FaultSeams;
  readonly log: Log;
  readonly clock: Clock;
}

/** One WebSocket of a client. */
export class WireSocket implements BreakableSocket {
  readonly id: string;
  readonly closed: Promise<void>;
  readonly #webSocket: WebSocket;
  readonly #ports: WireSocketPorts;
  #heardAt: number;
  #cancelPing: () => void = () => undefined;

  constructor(webSocket: WebSocket, id: string, ports: WireSocketPorts) {
    this.id = id;
    this.#webSocket = webSocket;
    this.#ports = ports;
    this.#heardAt = ports.clock.now();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    webSocket.on('close', () => {
      this.#cancelPing();
      resolve();
    });
    // Oversize frames and broken masks close the socket by themselves; the fault is only worth a line.
    webSocket.on('error', (fault) => ports.log.warn(`connection ${id}: ${fault.message}`));
  }

  start(session: Session): void {
    this.#webSocket.on('message', (data, isBinary) => {
      this.#heardAt = this.#ports.clock.now();
      if (isBinary) session.receiveBinary();
      else if (!this.#ports.faults.swallowsRequests) session.receive(data.toString());
    });
    this.#webSocket.on('pong', () => {
      this.#heardAt = this.#ports.clock.now();
    });
    this.#pingLater();
  }

  reply(frame: object): void {
    this.#ports.faults.bendReply(frame, this, (bent) => this.event(JSON.stringify(bent)));
  }

  event(text: string): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    if (this.#webSocket.bufferedAmount > MAX_WAITING_BYTES) {
      this.#ports.log.warn(`connection ${this.id} reads too slowly and is closed`);
      this.terminate();
      return;
    }
    this.#webSocket.send(text);
  }

  raw(data: string | Uint8Array): void {
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#webSocket.send(data);
  }

  close(code: number, reason: string): void {
    // 1006 cannot be sent: it is what the other side sees when a connection just ends.
    if (code === 1006) this.terminate();
    else this.#webSocket.close(code, reason.slice(0, 120));
  }

  terminate(): void {
    this.#webSocket.terminate();
  }

  #pingLater(): void {
    this.#cancelPing = this.#ports.clock.schedule(PING_MS, () => {
      if (this.#ports.clock.now() - this.#heardAt > 2 * PING_MS) {
        this.terminate();
        return;
      }
      this.#webSocket.ping();
      this.#pingLater();
    });
  }
}

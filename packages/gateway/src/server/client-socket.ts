import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { BreakableSocket, FaultHooks } from '../faults/fault-hooks.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Session } from './session.ts';

/** A connection with more unread data than this is closed: 64 MiB. */
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;
/** OpenClaw's rhythm, measured: a ping every 25 s. A peer silent for two of them is gone. */
const PING_MS = 25_000;
/** Frames after which a batch leaves although the tick goes on. */
const MAX_BATCHED_FRAMES = 64;

export interface ClientSocketPorts {
  readonly faults: FaultHooks;
  readonly log: Log;
  readonly clock: Clock;
}

/** WebSocket of one client. */
export class ClientSocket implements BreakableSocket {
  readonly id: string;
  readonly closed: Promise<void>;
  readonly #webSocket: WebSocket;
  readonly #ports: ClientSocketPorts;
  readonly #stream: Duplex;
  /** Frames since the stream was corked; 0: it is not corked. */
  #batchedFrames = 0;
  #lastSeenAt: number;
  #cancelPing: () => void = () => undefined;

  /** @param stream the TCP stream below `webSocket`. */
  constructor(webSocket: WebSocket, stream: Duplex, id: string, ports: ClientSocketPorts) {
    this.id = id;
    this.#webSocket = webSocket;
    this.#stream = stream;
    this.#ports = ports;
    this.#lastSeenAt = ports.clock.now();
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
      this.#lastSeenAt = this.#ports.clock.now();
      if (isBinary) session.receiveBinary();
      else if (!this.#ports.faults.dropsRequests) session.receive(data.toString());
    });
    this.#webSocket.on('pong', () => {
      this.#lastSeenAt = this.#ports.clock.now();
    });
    this.#pingLater();
  }

  reply(frame: object): void {
    this.#ports.faults.alterReply(frame, this, (altered) => this.event(JSON.stringify(altered)));
  }

  event(text: string): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    if (this.#webSocket.bufferedAmount > MAX_BUFFERED_BYTES) {
      this.#ports.log.warn(`connection ${this.id} reads too slowly and is closed`);
      this.terminate();
      return;
    }
    this.#send(text);
  }

  raw(data: string | Uint8Array): void {
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#send(data);
  }

  close(code: number, reason: string): void {
    // 1006 cannot be sent: it is what the other side sees when a connection just ends.
    if (code === 1006) this.terminate();
    else this.#webSocket.close(code, reason.slice(0, 120));
  }

  terminate(): void {
    this.#flush();
    this.#webSocket.terminate();
  }

  /** Sends one frame. Frames of one tick are sent in one system call. */
  #send(data: string | Uint8Array): void {
    if (this.#batchedFrames === MAX_BATCHED_FRAMES) this.#flush();
    if (this.#batchedFrames === 0) {
      this.#stream.cork();
      process.nextTick(() => this.#flush());
    }
    this.#batchedFrames += 1;
    this.#webSocket.send(data);
  }

  #flush(): void {
    if (this.#batchedFrames === 0) return;
    this.#batchedFrames = 0;
    this.#stream.uncork();
  }

  #pingLater(): void {
    this.#cancelPing = this.#ports.clock.schedule(PING_MS, () => {
      if (this.#ports.clock.now() - this.#lastSeenAt > 2 * PING_MS) {
        this.terminate();
        return;
      }
      this.#webSocket.ping();
      this.#pingLater();
    });
  }
}

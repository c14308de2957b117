import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Faults of a connection. */
export type Fault =
  /** Both sockets are destroyed. */
  | 'kill'
  /** Bytes stop silently; both sockets stay open. */
  | 'freeze'
  /** The bytes are altered. */
  | 'garble'
  /** Half of the bytes arrive, then nothing more. */
  | 'cut';

/** `up`: from us to the gateway. `down`: from the gateway to us. */
export type Direction = 'up' | 'down';

interface Ambush {
  readonly direction: Direction;
  /** Waits for a chunk with this text. Frames of the client are masked, so only the server's can match. */
  readonly containing: string;
  readonly fault: Fault;
  readonly sprung: () => void;
}

/** Stands between a connection and its gateway, and does harm once, where it is told to. */
export class ChaosProxy {
  readonly #open = new Set<Socket>();
  readonly #target: number;
  #ambush: Ambush | undefined;
  url = '';

  private constructor(target: number) {
    this.#target = target;
  }

  static async start(target: number, atEnd: (end: () => void) => void = onTestFinished): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(target);
    const server = createServer((socket) => proxy.#carry(socket));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('not on a port');
    proxy.url = `ws://127.0.0.1:${String(address.port)}/ws`;
    atEnd(() => {
      for (const socket of proxy.#open) socket.destroy();
      server.close();
    });
    return proxy;
  }

  /** Resolves when it has happened. */
  ambush(direction: Direction, containing: string, fault: Fault): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ambush = { direction, containing, fault, sprung: resolve };
    return promise;
  }

  #carry(us: Socket): void {
    const gateway = connect(this.#target, '127.0.0.1');
    const pair = [us, gateway] as const;
    for (const socket of pair) {
      this.#open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#open.delete(socket);
        for (const other of pair) other.destroy();
      });
    }
    us.on('data', (chunk) => this.#pass('up', chunk, gateway, pair));
    gateway.on('data', (chunk) => this.#pass('down', chunk, us, pair));
  }

  #pass(direction: Direction, chunk: Buffer, to: Socket, pair: readonly Socket[]): void {
    const ambush = this.#ambush;
    if (ambush?.direction !== direction || !chunk.includes(ambush.containing)) {
      to.write(chunk);
      return;
    }
    this.#ambush = undefined;
    this.#harm(ambush.fault, chunk, to, pair);
    ambush.sprung();
  }

  #harm(fault: Fault, chunk: Buffer, to: Socket, pair: readonly Socket[]): void {
    switch (fault) {
      case 'kill':
        for (const socket of pair) socket.resetAndDestroy();
        break;
      case 'cut':
        to.write(chunk.subarray(0, chunk.length / 2));
        for (const socket of pair) socket.pause();
        break;
      case 'freeze':
        for (const socket of pair) socket.pause();
        break;
      case 'garble':
        to.write(chunk.map((byte, index) => byte ^ ((index * 37 + 91) & 0xff)));
        break;
      default:
        fault satisfies never;
    }
  }
}

import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { InheritedPipes, PipeEnds, PipeListeners } from '../spawner.ts';

/** Where the ends of standard input, output and error of a gateway stand in the process that inherits them. */
const FIRST_DESCRIPTOR = 3;

/** Our ends of a child's pipes: read on here until another process has them. */
export class NodePipeEnds implements PipeEnds {
  readonly #stdin: Writable | null;
  readonly #stdout: Readable;
  readonly #stderr: Readable;

  constructor(stdin: Writable | null, stdout: Readable, stderr: Readable) {
    this.#stdin = stdin;
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  /** In the order of their descriptors. */
  get stdio(): readonly ('ignore' | Writable | Readable)[] {
    return [this.#stdin ?? 'ignore', this.#stdout, this.#stderr];
  }

  release(): void {
    for (const end of [this.#stdin, this.#stdout, this.#stderr]) end?.destroy();
  }
}

/** Reads a pipe by its descriptor. A pipe that cannot be opened counts as ended. */
function read(descriptor: number, onChunk: (chunk: Uint8Array) => void, onEnd: () => void): () => void {
  let socket: Socket;
  try {
    socket = new Socket({ fd: descriptor, readable: true, writable: false });
  } catch {
    queueMicrotask(onEnd);
    return () => undefined;
  }
  socket.on('data', onChunk);
  socket.on('error', () => undefined);
  socket.once('close', onEnd);
  return () => socket.destroy();
}

/** Takes up the pipes that the process before us left in our descriptors. To be called once. */
export function inheritPipes(listeners: PipeListeners): InheritedPipes {
  const [stdin, stdout, stderr] = [FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + 1, FIRST_DESCRIPTOR + 2];
  let open = 2;
  let lifelineHeld = true;
  const ended = () => {
    open -= 1;
    if (open === 0) listeners.drained();
  };
  const stop = [
    read(stdout, (chunk) => listeners.output('stdout', chunk), ended),
    read(stderr, (chunk) => listeners.output('stderr', chunk), ended),
  ];
  return {
    releaseLifeline: () => {
      if (!lifelineHeld) return;
      lifelineHeld = false;
      closeSync(stdin);
    },
    abandonOutput: () => {
      for (const end of stop) end();
    },
  };
}

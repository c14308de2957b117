import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy between a client and a gateway whose connections can be broken. */
export interface CutLine {
  readonly port: number;
  /** Destroys all open connections. New ones pass again, unless `hold` is set. */
  cut(hold?: boolean): void;
  /** Lets new connections pass again after `cut(true)`. */
  restore(): void;
  close(): Promise<void>;
}

export async function openCutLine(target: number): Promise<CutLine> {
  const ends = new Set<Socket>();
  const keep = (socket: Socket): void => {
    ends.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => ends.delete(socket));
  };
  let held = false;
  const server = createServer((near) => {
    if (held) {
      near.destroy();
      return;
    }
    const far = connect(target, '127.0.0.1');
    for (const socket of [near, far]) keep(socket);
    near.pipe(far).pipe(near);
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the line has no port');
  const cut = (hold = false): void => {
    held = hold;
    for (const socket of ends) socket.destroy();
  };
  return {
    port: address.port,
    cut,
    restore: () => {
      held = false;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}

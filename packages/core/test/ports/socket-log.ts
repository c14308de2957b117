import type { CloseInfo, Socket, SocketFactory } from '../../src/ports/sockets.ts';

/** Opens a socket and records its events, in order. */
export class SocketLog {
  readonly reported: string[] = [];
  readonly texts: string[] = [];
  readonly socket: Socket;
  readonly opened: Promise<void>;
  readonly ended: Promise<CloseInfo>;
  #waiting: (() => void)[] = [];

  constructor(factory: SocketFactory, url: string, maxPayload = 1_000_000) {
    const opened = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<CloseInfo>();
    this.opened = opened.promise;
    this.ended = ended.promise;
    const tell = (what: string) => {
      this.reported.push(what);
      for (const look of this.#waiting) look();
    };
    this.socket = factory.open(
      url,
      { maxPayload },
      {
        opened: () => {
          tell('opened');
          opened.resolve();
        },
        text: (text) => {
          this.texts.push(text);
          tell('text');
        },
        binary: (bytes) => tell(`binary ${String(bytes)}`),
        pong: () => tell('beat'),
        closed: (end) => {
          tell('ended');
          ended.resolve(end);
        },
      },
    );
    expectNothingYet(this.reported);
  }

  /** Resolves once this has been told. */
  async hears(what: string): Promise<void> {
    if (this.reported.includes(what)) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(() => {
        if (this.reported.includes(what)) resolve();
      });
    });
  }
}

function expectNothingYet(reported: readonly string[]): void {
  if (reported.length > 0) throw new Error(`told ${reported.join()} before open() returned`);
}

import type { CloseInfo, OpenConnection, PeerVerifier, SocketHandlers } from '../ports/sockets.ts';

export interface VerifyingDeps {
  readonly handlers: SocketHandlers;
  readonly verifyPeer: PeerVerifier;
  readonly connection: Omit<OpenConnection, 'isOpen'>;
  readonly terminate: () => void;
}

const brokenOff: CloseInfo = { code: 1006, reason: '' };

/** Keeps what a simulated peer sends until it is verified: a simulated socket opens with the first frame already on its way. */
export class VerifyingHandlers implements SocketHandlers {
  readonly #deps: VerifyingDeps;
  /** Events to deliver once the peer is verified; `undefined`: events are delivered at once. */
  #buffered: (() => void)[] | undefined = [];
  #isClosed = false;
  #end = brokenOff;

  constructor(deps: VerifyingDeps) {
    this.#deps = deps;
  }

  opened(): void {
    const { verifyPeer, handlers, connection } = this.#deps;
    void verifyPeer({ ...connection, isOpen: () => !this.#isClosed }).then(
      (problem) => {
        if (this.#isClosed) return;
        if (problem === undefined) {
          const buffered = this.#buffered ?? [];
          this.#buffered = undefined;
          handlers.opened();
          for (const deliver of buffered) if (!this.#isClosed) deliver();
          return;
        }
        this.#end = { ...brokenOff, failure: { kind: 'untrusted-peer', message: problem.detail, problem } };
        this.#deps.terminate();
      },
      () => this.#deps.terminate(),
    );
  }

  text(text: string): void {
    this.#forward(() => this.#deps.handlers.text(text));
  }

  binary(bytes: number, data: Uint8Array): void {
    this.#forward(() => this.#deps.handlers.binary(bytes, data));
  }

  pong(): void {
    this.#forward(() => this.#deps.handlers.pong());
  }

  closed(info: CloseInfo): void {
    this.#isClosed = true;
    this.#deps.handlers.closed(this.#end.failure === undefined ? info : this.#end);
  }

  #forward(deliver: () => void): void {
    if (this.#buffered === undefined) deliver();
    else this.#buffered.push(deliver);
  }
}

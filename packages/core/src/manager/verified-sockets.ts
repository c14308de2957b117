import type { CloseInfo, SocketFactory, SocketHandlers } from '../ports/sockets.ts';

/** Decides whether the peer of an open socket is trusted. */
export type PeerVerifier = (localPort: number | undefined) => boolean | Promise<boolean>;

/** Bounds of what a peer may send while it is being verified; it is delivered afterwards. */
const MAX_BUFFERED_EVENTS = 256;
const MAX_BUFFERED_LENGTH = 1024 * 1024;

class VerifyingHandlers implements SocketHandlers {
  readonly #handlers: SocketHandlers;
  readonly #verify: PeerVerifier;
  readonly #terminate: () => void;
  /** Events to deliver once the peer is verified; `undefined`: events are delivered at once. */
  #buffered: (() => void)[] | undefined;
  #bufferedLength = 0;
  #isClosed = false;

  constructor(handlers: SocketHandlers, verify: PeerVerifier, terminate: () => void) {
    this.#handlers = handlers;
    this.#verify = verify;
    this.#terminate = terminate;
  }

  opened(localPort?: number): void {
    const answer = this.#verify(localPort);
    if (answer === true) {
      this.#handlers.opened(localPort);
      return;
    }
    this.#buffered = [() => this.#handlers.opened(localPort)];
    void Promise.resolve(answer).then(
      (isVerified) => (isVerified ? this.#release() : this.#reject()),
      () => this.#reject(),
    );
  }

  text(text: string): void {
    this.#forward(() => this.#handlers.text(text), text.length);
  }

  binary(bytes: number): void {
    this.#forward(() => this.#handlers.binary(bytes));
  }

  pong(): void {
    this.#forward(() => this.#handlers.pong());
  }

  closed(info: CloseInfo): void {
    this.#isClosed = true;
    this.#handlers.closed(info);
  }

  #release(): void {
    if (this.#isClosed) return;
    const buffered = this.#buffered ?? [];
    this.#buffered = undefined;
    for (const deliver of buffered) if (!this.#isClosed) deliver();
  }

  #reject(): void {
    this.#isClosed = true;
    this.#buffered = [];
    this.#terminate();
  }

  #forward(deliver: () => void, length = 0): void {
    if (this.#buffered === undefined) {
      deliver();
      return;
    }
    if (this.#isClosed) return;
    this.#bufferedLength += length;
    if (this.#buffered.length < MAX_BUFFERED_EVENTS && this.#bufferedLength <= MAX_BUFFERED_LENGTH)
      this.#buffered.push(deliver);
    else this.#reject();
  }
}

/** Wraps a socket factory: a socket counts as open only once its peer is verified, so nothing is sent to an unknown peer. */
export function verifiedSockets(sockets: SocketFactory, verify: PeerVerifier): SocketFactory {
  return {
    open: (url, options, handlers) => {
      const socket = sockets.open(url, options, new VerifyingHandlers(handlers, verify, () => socket.terminate()));
      return socket;
    },
  };
}

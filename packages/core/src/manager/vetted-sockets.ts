import type { SocketFactory, SocketHandlers } from '../ports/sockets.ts';

/** Whether the other side of an open socket may be spoken with. */
export type Admission = (localPort: number | undefined) => boolean | Promise<boolean>;

/** A peer may speak first; what it says while it is looked at is kept, within these bounds. */
const MAX_HELD = 256;
const MAX_HELD_LENGTH = 1024 * 1024;

class Vetting implements SocketHandlers {
  readonly #handlers: SocketHandlers;
  readonly #admit: Admission;
  readonly #refuse: () => void;
  /** Told later; `undefined`: nothing is held back. */
  #held: (() => void)[] | undefined;
  #heldLength = 0;
  #isOver = false;

  constructor(handlers: SocketHandlers, admit: Admission, refuse: () => void) {
    this.#handlers = handlers;
    this.#admit = admit;
    this.#refuse = refuse;
  }

  opened(localPort?: number): void {
    const answer = this.#admit(localPort);
    if (answer === true) {
      this.#handlers.opened(localPort);
      return;
    }
    this.#held = [() => this.#handlers.opened(localPort)];
    void Promise.resolve(answer).then(
      (isAdmitted) => (isAdmitted ? this.#release() : this.#hangUp()),
      () => this.#hangUp(),
    );
  }

  text(text: string): void {
    this.#tell(() => this.#handlers.text(text), text.length);
  }

  binary(bytes: number): void {
    this.#tell(() => this.#handlers.binary(bytes));
  }

  beat(): void {
    this.#tell(() => this.#handlers.beat());
  }

  ended(end: Parameters<SocketHandlers['ended']>[0]): void {
    this.#isOver = true;
    this.#handlers.ended(end);
  }

  #release(): void {
    if (this.#isOver) return;
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const tell of held) if (!this.#isOver) tell();
  }

  #hangUp(): void {
    this.#isOver = true;
    this.#held = [];
    this.#refuse();
  }

  #tell(tell: () => void, length = 0): void {
    if (this.#held === undefined) {
      tell();
      return;
    }
    if (this.#isOver) return;
    this.#heldLength += length;
    if (this.#held.length < MAX_HELD && this.#heldLength <= MAX_HELD_LENGTH) this.#held.push(tell);
    else this.#hangUp();
  }
}

/** Sockets on which nothing is said before it is known that the other side may hear it. */
export function vettedSockets(sockets: SocketFactory, admit: Admission): SocketFactory {
  return {
    open: (url, options, handlers) => {
      const socket = sockets.open(url, options, new Vetting(handlers, admit, () => socket.terminate()));
      return socket;
    },
  };
}

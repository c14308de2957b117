import { looksLikeOpenClaw } from '../jsonrpc/session.ts';
import type { Announcement, Session, ShutdownNotice, ShutdownReason } from './session.ts';

/** Greets like OpenClaw, then switches to the dialect of the first frame of the client. */
export class DialectDetectingSession implements Session {
  #session: Session;
  readonly #createJsonRpc: () => Session;
  #detected = false;

  constructor(openClaw: Session, createJsonRpc: () => Session) {
    this.#session = openClaw;
    this.#createJsonRpc = createJsonRpc;
  }

  shutdownNotice(reason: ShutdownReason): ShutdownNotice {
    return this.#session.shutdownNotice(reason);
  }

  receive(frame: string): void {
    if (!this.#detected) {
      this.#detected = true;
      if (!looksLikeOpenClaw(frame)) {
        this.#session.closed();
        this.#session = this.#createJsonRpc();
      }
    }
    this.#session.receive(frame);
  }

  receiveBinary(): void {
    this.#session.receiveBinary();
  }

  announce(announcement: Announcement): void {
    this.#session.announce(announcement);
  }

  closed(): void {
    this.#session.closed();
  }
}

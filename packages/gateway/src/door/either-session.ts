import type { Announcement } from '../announcement.ts';
import { looksLikeOpenClaw } from '../jsonrpc/session.ts';
import type { Session } from './session.ts';

/** Greets as OpenClaw does, and becomes what the first frame of the client asks for. */
export class EitherSession implements Session {
  #session: Session;
  readonly #becomeJsonRpc: () => Session;
  #decided = false;

  constructor(openClaw: Session, becomeJsonRpc: () => Session) {
    this.#session = openClaw;
    this.#becomeJsonRpc = becomeJsonRpc;
  }

  get farewell(): { readonly code: number; readonly reason: string } {
    return this.#session.farewell;
  }

  receive(frame: string): void {
    if (!this.#decided) {
      this.#decided = true;
      if (!looksLikeOpenClaw(frame)) {
        this.#session.closed();
        this.#session = this.#becomeJsonRpc();
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

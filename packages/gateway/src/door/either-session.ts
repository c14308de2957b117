import type { Announcement, LeavingReason } from '../announcement.ts';
import { looksLikeOpenClaw } from '../jsonrpc/session.ts';
import type { Farewell, Session } from './session.ts';

/** Greets as OpenClaw does, and becomes what the first frame of the client asks for. */
export class EitherSession implements Session {
  #session: Session;
  readonly #becomeJsonRpc: () => Session;
  #decided = false;

  constructor(openClaw: Session, becomeJsonRpc: () => Session) {
    this.#session = openClaw;
    this.#becomeJsonRpc = becomeJsonRpc;
  }

  farewell(reason: LeavingReason): Farewell {
    return this.#session.farewell(reason);
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

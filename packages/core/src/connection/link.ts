import type { Handshake, HandshakeStep } from '../dialect/dialect.ts';
import type { Refusal } from '../dialect/refusal.ts';
import type { Session } from '../dialect/session.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { Socket, SocketEnd, SocketFactory } from '../ports/sockets.ts';

export interface LinkListener {
  opened(): void;
  accepted(session: Session): void;
  refused(refusal: Refusal): void;
  /** The socket has ended, for whatever reason but our own. */
  ended(end: SocketEnd): void;
  /** A frame for the session. */
  frame(text: string): void;
  /** A sign of life without content. */
  beat(): void;
}

export interface LinkPlan {
  readonly url: string;
  readonly handshake: Handshake;
  readonly factory: SocketFactory;
  readonly clock: Clock;
  /** Largest inbound message, bytes. */
  readonly maxPayload: number;
}

/** A peer may announce things before it has accepted us; what is announced is kept, within these bounds. */
const MAX_HELD_FRAMES = 256;
const MAX_HELD_LENGTH = 1024 * 1024;
/** How long a peer may take to say goodbye. */
const CLOSE_GRACE_MS = 250;

type Phase = 'handshake' | 'holding' | 'session' | 'over';

/** One socket from dialling to its end, with the handshake at its beginning. */
export class Link {
  readonly #listener: LinkListener;
  readonly #clock: Clock;
  readonly #handshake: Handshake;
  readonly #socket: Socket;
  readonly #gone: PromiseWithResolvers<void> = Promise.withResolvers();
  #phase: Phase = 'handshake';
  #held: string[] = [];
  #heldLength = 0;
  #cancelTimer: Cancel | undefined;

  /** @throws whatever the factory throws for an address it cannot use. */
  constructor(plan: LinkPlan, listener: LinkListener) {
    this.#listener = listener;
    this.#clock = plan.clock;
    this.#handshake = plan.handshake;
    this.#socket = plan.factory.open(
      plan.url,
      { maxPayload: plan.maxPayload },
      {
        opened: () => {
          if (this.#phase !== 'handshake') return;
          this.#listener.opened();
          this.#follow(this.#handshake.begin());
        },
        text: (text) => this.#receive(text),
        binary: () => this.#listener.beat(),
        beat: () => this.#listener.beat(),
        ended: (end) => {
          const wasOurs = this.#phase === 'over';
          this.#finish();
          this.#gone.resolve();
          if (!wasOurs) this.#listener.ended(end);
        },
      },
    );
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** Resolves when the socket has ended. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Hands over what came before the session began; from now on frames go straight through. */
  release(): void {
    if (this.#phase !== 'holding') return;
    this.#phase = 'session';
    for (const text of this.#held.splice(0)) {
      if (this.#phase === 'session') this.#listener.frame(text);
    }
  }

  /** Our own end of it: the listener hears nothing more. */
  end(how: 'close' | 'terminate'): void {
    if (this.#phase === 'over') {
      if (how === 'terminate') this.#socket.terminate();
      return;
    }
    this.#finish();
    if (how === 'terminate') return this.#socket.terminate();
    this.#socket.close(1000, '');
    this.#cancelTimer = this.#clock.schedule(CLOSE_GRACE_MS, () => this.#socket.terminate());
    void this.#gone.promise.then(() => this.#cancelTimer?.());
  }

  #finish(): void {
    this.#phase = 'over';
    this.#held = [];
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #receive(text: string): void {
    switch (this.#phase) {
      case 'session':
        return this.#listener.frame(text);
      case 'handshake':
        this.#listener.beat();
        this.#cancelTimer?.();
        this.#cancelTimer = undefined;
        return this.#follow(this.#handshake.receive(text), text);
      case 'holding':
        return this.#hold(text);
      case 'over':
        return;
      default:
        return this.#phase satisfies never;
    }
  }

  #follow(step: HandshakeStep, frame?: string): void {
    switch (step.kind) {
      case 'wait':
        if (step.send !== undefined) this.#socket.send(step.send);
        if (step.silenceMs !== undefined) this.#awaitSilence(step.silenceMs);
        return;
      case 'aside':
        if (step.send !== undefined) this.#socket.send(step.send);
        if (frame !== undefined) this.#hold(frame);
        return;
      case 'accepted':
        this.#phase = 'holding';
        return this.#listener.accepted(step.session);
      case 'refused':
        return this.#listener.refused(step.refusal);
      default:
        return step satisfies never;
    }
  }

  #awaitSilence(silenceMs: number): void {
    this.#cancelTimer = this.#clock.schedule(silenceMs, () => {
      this.#cancelTimer = undefined;
      if (this.#phase === 'handshake') this.#follow(this.#handshake.silent());
    });
  }

  #hold(text: string): void {
    this.#heldLength += text.length;
    if (this.#held.length < MAX_HELD_FRAMES && this.#heldLength <= MAX_HELD_LENGTH) {
      this.#held.push(text);
      return;
    }
    this.#listener.refused({ kind: 'garbled', detail: 'it sends without end before it has accepted us' });
  }
}

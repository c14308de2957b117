import type { Handshake, HandshakeStep } from '../dialect/dialect.ts';
import type { Refusal } from '../dialect/refusal.ts';
import type { Session } from '../dialect/session.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { CloseInfo, Socket, SocketFactory } from '../ports/sockets.ts';

export interface LinkListener {
  opened(): void;
  /** It knows now who we are, and may take so long to answer. */
  introduced(answerWithinMs: number): void;
  accepted(session: Session, deviceToken: string | undefined): void;
  refused(refusal: Refusal): void;
  /** The socket has ended, for whatever reason but our own. */
  ended(end: CloseInfo): void;
  /** A text frame for the session. */
  frame(text: string): void;
  /** A binary frame, which no dialect has a use for. */
  binary(bytes: number): void;
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

type Phase = 'dialling' | 'handshake' | 'holding' | 'session' | 'over';

/** One socket from dialling to its end, with the handshake at its beginning. */
export class Link {
  readonly #listener: LinkListener;
  readonly #clock: Clock;
  readonly #handshake: Handshake;
  readonly #socket: Socket;
  readonly #gone: PromiseWithResolvers<void> = Promise.withResolvers();
  #phase: Phase = 'dialling';
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
          if (this.#phase !== 'dialling') return;
          this.#phase = 'handshake';
          this.#listener.opened();
          this.#follow(this.#handshake.begin());
        },
        text: (text) => this.#receive(text),
        binary: (bytes) => this.#listener.binary(bytes),
        pong: () => this.#listener.beat(),
        closed: (end) => {
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

  /** It opened, and what answers has not let us in. */
  get isUnanswered(): boolean {
    return this.#phase === 'handshake';
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
    if (this.#phase === 'over' && how === 'close') return;
    this.#finish();
    if (how === 'terminate') {
      this.#socket.terminate();
      return;
    }
    this.#socket.close(1000, '');
    this.#cancelTimer = this.#clock.schedule(CLOSE_GRACE_MS, () => this.#socket.terminate());
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
        this.#listener.frame(text);
        break;
      case 'handshake':
        this.#listener.beat();
        this.#cancelTimer?.();
        this.#cancelTimer = undefined;
        this.#follow(this.#handshake.receive(text), text);
        break;
      case 'holding':
        this.#hold(text);
        break;
      case 'dialling':
      case 'over':
        break;
      default:
        this.#phase satisfies never;
    }
  }

  #follow(step: HandshakeStep, frame?: string): void {
    switch (step.kind) {
      case 'wait':
      case 'queue':
        if (step.send !== undefined) this.#socket.send(step.send);
        if (step.answerWithinMs !== undefined) this.#listener.introduced(step.answerWithinMs);
        if (step.silenceMs !== undefined) this.#awaitSilence(step.silenceMs);
        if (step.kind === 'queue' && frame !== undefined) this.#hold(frame);
        break;
      case 'async':
        void step.step.then((next) => {
          if (this.#phase === 'handshake') this.#follow(next);
        });
        break;
      case 'accepted':
        this.#phase = 'holding';
        this.#listener.accepted(step.session, step.deviceToken);
        break;
      case 'refused':
        this.#listener.refused(step.refusal);
        break;
      default:
        step satisfies never;
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
    this.#listener.refused({ kind: 'invalid-frame', detail: 'it sends without end before it has accepted us' });
  }
}

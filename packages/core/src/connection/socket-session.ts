import type { Handshake, HandshakeStep } from '../dialect/dialect.ts';
import type { Refusal } from '../dialect/refusal.ts';
import type { Session } from '../dialect/session.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { CloseInfo, Socket, SocketFactory, SocketOptions } from '../ports/sockets.ts';
import { jsonTextIn } from './binary-json.ts';
import { cleanSession } from './redact-peer.ts';
import type { DisconnectInfo } from './state.ts';

/** What an attempt to connect reports, from the open socket to the end of the session. */
export interface ConnectionListener {
  opened(generation: number): void;
  /** The peer has our credentials, and may take so long to answer. */
  credentialsSent(generation: number, answerWithinMs: number): void;
  accepted(generation: number, session: Session): void;
  failed(generation: number, info: DisconnectInfo): void;
  /** A binary frame that is no JSON, which no dialect has a use for. */
  binary(bytes: number): void;
  /** A peer that was reported unresponsive has sent something. */
  responsive(): void;
}

/** Judges the peer's answers to one attempt. */
export interface AttemptJudge {
  /** Returns a failure if the session is to be replaced at once by a better one. */
  accepted(session: Session, deviceToken: string | undefined): DisconnectInfo | undefined;
  refused(refusal: Refusal): DisconnectInfo;
  /** The socket has closed, for any reason but our own. */
  closed(close: CloseInfo): DisconnectInfo;
}

export interface SocketSessionOptions {
  readonly generation: number;
  readonly url: string;
  readonly handshake: Handshake;
  readonly factory: SocketFactory;
  readonly socket: SocketOptions;
  readonly clock: Clock;
  readonly judge: AttemptJudge;
  /** Takes the text frames of the session. */
  readonly receiver: { receive(text: string): void };
}

/** A peer may send notifications before it has accepted us; they are queued, within these bounds. */
const MAX_QUEUED_FRAMES = 256;
const MAX_QUEUED_LENGTH = 1024 * 1024;
/** How long a peer may take to answer our close frame. */
const CLOSE_GRACE_MS = 250;

/** `unresponsive`: a session whose peer was reported unresponsive, until its next frame. */
type Phase = 'connecting' | 'handshake' | 'queueing' | 'session' | 'unresponsive' | 'over';

/** One socket from opening to close, including the handshake. Calls no listener after `end`. */
export class SocketSession {
  readonly #listener: ConnectionListener;
  readonly #judge: AttemptJudge;
  readonly #receiver: SocketSessionOptions['receiver'];
  readonly #generation: number;
  readonly #clock: Clock;
  readonly #handshake: Handshake;
  readonly #socket: Socket;
  readonly #gone: PromiseWithResolvers<void> = Promise.withResolvers();
  #phase: Phase = 'connecting';
  #queued: string[] = [];
  #queuedLength = 0;
  #lastFrameAt: number;
  #nextFrame: PromiseWithResolvers<void> | undefined;
  #cancelTimer: Cancel | undefined;

  /** @throws the error of the factory for an address that it cannot use. */
  constructor(options: SocketSessionOptions, listener: ConnectionListener) {
    this.#listener = listener;
    this.#judge = options.judge;
    this.#receiver = options.receiver;
    this.#generation = options.generation;
    this.#clock = options.clock;
    this.#lastFrameAt = options.clock.now();
    this.#handshake = options.handshake;
    this.#socket = options.factory.open(options.url, options.socket, {
      opened: () => {
        if (this.#phase !== 'connecting') return;
        this.#phase = 'handshake';
        this.#listener.opened(this.#generation);
        this.#perform(this.#handshake.begin());
      },
      text: (text) => this.#receive(text),
      binary: (bytes, data) => {
        if (this.#phase === 'over') return;
        const text = jsonTextIn(data);
        if (text !== undefined) return this.#receive(text);
        this.#noteFrame();
        this.#listener.binary(bytes);
      },
      pong: () => this.#noteFrame(),
      closed: (close) => {
        const wasOurs = this.#phase === 'over';
        this.#finish();
        this.#gone.resolve();
        if (!wasOurs) this.#listener.failed(this.#generation, this.#judge.closed(close));
      },
    });
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** When the peer last sent anything, monotonic ms. The start of the session counts too. */
  get lastFrameAt(): number {
    return this.#lastFrameAt;
  }

  /** Whether the socket has opened, and the peer has not accepted us yet. */
  get isUnanswered(): boolean {
    return this.#phase === 'handshake';
  }

  /** Resolves when the socket has ended. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Delivers the frames that came before the session began; from now on frames are delivered as they come. */
  release(): void {
    if (this.#phase !== 'queueing') return;
    this.#phase = 'session';
    for (const text of this.#queued.splice(0)) {
      if (this.#phase === 'session') this.#deliver(text);
    }
  }

  /** Resolves when the peer sends anything; never, if this session ends first. */
  nextFrame(): Promise<void> {
    this.#nextFrame ??= Promise.withResolvers();
    return this.#nextFrame.promise;
  }

  /** The peer was reported unresponsive: reports its next frame. */
  expectFrame(): void {
    if (this.#phase === 'session') this.#phase = 'unresponsive';
  }

  /** Closes the socket ourselves: the listener is called no more. */
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
    this.#queued = [];
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #deliver(text: string): void {
    this.#noteFrame();
    this.#receiver.receive(text);
  }

  /** Only a sign of life that nobody expected any more is reported; the others are seen at the next check. */
  #noteFrame(): void {
    this.#lastFrameAt = this.#clock.now();
    this.#nextFrame?.resolve();
    this.#nextFrame = undefined;
    if (this.#phase !== 'unresponsive') return;
    this.#phase = 'session';
    this.#listener.responsive();
  }

  #receive(text: string): void {
    switch (this.#phase) {
      case 'session':
      case 'unresponsive':
        this.#deliver(text);
        break;
      case 'handshake':
        this.#cancelTimer?.();
        this.#cancelTimer = undefined;
        this.#perform(this.#handshake.receive(text), text);
        break;
      case 'queueing':
        this.#enqueue(text);
        break;
      case 'connecting':
      case 'over':
        break;
      default:
        this.#phase satisfies never;
    }
  }

  #perform(step: HandshakeStep, frame?: string): void {
    switch (step.kind) {
      case 'wait':
      case 'queue':
        if (step.send !== undefined) this.#socket.send(step.send);
        if (step.answerWithinMs !== undefined) this.#listener.credentialsSent(this.#generation, step.answerWithinMs);
        if (step.silenceMs !== undefined) this.#awaitSilence(step.silenceMs);
        if (step.kind === 'queue' && frame !== undefined) this.#enqueue(frame);
        break;
      case 'async':
        void step.step.then((next) => {
          if (this.#phase === 'handshake') this.#perform(next);
        });
        break;
      case 'accepted':
        this.#phase = 'queueing';
        this.#lastFrameAt = this.#clock.now();
        if (step.queues === true && frame !== undefined) this.#enqueue(frame);
        this.#accept(step.session, step.deviceToken);
        break;
      case 'refused':
        this.#refuse(step.refusal);
        break;
      default:
        step satisfies never;
    }
  }

  #accept(raw: Session, deviceToken: string | undefined): void {
    const session = cleanSession(raw);
    const failed = this.#judge.accepted(session, deviceToken);
    if (failed === undefined) this.#listener.accepted(this.#generation, session);
    else this.#listener.failed(this.#generation, failed);
  }

  #refuse(refusal: Refusal): void {
    this.#listener.failed(this.#generation, this.#judge.refused(refusal));
  }

  #awaitSilence(silenceMs: number): void {
    this.#cancelTimer = this.#clock.schedule(silenceMs, () => {
      this.#cancelTimer = undefined;
      if (this.#phase === 'handshake') this.#perform(this.#handshake.silent());
    });
  }

  #enqueue(text: string): void {
    this.#queuedLength += text.length;
    if (this.#queued.length < MAX_QUEUED_FRAMES && this.#queuedLength <= MAX_QUEUED_LENGTH) {
      this.#queued.push(text);
      return;
    }
    this.#refuse({ kind: 'invalid-frame', detail: 'it sends without end before it has accepted us' });
  }
}

import type { CloseInfo, Socket, SocketFailure, SocketHandlers, SocketOptions } from '../ports/sockets.ts';
import type { SimulatedClock } from './simulated-clock.ts';
import type { LostWay, Reachability, SimulatedPeer } from './simulated-peer.ts';

export interface LineDeps {
  readonly clock: SimulatedClock;
  readonly options: SocketOptions;
  readonly handlers: SocketHandlers;
  readonly delay: () => number;
  readonly bytesPerMs: () => number;
  readonly isFrozen: () => boolean;
  readonly ended: () => void;
}

const brokenOff: CloseInfo = { code: 1006, reason: '' };

function failed(failure: SocketFailure): CloseInfo {
  return { ...brokenOff, failure };
}

type Stage = 'dialling' | 'open' | 'closing' | 'over';

/** A simulated connection with both its ends. */
export class SimulatedLine implements Socket {
  readonly #deps: LineDeps;
  readonly peer: SimulatedPeer;
  #stage: Stage = 'dialling';
  #lost: LostWay | undefined;
  #ignoresClose = false;
  #peerIsOpen = false;
  #buffered = 0;
  #lastToPeer = 0;
  #lastToUs = 0;
  #onText: (text: string) => void = () => undefined;
  #onEnd: () => void = () => undefined;
  /** Events that arrived while the program was frozen. */
  readonly #unread: (() => void)[] = [];

  constructor(number: number, deps: LineDeps) {
    this.#deps = deps;
    const isOpen = () => this.#peerIsOpen;
    this.peer = {
      number,
      get isOpen() {
        return isOpen();
      },
      send: (text) => this.#toUs(() => this.#receive(text)),
      sendBinary: (content) => {
        const data = typeof content === 'number' ? new Uint8Array(content) : new TextEncoder().encode(content);
        this.#toUs(() => deps.handlers.binary(data.byteLength, data));
      },
      close: (code, reason) => this.#peerCloses(code, reason),
      reset: () => {
        this.#peerGone();
        if (this.#reaches('to-us')) this.#deps.clock.happen(deps.delay(), () => this.#end(brokenOff));
      },
      loseSilently: (way = 'both') => {
        this.#lost = this.#lost === undefined || this.#lost === way ? way : 'both';
      },
      ignoreClose: () => {
        this.#ignoresClose = true;
      },
      onText: (listener) => {
        this.#onText = listener;
      },
      onEnd: (listener) => {
        this.#onEnd = listener;
      },
    };
  }

  dial(reachability: Reachability, accept: () => void): void {
    const { clock, delay } = this.#deps;
    const after = delay();
    switch (reachability) {
      case 'refused':
        clock.happen(after, () => this.#end(failed({ kind: 'refused', message: 'connect ECONNREFUSED' })));
        break;
      case 'not-websocket':
        clock.happen(after, () => {
          this.#end(failed({ kind: 'not-websocket', message: 'Unexpected server response: 200', status: 200 }));
        });
        break;
      case 'open':
        // Through the system's backlog: a stopped program accepts once it runs again.
        clock.happen(after, () => this.#atPeer(() => this.#accepted(accept)));
        break;
      case 'unanswered':
        break;
      default:
        reachability satisfies never;
    }
  }

  get bufferedAmount(): number {
    return this.#buffered;
  }

  send(text: string): void {
    if (this.#stage !== 'open') return;
    this.#buffered += text.length;
    this.#toPeer(text.length, () => {
      this.#buffered -= text.length;
      if (this.#peerIsOpen) this.#onText(text);
    });
  }

  ping(): void {
    if (this.#stage === 'open') this.#toPeer(0, () => this.#toUs(() => this.#deps.handlers.pong()));
  }

  close(): void {
    if (this.#stage !== 'open') {
      this.terminate();
      return;
    }
    this.#stage = 'closing';
    this.#toPeer(0, () => {
      if (this.#ignoresClose) return;
      this.#peerGone();
      this.#deps.clock.happen(this.#deps.delay(), () => this.#end({ code: 1000, reason: '' }));
    });
  }

  terminate(): void {
    if (this.#stage === 'over') return;
    this.#stage = 'over';
    this.#deps.ended();
    this.#deps.clock.happen(0, () => this.#deps.handlers.closed(brokenOff));
    if (this.#reaches('to-peer')) this.#deps.clock.happen(this.#deps.delay(), () => this.#peerGone());
  }

  /** The program at the other end runs again. */
  thaw(): void {
    for (const act of this.#unread.splice(0)) this.#atPeer(act);
  }

  #accepted(accept: () => void): void {
    if (this.#stage !== 'dialling') return;
    this.#peerIsOpen = true;
    this.#toUs(() => {
      this.#stage = 'open';
      this.#deps.handlers.opened();
    });
    accept();
  }

  #peerCloses(code: number, reason: string): void {
    if (!this.#peerIsOpen) return;
    this.#toUs(() => this.#end({ code, reason }));
    this.#peerGone();
  }

  #receive(text: string): void {
    const { options, handlers } = this.#deps;
    if (text.length <= options.maxPayload) handlers.text(text);
    else this.#end({ code: 1009, reason: '', failure: { kind: 'too-large', message: 'Max payload size exceeded' } });
  }

  #toPeer(bytes: number, act: () => void): void {
    const { clock, delay, bytesPerMs } = this.#deps;
    const earliest = Math.max(clock.now() + delay(), this.#lastToPeer);
    this.#lastToPeer = earliest + bytes / bytesPerMs();
    clock.happen(this.#lastToPeer - clock.now(), () => {
      if (this.#reaches('to-peer')) this.#atPeer(act);
    });
  }

  #reaches(way: Exclude<LostWay, 'both'>): boolean {
    return this.#lost !== 'both' && this.#lost !== way;
  }

  #atPeer(act: () => void): void {
    if (this.#deps.isFrozen()) this.#unread.push(act);
    else act();
  }

  #toUs(act: () => void): void {
    if (!this.#peerIsOpen) return;
    const { clock, delay } = this.#deps;
    this.#lastToUs = Math.max(clock.now() + delay(), this.#lastToUs);
    clock.happen(this.#lastToUs - clock.now(), () => {
      const hears = this.#stage === 'open' || this.#stage === 'closing' || this.#stage === 'dialling';
      if (this.#reaches('to-us') && hears) act();
    });
  }

  #peerGone(): void {
    if (!this.#peerIsOpen) return;
    this.#peerIsOpen = false;
    this.#onEnd();
  }

  #end(end: CloseInfo): void {
    if (this.#stage === 'over') return;
    this.#stage = 'over';
    this.#peerGone();
    this.#deps.ended();
    this.#deps.handlers.closed(end);
  }
}

import { describeProblem } from '@deskclaw/protocol';
import { startHandshake } from '../dialect/auto.ts';
import type { Credentials, ShutdownNotice } from '../dialect/dialect.ts';
import { operatorScopes } from '../dialect/openclaw.ts';
import type { Refusal } from '../dialect/refusal.ts';
import type { DialectName, Session } from '../dialect/session.ts';
import type { Clock } from '../ports/clock.ts';
import type { Socket, SocketEnd } from '../ports/sockets.ts';
import { type EndContext, judgeEnd, judgeRefusal } from './close-policy.ts';
import { Link } from './link.ts';
import { defaultClient, displayAddress, type GatewayConnectionOptions, maxPayloadOf, readCredentials } from './options.ts';
import type { ConnectionEnd, ConnectionFailure } from './state.ts';

export interface DiallerListener {
  opened(generation: number): void;
  accepted(generation: number, session: Session): void;
  failed(generation: number, ended: ConnectionEnd): void;
  /** A frame for the session of the current link. */
  frame(text: string): void;
  beat(): void;
}

const usableProtocols: ReadonlySet<string> = new Set(['ws:', 'wss:', 'ws+unix:']);
const DEFAULT_TOKEN_SOURCE = "the connection's options";

/** Makes one link at a time: asks for address and credentials, opens the socket, and turns its fate into words of the reducer. */
export class Dialler {
  readonly #options: GatewayConnectionOptions;
  readonly #clock: Clock;
  readonly #listener: DiallerListener;
  readonly #ending = new Set<Promise<void>>();
  #generation = 0;
  #link: Link | undefined;
  #address: string;
  #learned: DialectName | undefined;
  #notice: ShutdownNotice | undefined;

  constructor(options: GatewayConnectionOptions, clock: Clock, listener: DiallerListener) {
    this.#options = options;
    this.#clock = clock;
    this.#listener = listener;
    this.#address = typeof options.url === 'string' ? displayAddress(options.url) : 'the gateway';
  }

  /** Where it dials, without anything secret. */
  get address(): string {
    return this.#address;
  }

  get socket(): Socket | undefined {
    return this.#link?.socket;
  }

  dial(generation: number): void {
    this.end('terminate');
    this.#generation = generation;
    this.#notice = undefined;
    void this.#dial(generation).catch((error: unknown) => {
      if (generation === this.#generation) this.#fail(generation, this.#undialled(error));
    });
  }

  /** Ends the link, or an attempt that has none yet. It will not be heard of again. */
  end(how: 'close' | 'terminate'): void {
    this.#generation = 0;
    this.#link?.end(how);
    this.#link = undefined;
  }

  /** Resolves when no socket is left. */
  async settled(): Promise<void> {
    await Promise.all(this.#ending);
  }

  /** The session begins: frames that came early are handed over, later ones as they come. */
  release(): void {
    this.#link?.release();
  }

  /** The peer has announced its end; the close that follows is judged by it. */
  expectEnd(notice: ShutdownNotice): void {
    this.#notice = notice;
  }

  async #dial(generation: number): Promise<void> {
    const { url, auth, dialect = 'auto', scopes = operatorScopes, client } = this.#options;
    const [address, credentials] = await Promise.all([typeof url === 'string' ? url : url(), readCredentials(auth)]);
    if (generation !== this.#generation) return;
    this.#address = displayAddress(address);
    if (!URL.canParse(address) || !usableProtocols.has(new URL(address).protocol)) throw new TypeError('not a ws:// or wss:// address');
    const handshake = startHandshake(dialect, this.#learned, { credentials, client: { ...defaultClient, ...client }, scopes });
    const { socketFactory: factory } = this.#options;
    const plan = { url: address, handshake, factory, clock: this.#clock, maxPayload: maxPayloadOf(this.#options) };
    this.#track(this.#open(generation, credentials, plan));
  }

  #open(generation: number, credentials: Credentials, plan: ConstructorParameters<typeof Link>[0]): Link {
    const clean = (text: string) => withoutSecrets(text, credentials);
    const isCurrent = () => generation === this.#generation;
    const link: Link = new Link(plan, {
      opened: () => {
        if (isCurrent()) this.#listener.opened(generation);
      },
      accepted: (session) => {
        if (!isCurrent()) return;
        this.#learned = session.dialect;
        this.#listener.accepted(generation, session);
      },
      refused: (refusal) => {
        if (!isCurrent()) return;
        this.#learned = refusal.kind === 'other-dialect' ? refusal.speaks : this.#learned;
        this.#fail(generation, { failure: judgeRefusal(cleanRefusal(refusal, clean), this.#context()) });
      },
      ended: (end) => {
        if (isCurrent()) this.#fail(generation, this.#judge({ ...end, reason: clean(end.reason) }));
      },
      frame: (text) => {
        if (isCurrent()) this.#listener.frame(text);
      },
      beat: () => {
        if (isCurrent()) this.#listener.beat();
      },
    });
    return link;
  }

  #track(link: Link): void {
    this.#link = link;
    const gone = link.gone.then(() => {
      this.#ending.delete(gone);
    });
    this.#ending.add(gone);
  }

  #fail(generation: number, ended: ConnectionEnd): void {
    this.#listener.failed(generation, ended);
  }

  #judge(end: SocketEnd): ConnectionEnd {
    const notice = this.#notice;
    const failure = judgeEnd(end, notice, this.#context());
    return { failure, end, ...(notice === undefined ? {} : { notice }) };
  }

  #context(): EndContext {
    const tokenSource = this.#options.auth?.tokenSource ?? DEFAULT_TOKEN_SOURCE;
    return { address: this.#address, tokenSource, at: this.#clock.wallTime() };
  }

  /** There was no socket at all: a bad address, or a source of address or credentials that failed. */
  #undialled(error: unknown): ConnectionEnd {
    const at = this.#clock.wallTime();
    const message = error instanceof Error ? error.message : 'unknown cause';
    const isAddress = error instanceof TypeError || (error instanceof Error && error.name === 'SyntaxError');
    const failure: ConnectionFailure = isAddress
      ? { verdict: { kind: 'pause' }, problem: describeProblem('config.invalid', { source: 'url', fault: message }, at) }
      : { verdict: { kind: 'retry' }, problem: describeProblem('connection.refused', { url: this.#address, reason: message }, at) };
    return { failure };
  }
}

/** A peer may repeat our own token to us; it must not come out in an error. */
function withoutSecrets(text: string, { token, password }: Credentials): string {
  let clean = text;
  for (const secret of [token, password]) if (secret !== undefined && secret !== '') clean = clean.replaceAll(secret, '[secret]');
  return clean;
}

function cleanRefusal(refusal: Refusal, clean: (text: string) => string): Refusal {
  return 'message' in refusal ? { ...refusal, message: clean(refusal.message) } : refusal;
}

import { type DialectName, isObject, parseJson, RpcErrorCode, type RpcErrorObject } from '@deskclaw/protocol';
import type { SimulatedPeer } from './simulated-peer.ts';
import type { SimulatedServer } from './simulated-server.ts';

/** A request as it reached the gateway. */
export interface ReceivedRequest {
  readonly connection: number;
  readonly id: unknown;
  readonly method: string;
  readonly params: unknown;
}

export type ScriptedAnswer =
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'error'; readonly error: RpcErrorObject }
  /** Never answered. */
  | { readonly kind: 'silence' };

export type Script = (request: ReceivedRequest, peer: SimulatedPeer) => ScriptedAnswer;

export interface ScriptedGatewayOptions {
  /** Default `jsonrpc`. */
  readonly dialect?: DialectName;
  /** Token that every connection must present; default: none. */
  readonly token?: string;
  readonly version?: string;
  /** OpenClaw's; 3 counts its events per gateway, 4 per connection. Default 4. */
  readonly protocol?: 3 | 4;
  /** Device token in every hello (OpenClaw). */
  readonly deviceToken?: string;
  /** Tick interval in the policy (OpenClaw), ms. Default 30000. */
  readonly tickIntervalMs?: number;
  /** Limits in the policy (OpenClaw), bytes. Default 26214400 and 52428800, as versions from 2026.5 on. */
  readonly maxPayload?: number;
  readonly maxBufferedBytes?: number;
  /** Methods in the hello, besides `health` (OpenClaw). Default `echo` and `chat.history`. */
  readonly methods?: readonly string[];
  /** Default: answers with the parameters it was sent. */
  readonly script?: Script;
}

const echo: Script = ({ params }) => ({ kind: 'result', result: params ?? null });

/** A gateway at the other end of a simulated network (or one of its servers): polite unless its script says otherwise. */
export class ScriptedGateway {
  readonly #options: ScriptedGatewayOptions;
  readonly #peers = new Set<SimulatedPeer>();
  readonly #admitted = new Set<SimulatedPeer>();
  readonly received: ReceivedRequest[] = [];
  script: Script;
  #seq = 0;

  constructor(network: Pick<SimulatedServer, 'listen'>, options: ScriptedGatewayOptions = {}) {
    this.#options = options;
    this.script = options.script ?? echo;
    network.listen((peer) => this.#welcome(peer));
  }

  /** Connections that are open now, oldest first. */
  get peers(): readonly SimulatedPeer[] {
    return [...this.#peers];
  }

  /** Tells every connection that was let in. */
  announce(method: string, params: unknown): void {
    this.#seq += 1;
    const text =
      this.#options.dialect === 'openclaw'
        ? JSON.stringify({ type: 'event', event: method, payload: params, seq: this.#seq })
        : JSON.stringify({ jsonrpc: '2.0', method, params });
    for (const peer of this.#admitted) peer.send(text);
  }

  /** Leaves out event numbers, as a peer does that dropped events. */
  skip(events: number): void {
    this.#seq += events;
  }

  #welcome(peer: SimulatedPeer): void {
    this.#peers.add(peer);
    peer.onEnd(() => {
      this.#peers.delete(peer);
      this.#admitted.delete(peer);
    });
    peer.onText((text) => this.#read(peer, text));
    if (this.#options.dialect === 'openclaw') {
      const payload = { nonce: `nonce-${String(peer.number)}`, ts: 0 };
      peer.send(JSON.stringify({ type: 'event', event: 'connect.challenge', payload }));
    }
  }

  #read(peer: SimulatedPeer, text: string): void {
    const frame = parseJson(text);
    for (const one of Array.isArray(frame) ? frame : [frame]) this.#handle(peer, one);
  }

  #handle(peer: SimulatedPeer, frame: unknown): void {
    if (!isObject(frame) || typeof frame['method'] !== 'string' || !('id' in frame)) return;
    const { id, method, params } = frame;
    const answer = this.#answer({ connection: peer.number, id, method, params }, peer);
    if (answer.kind === 'silence') return;
    peer.send(this.#options.dialect === 'openclaw' ? openClawText(id, answer) : jsonRpcText(id, answer));
  }

  #answer(request: ReceivedRequest, peer: SimulatedPeer): ScriptedAnswer {
    switch (request.method) {
      case 'auth.login':
        return this.#login(request.params, peer);
      case 'connect':
        return this.#connect(request.params, peer);
      default:
        if (this.#options.dialect !== 'openclaw' && this.#options.token === undefined) this.#admitted.add(peer);
        if (!this.#admitted.has(peer)) return refusal(RpcErrorCode.AuthRequired, 'auth required');
        if (request.method === 'system.health' || request.method === 'health') return this.#health();
        this.received.push(request);
        return this.script(request, peer);
    }
  }

  #login(params: unknown, peer: SimulatedPeer): ScriptedAnswer {
    const token = isObject(params) ? params['token'] : undefined;
    if (token !== this.#options.token) return refusal(RpcErrorCode.AuthRequired, 'wrong token');
    this.#admitted.add(peer);
    return { kind: 'result', result: { ok: true } };
  }

  #connect(params: unknown, peer: SimulatedPeer): ScriptedAnswer {
    const { auth, scopes } = isObject(params) ? params : {};
    const token = isObject(auth) ? auth['token'] : undefined;
    if (token !== this.#options.token) {
      return { kind: 'error', error: { code: 0, message: 'unauthorized: gateway token mismatch' } };
    }
    this.#admitted.add(peer);
    const protocol = this.#options.protocol ?? 4;
    if (protocol === 4) this.#seq = 0;
    const { methods = ['echo', 'chat.history'], deviceToken } = this.#options;
    const hello = {
      type: 'hello-ok',
      protocol,
      server: { version: this.#options.version ?? 'simulated', connId: String(peer.number) },
      features: { methods: ['health', ...methods], events: ['tick', 'chat'] },
      auth: { role: 'operator', scopes, ...(deviceToken === undefined ? {} : { deviceToken }) },
      policy: {
        maxPayload: this.#options.maxPayload ?? 26_214_400,
        maxBufferedBytes: this.#options.maxBufferedBytes ?? 52_428_800,
        tickIntervalMs: this.#options.tickIntervalMs ?? 30_000,
      },
    };
    return { kind: 'result', result: hello };
  }

  #health(): ScriptedAnswer {
    return { kind: 'result', result: { ok: true, uptime: 1, version: this.#options.version ?? 'simulated' } };
  }
}

function refusal(code: number, message: string): ScriptedAnswer {
  return { kind: 'error', error: { code, message } };
}

function jsonRpcText(id: unknown, answer: Exclude<ScriptedAnswer, { readonly kind: 'silence' }>): string {
  return answer.kind === 'result'
    ? JSON.stringify({ jsonrpc: '2.0', id, result: answer.result ?? null })
    : JSON.stringify({ jsonrpc: '2.0', id, error: answer.error });
}

function openClawText(id: unknown, answer: Exclude<ScriptedAnswer, { readonly kind: 'silence' }>): string {
  return answer.kind === 'result'
    ? JSON.stringify({ type: 'res', id, ok: true, payload: answer.result })
    : JSON.stringify({ type: 'res', id, ok: false, error: { code: 'INVALID_REQUEST', message: answer.error.message } });
}

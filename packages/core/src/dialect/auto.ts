import { type DialectChoice, type DialectName, isObject, parseJson } from '@deskclaw/protocol';
import type { Handshake, HandshakeInput, HandshakeStep } from './dialect.ts';
import { isChallenge } from './incoming.ts';
import { dialectNamed } from './registry.ts';

/** OpenClaw's challenge came within 15 ms of the open socket in every version; a busy machine gets more. */
const SILENCE_MS = 250;

/** A frame that no OpenClaw gateway sends: JSON-RPC 2.0, or the event of a server that leaves out what it thinks is not needed. */
function isJsonRpcSpeech(frame: unknown): boolean {
  if (!isObject(frame) || frame['type'] !== undefined) return false;
  const { jsonrpc, method, event, notification } = frame;
  return jsonrpc === '2.0' || [method, event, notification].some((name) => typeof name === 'string');
}

/** Listens first: a challenge means OpenClaw, a JSON-RPC frame or silence means JSON-RPC. */
class AutoHandshake implements Handshake {
  readonly #input: HandshakeInput;
  readonly #learned: DialectName | undefined;
  #chosen: { readonly dialect: DialectName; readonly handshake: Handshake } | undefined;

  constructor(input: HandshakeInput, learned: DialectName | undefined) {
    this.#input = input;
    this.#learned = learned;
  }

  begin(): HandshakeStep {
    return this.#learned === undefined ? { kind: 'wait', silenceMs: SILENCE_MS } : this.#choose(this.#learned).begin();
  }

  silent(): HandshakeStep {
    return this.#chosen === undefined ? this.#choose('jsonrpc').begin() : this.#chosen.handshake.silent();
  }

  receive(text: string): HandshakeStep {
    const frame = parseJson(text);
    if (this.#chosen?.dialect === 'jsonrpc' && isChallenge(frame)) {
      // An OpenClaw gateway whose challenge came late. It has already received JSON-RPC, so the next attempt starts in
      // its dialect.
      return { kind: 'refused', refusal: { kind: 'other-dialect', speaks: 'openclaw' } };
    }
    if (this.#chosen !== undefined) return this.#chosen.handshake.receive(text);
    if (isChallenge(frame)) {
      const handshake = this.#choose('openclaw');
      handshake.begin();
      return handshake.receive(text);
    }
    if (!isJsonRpcSpeech(frame)) return { kind: 'queue', silenceMs: SILENCE_MS };
    // A JSON-RPC peer that speaks first, however loosely: its frame waits for the session, the handshake goes out now.
    const step = this.#choose('jsonrpc').begin();
    if (step.kind === 'accepted') return { ...step, queues: true };
    return step.kind === 'wait' ? { ...step, kind: 'queue' } : step;
  }

  #choose(dialect: DialectName): Handshake {
    const handshake = dialectNamed(dialect).createHandshake(this.#input);
    this.#chosen = { dialect, handshake };
    return handshake;
  }
}

/**
 * @param learned dialect of this peer on an earlier connection: `auto` starts in it instead of listening first. A peer that
 * has changed its dialect yields a refusal of kind `other-dialect`.
 */
export function startHandshake(
  choice: DialectChoice,
  learned: DialectName | undefined,
  input: HandshakeInput,
): Handshake {
  return choice === 'auto' ? new AutoHandshake(input, learned) : dialectNamed(choice).createHandshake(input);
}

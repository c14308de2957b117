import { isObject, parseJson } from '@deskclaw/protocol';
import type { Dialect, Handshake, HandshakeFacts, HandshakeStep } from './dialect.ts';
import { jsonRpc } from './jsonrpc.ts';
import { openClaw } from './openclaw.ts';
import type { DialectChoice, DialectName } from './session.ts';

/** OpenClaw's challenge came within 15 ms of the open socket in every version; a busy machine gets more. */
const SILENCE_MS = 250;

const dialects = { jsonrpc: jsonRpc, openclaw: openClaw } as const satisfies Record<DialectName, Dialect>;

export function dialectNamed(name: DialectName): Dialect {
  return dialects[name];
}

type Phase = { readonly name: 'listening' } | { readonly name: 'chosen'; readonly handshake: Handshake };

/** Listens first: a challenge means OpenClaw, a JSON-RPC frame or silence means JSON-RPC. */
class AutoHandshake implements Handshake {
  readonly #facts: HandshakeFacts;
  #phase: Phase = { name: 'listening' };

  constructor(facts: HandshakeFacts) {
    this.#facts = facts;
  }

  begin(): HandshakeStep {
    return { kind: 'wait', silenceMs: SILENCE_MS };
  }

  silent(): HandshakeStep {
    return this.#phase.name === 'listening' ? this.#choose(jsonRpc).begin() : this.#phase.handshake.silent();
  }

  receive(text: string): HandshakeStep {
    if (this.#phase.name === 'chosen') return this.#phase.handshake.receive(text);
    const frame = parseJson(text);
    if (!isObject(frame))
      return { kind: 'refused', refusal: { kind: 'garbled', detail: 'the first frame is no message' } };
    if (frame['type'] === 'event') {
      const handshake = this.#choose(openClaw);
      handshake.begin();
      return handshake.receive(text);
    }
    // A JSON-RPC peer that speaks first: its frame waits for the session, the handshake goes out now.
    const step = this.#choose(jsonRpc).begin();
    return step.kind === 'wait' ? { ...step, kind: 'aside' } : step;
  }

  #choose(dialect: Dialect): Handshake {
    const handshake = dialect.createHandshake(this.#facts);
    this.#phase = { name: 'chosen', handshake };
    return handshake;
  }
}

/**
 * @param learned what this peer turned out to speak before: `auto` then begins there instead of listening first,
 * and a peer that has changed says so with a refusal of kind `other-dialect`.
 */
export function startHandshake(
  choice: DialectChoice,
  learned: DialectName | undefined,
  facts: HandshakeFacts,
): Handshake {
  const name = choice === 'auto' ? learned : choice;
  return name === undefined ? new AutoHandshake(facts) : dialects[name].createHandshake(facts);
}

import {
  type ConnectChallenge,
  type ConnectParams,
  isConnectChallenge,
  isHelloOk,
  isObject,
  isOpenClawResponse,
  OPENCLAW_PROTOCOL,
  type OpenClawResponse,
  parseJson,
} from '@deskclaw/protocol';
import type { Dialect, Handshake, HandshakeInput, HandshakeStep, ShutdownNotice } from './dialect.ts';
import { isChallenge } from './incoming.ts';
import { openClawCodec } from './openclaw-codec.ts';
import { readCloseRefusal, readRefusal, supportedVersionsText } from './openclaw-refusal.ts';
import { signConnectParams } from './openclaw-signature.ts';

// Requests have decimal ids, so a late answer to the handshake can never be taken for one of theirs.
const CONNECT_ID = 'connect';

/**
 * `gateway-client` in mode `backend` with a shared token and no device is what versions 2026.2 to 2026.9 all let in
 * over loopback with the scopes it asks for (measured); left out or empty scopes would mean none from 2026.5 on.
 */
export const operatorScopes: readonly string[] = [
  'operator.read',
  'operator.write',
  'operator.admin',
  'operator.approvals',
  'operator.pairing',
];

/**
 * A device is given a token of its own in every mode but `backend` (measured on 2026.5 and 2026.9), and this is what we
 * are: a client that shows things to people.
 */
const DEVICE_MODE = 'ui';

/** 2026.9 answers a wrong secret after 250 ms, the next after twice as long, and so on up to 5 s (measured). */
const ANSWER_MS = 8_000;

/**
 * Since this protocol events are numbered from 1 on each connection, and a request that repeats another is answered `in_flight`;
 * before, all connections of a gateway share one count, and a repeated request is answered as the first was (measured).
 */
const NUMBERED_EVENTS_PROTOCOL = 4;

type Phase = 'awaiting-challenge' | 'awaiting-hello' | 'done';

class OpenClawHandshake implements Handshake {
  readonly #input: HandshakeInput;
  readonly #scopes: readonly string[];
  #phase: Phase = 'awaiting-challenge';

  constructor(input: HandshakeInput) {
    this.#input = input;
    this.#scopes = input.scopes ?? operatorScopes;
  }

  begin(): HandshakeStep {
    return { kind: 'wait' };
  }

  silent(): HandshakeStep {
    return { kind: 'wait' };
  }

  receive(text: string): HandshakeStep {
    const frame = parseJson(text);
    switch (this.#phase) {
      case 'awaiting-challenge':
        return this.#readChallenge(frame);
      case 'awaiting-hello':
        return this.#readHello(frame);
      case 'done':
        return { kind: 'queue' };
      default:
        return this.#phase satisfies never;
    }
  }

  #readChallenge(frame: unknown): HandshakeStep {
    if (isChallenge(frame)) {
      if (!isConnectChallenge(frame.payload))
        return this.#invalidFrame('the challenge has no nonce, or its time is no whole number');
      this.#phase = 'awaiting-hello';
      return this.#connect(frame.payload);
    }
    if (isObject(frame) && frame['jsonrpc'] === '2.0') {
      return { kind: 'refused', refusal: { kind: 'other-dialect', speaks: 'jsonrpc' } };
    }
    return { kind: 'queue' };
  }

  #readHello(frame: unknown): HandshakeStep {
    if (!isObject(frame) || frame['id'] !== CONNECT_ID) return { kind: 'queue' };
    if (!isOpenClawResponse(frame)) return this.#invalidFrame('its answer to connect is none');
    this.#phase = 'done';
    return this.#readAnswer(frame);
  }

  #readAnswer(answer: OpenClawResponse): HandshakeStep {
    if (!answer.ok) return { kind: 'refused', refusal: readRefusal(answer.error) };
    const hello = answer.payload;
    if (!isHelloOk(hello)) return this.#invalidFrame('hello-ok lacks what protocol 3 and 4 promise');
    if (hello.protocol < OPENCLAW_PROTOCOL.min || hello.protocol > OPENCLAW_PROTOCOL.max) {
      const theirs = String(hello.protocol);
      return { kind: 'refused', refusal: { kind: 'protocol-mismatch', ours: supportedVersionsText, theirs } };
    }
    // Version 2026.2 tells no scopes to a client without a device; it grants what was asked.
    const scopes = hello.auth?.scopes ?? this.#scopes;
    const missingScopes = this.#scopes.filter((scope) => !scopes.includes(scope));
    return {
      kind: 'accepted',
      session: {
        dialect: 'openclaw',
        version: hello.server.version,
        protocol: hello.protocol,
        methods: hello.features.methods,
        events: hello.features.events,
        scopes,
        ...(missingScopes.length === 0 ? {} : { missingScopes }),
        maxPayload: hello.policy.maxPayload,
        maxBufferedBytes: hello.policy.maxBufferedBytes,
        tickIntervalMs: hello.policy.tickIntervalMs,
        ...(hello.protocol < NUMBERED_EVENTS_PROTOCOL ? {} : { firstSeq: 1, marksDuplicates: true }),
      },
      ...(hello.auth?.deviceToken === undefined ? {} : { deviceToken: hello.auth.deviceToken }),
    };
  }

  #connect(challenge: ConnectChallenge): HandshakeStep {
    const { device } = this.#input;
    if (device === undefined) return connectStep(this.#connectParams('backend'));
    const signed = signConnectParams(this.#connectParams(DEVICE_MODE), device, challenge);
    return {
      kind: 'async',
      step: signed.then(
        (params) => connectStep(params),
        (error: unknown) => {
          const detail = `this device cannot sign: ${error instanceof Error ? error.message : String(error)}`;
          return { kind: 'refused', refusal: { kind: 'device-invalid', detail } };
        },
      ),
    };
  }

  #connectParams(mode: string): ConnectParams {
    const { credentials, client } = this.#input;
    const { token, password } = credentials;
    const hasAuth = token !== undefined || password !== undefined;
    return {
      minProtocol: OPENCLAW_PROTOCOL.min,
      maxProtocol: OPENCLAW_PROTOCOL.max,
      client: { id: 'gateway-client', version: client.version, platform: client.platform, mode },
      role: 'operator',
      scopes: this.#scopes,
      caps: [],
      ...(hasAuth
        ? { auth: { ...(token === undefined ? {} : { token }), ...(password === undefined ? {} : { password }) } }
        : {}),
    };
  }

  #invalidFrame(detail: string): HandshakeStep {
    return { kind: 'refused', refusal: { kind: 'invalid-frame', detail } };
  }
}

function connectStep(params: ConnectParams): HandshakeStep {
  const send = JSON.stringify({ type: 'req', id: CONNECT_ID, method: 'connect', params });
  return { kind: 'wait', send, ...(params.auth === undefined ? {} : { answerWithinMs: ANSWER_MS }) };
}

function readNotice(method: string, params: unknown): ShutdownNotice | undefined {
  if (method !== 'shutdown') return undefined;
  const { reason, restartExpectedMs } = isObject(params) ? params : {};
  return {
    reason: typeof reason === 'string' ? reason : 'shutdown',
    ...(typeof restartExpectedMs === 'number' && restartExpectedMs >= 0 ? { restartExpectedMs } : {}),
  };
}

export const openClaw: Dialect = {
  name: 'openclaw',
  codec: openClawCodec,
  // Needs no scope, in every version.
  probeMethod: 'health',
  createHandshake: (input) => new OpenClawHandshake(input),
  readCloseRefusal,
  readNotice,
};

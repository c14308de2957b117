import { cleanSession, redactorFor, redactRefusal, startHandshake } from '@deskclaw/core/internal';
import type { SeededRandom } from '@deskclaw/core/testing';
import { dialectChoices, parseJson } from '@deskclaw/protocol';
import { anyText, list, object, oneOf } from '../grammar.ts';
import { must, type Target } from '../target.ts';
import { anyFrame } from './frames.ts';

/** Quotes and a backslash: as text of JSON it is another text. */
export const SECRET = 'tok-"s3cr3t"-\\0123456789';
const LONGEST_TEXT = 2_200;
const control = /[[\p{Cc}\u202a-\u202e]--[\t\n]]/v;

const inJson = JSON.stringify(SECRET).slice(1, -1);

/** @throws Violation if the data names the secret, in its own form or as text of JSON. */
export function mustHideSecret(what: string, data: unknown): void {
  const found: string[] = [];
  // Texts as they are: in JSON, a tab before "ok" would read as the secret's first letter.
  const text = JSON.stringify(data, (key, value: unknown) => {
    found.push(key, ...(typeof value === 'string' ? [value] : []));
    return value;
  });
  must(!found.some((each) => each.includes(SECRET) || each.includes(inJson)), `${what} tells the secret`, () => text);
}

function* textsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) yield* textsOf(item);
}

const challenge = '{"type":"event","event":"connect.challenge","payload":{"nonce":"n","ts":1795450167393}}';
const hello =
  '{"type":"res","id":"connect","ok":true,"payload":{"type":"hello-ok","protocol":4,"server":{"version":"2026.9.6","connId":"c"},"features":{"methods":["health"],"events":["tick"]},"snapshot":{},"policy":{"maxPayload":26214400,"maxBufferedBytes":52428800,"tickIntervalMs":30000},"auth":{"role":"operator","scopes":["operator.read"],"deviceToken":"d"}}}';

function refusal(code: string, message: string, details: unknown): string {
  return JSON.stringify({ type: 'res', id: 'connect', ok: false, error: { code, message, details } });
}

/** Whole conversations: the first text chooses the dialect, the others are frames; `@silent` is silence. */
export const handshakeSamples: readonly (readonly string[])[] = [
  ['openclaw', challenge, hello],
  ['auto', challenge, hello],
  [
    'auto',
    '@silent',
    '{"jsonrpc":"2.0","id":"login","result":true}',
    '{"jsonrpc":"2.0","id":"health","result":{"version":"1"}}',
  ],
  ['jsonrpc', '{"jsonrpc":"2.0","id":"login","error":{"code":-32001,"message":"unauthorized"}}'],
  [
    'openclaw',
    challenge,
    refusal('INVALID_REQUEST', `unauthorized: ${SECRET}`, {
      code: 'AUTH_TOKEN_MISMATCH',
      authReason: 'token_mismatch',
    }),
  ],
  [
    'openclaw',
    challenge,
    refusal('NOT_PAIRED', 'pairing required', { code: 'PAIRING_REQUIRED', requestId: 'abc-1', reason: SECRET }),
  ],
  [
    'openclaw',
    challenge,
    refusal('INVALID_REQUEST', 'protocol mismatch', { code: 'PROTOCOL_MISMATCH', expectedProtocol: 9 }),
  ],
  [
    'openclaw',
    challenge,
    refusal('UNAVAILABLE', 'missing scope: operator.admin', { missing: ['operator.admin', SECRET] }),
  ],
  ['openclaw', challenge, refusal('RATE_LIMITED', 'too many', { retryAfterMs: 500 })],
];

function anyAnswer(random: SeededRandom): string {
  const id = oneOf(random, '"connect"', '"login"', '"health"', '1');
  const text = JSON.stringify(random.chance(0.4) ? `${anyText(random)}${SECRET}${anyText(random)}` : anyText(random));
  const details = object(random, {
    code: oneOf(
      random,
      '"AUTH_TOKEN_MISMATCH"',
      '"PAIRING_REQUIRED"',
      '"AUTH_TOKEN_MISSING"',
      '"DEVICE_AUTH_SIGNATURE_INVALID"',
      text,
    ),
    reason: text,
    requestId: oneOf(random, '"abc-1"', text),
    expectedProtocol: oneOf(random, '9', text),
  });
  const error = object(random, {
    code: oneOf(random, '"INVALID_REQUEST"', '-32001', text),
    message: text,
    details,
    data: details,
  });
  return random.chance(0.5)
    ? object(random, { type: '"res"', id, ok: 'false', error })
    : object(random, { jsonrpc: '"2.0"', id, error });
}

/** Returns frames as they come before a session. */
export function anyHandshakeFrames(random: SeededRandom): readonly string[] {
  return list(random, 6, () => {
    switch (random.integer(0, 4)) {
      case 0:
        return challenge;
      case 1:
        return hello;
      case 2:
        return anyFrame(random.pick(['jsonrpc', 'openclaw']), random);
      default:
        return anyAnswer(random);
    }
  });
}

/** A handshake takes any frames without throwing, and what it tells of a refusal is redacted, clean and bounded. */
export const handshake: Target = {
  name: 'handshake',
  samples: handshakeSamples,
  generate: (random) => [
    random.pick(dialectChoices),
    ...(random.chance(0.3) ? ['@silent'] : []),
    ...anyHandshakeFrames(random),
  ],
  check: ([choice, ...frames]) => {
    const input = { credentials: { token: SECRET }, client: { version: '1', platform: 'test' } };
    const started = startHandshake(dialectChoices.find((each) => each === choice) ?? 'auto', undefined, input);
    let step = started.begin();
    for (const frame of frames) {
      must(step.kind !== 'async', 'a handshake without a device waits for one');
      if ('send' in step && step.send !== undefined)
        must(parseJson(step.send) !== undefined, 'it sends what is not JSON', () => step);
      if (step.kind === 'accepted' || step.kind === 'refused') break;
      step = frame === '@silent' ? started.silent() : started.receive(frame);
    }
    if (step.kind === 'refused') {
      const redacted = redactRefusal(redactorFor(input.credentials), step.refusal);
      mustHideSecret('a refusal', redacted);
      for (const text of textsOf(redacted)) {
        must(text.length <= LONGEST_TEXT, 'a refusal is too long', () => text);
        must(!control.test(text), 'a refusal holds control characters', () => text);
      }
    }
    if (step.kind === 'accepted')
      for (const text of textsOf(cleanSession(step.session)))
        must(text.length <= LONGEST_TEXT && !control.test(text), 'a session holds unsafe text', () => text);
    return step.kind;
  },
};

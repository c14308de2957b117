import type { ProblemCode } from '@deskclaw/protocol';
import { describe, expect, test } from 'vitest';
import { judgeClose, judgeCloseCode, judgeRefusal } from '../../src/connection/close-policy.ts';
import type { Verdict } from '../../src/connection/state.ts';
import type { Refusal } from '../../src/dialect/refusal.ts';
import type { SocketFailure } from '../../src/ports/sockets.ts';
import { recordedRefusals } from '../dialect/recorded.ts';

const context = { address: 'ws://127.0.0.1:18789/ws', tokenSource: 'the profile', at: 1 };
const retry: Verdict = { kind: 'retry' };
const pause: Verdict = { kind: 'pause' };
function after(ms: number, progress: boolean): Verdict {
  return { kind: 'retry-after', ms, progress };
}

describe('close codes', () => {
  const rows: readonly (readonly [code: number, verdict: Verdict])[] = [
    [1000, retry],
    [1001, retry],
    [1002, retry],
    [1003, retry],
    [1004, retry],
    [1005, retry],
    [1006, retry],
    [1007, retry],
    [1008, retry],
    [1009, retry],
    [1010, pause],
    [1011, retry],
    [1012, retry],
    [1013, after(500, true)],
    [1014, retry],
    [1015, pause],
    [1016, retry],
    [2999, retry],
    [3000, retry],
    [4000, retry],
    [4001, pause],
    [4003, pause],
    [4008, after(1_000, false)],
    [4029, after(1_000, false)],
    [4401, pause],
    [4403, pause],
    [4429, after(1_000, false)],
    [4999, retry],
  ];
  test.each(rows)('close code %i gets its verdict', (code, verdict) => {
    expect(judgeCloseCode(code)).toEqual(verdict);
  });

  test('every close code from 0 to 4999 has a verdict', () => {
    for (let code = 0; code < 5_000; code += 1)
      expect(judgeCloseCode(code).kind).toMatch(/^(retry|retry-after|pause)$/);
  });

  test('close code 1012 waits when the shutdown notice promised a restart, and retries when it did not', () => {
    const end = { code: 1012, reason: 'service restart' };
    expect(judgeClose(end, { reason: 'gateway restarting', restartExpectedMs: 1_500 }, context).verdict).toEqual(
      after(1_500, true),
    );
    expect(judgeClose(end, { reason: 'gateway stopping' }, context).verdict).toEqual(retry);
    expect(judgeClose(end, undefined, context)).toMatchObject({
      problem: { code: 'connection.lost', detail: 'It was closed with code 1012 (service restart).' },
    });
  });
});

describe('refusals', () => {
  const rows: readonly (readonly [refusal: Refusal, verdict: Verdict, code: ProblemCode, detail: RegExp])[] = [
    [{ kind: 'token-missing', message: 'say who you are' }, pause, 'auth.token-missing', /say who you are/],
    [{ kind: 'token-mismatch', message: 'no' }, pause, 'auth.token-mismatch', /the profile.*no/],
    [
      { kind: 'pairing-required', message: 'm', requestId: 'r1', reason: 'scope-upgrade' },
      { kind: 'pause', recheckPeriodically: true },
      'auth.pairing-required',
      /r1.*more permissions/,
    ],
    [
      { kind: 'device-required', message: 'device identity required' },
      pause,
      'auth.device-required',
      /device identity/,
    ],
    [
      { kind: 'device-revoked', message: 'device token mismatch' },
      pause,
      'auth.device-revoked',
      /device token mismatch/,
    ],
    [{ kind: 'device-invalid', detail: 'EACCES' }, retry, 'auth.device-unusable', /EACCES\.$/],
    [
      { kind: 'device-locked', cause: 'refused', reason: 'the prompt was dismissed' },
      pause,
      'auth.device-locked',
      /prompt was dismissed\.$/,
    ],
    [
      { kind: 'device-locked', cause: 'waiting', reason: 'it asks for a password' },
      { kind: 'pause', recheckPeriodically: true },
      'auth.device-locked',
      /password/,
    ],
    [
      { kind: 'device-locked', cause: 'unavailable', reason: 'no bus' },
      { kind: 'pause', recheckPeriodically: true },
      'auth.device-locked',
      /no bus/,
    ],
    [{ kind: 'device-lost', found: 'nothing', id: 'ab12', path: '/d.json' }, pause, 'auth.device-lost', /ab12/],
    [{ kind: 'signature-refused', message: 'device signature invalid' }, pause, 'rpc.error', /signature invalid/],
    [{ kind: 'scope-missing', missing: ['operator.read'] }, pause, 'auth.scope-missing', /operator\.read/],
    [{ kind: 'rate-limited', retryAfterMs: 900 }, after(900, false), 'auth.rate-limited', /900 ms|0\.9 s/],
    [{ kind: 'rate-limited' }, after(5_000, false), 'auth.rate-limited', /5 s/],
    [{ kind: 'protocol-mismatch', ours: '3 to 4', theirs: '5' }, pause, 'protocol.mismatch', /3 to 4.*5/],
    [
      { kind: 'starting', message: 'gateway starting', retryAfterMs: 250 },
      after(250, true),
      'connection.refused',
      /gateway starting/,
    ],
    [{ kind: 'starting', message: 'gateway starting' }, after(500, true), 'connection.refused', /gateway starting/],
    [
      { kind: 'rejected', code: 'INVALID_REQUEST', message: 'bad' },
      pause,
      'rpc.error',
      /connect: bad \(INVALID_REQUEST\)/,
    ],
    [{ kind: 'rejected', code: 'X', message: 'bad', retryAfterMs: 700 }, after(700, false), 'rpc.error', /bad/],
    [{ kind: 'invalid-frame', detail: 'a frame is not JSON' }, retry, 'connection.refused', /not JSON/],
    [{ kind: 'other-dialect', speaks: 'openclaw' }, { kind: 'retry-now' }, 'connection.refused', /openclaw/],
  ];
  test.each(rows)('refusal %j gets its verdict and problem', (refusal, verdict, code, detail) => {
    const failure = judgeRefusal(refusal, context);
    expect(failure.verdict).toEqual(verdict);
    expect(failure.problem).toMatchObject({ code, detail: expect.stringMatching(detail), at: 1 });
  });
});

test.each<[SocketFailure['kind'], string]>([
  ['refused', 'ws://127.0.0.1:18789/ws: odd.'],
  [
    'unresolved',
    'ws://127.0.0.1:18789/ws: odd. The name could not be resolved (DNS): this is the address or the network, not the gateway.',
  ],
  ['other', 'ws://127.0.0.1:18789/ws: odd.'],
  ['tls', 'ws://127.0.0.1:18789/ws: odd.'],
  ['not-websocket', 'ws://127.0.0.1:18789/ws: odd.'],
  ['too-large', 'It was closed with code 1009 (odd).'],
])('a socket failure of kind %s is described with address and reason', (kind, detail) => {
  const { problem } = judgeClose({ code: 1006, reason: '', failure: { kind, message: 'odd' } }, undefined, context);
  expect(problem.detail).toBe(detail);
});

test.each([
  ['ECONNREFUSED', 'no gateway listens there'],
  ['ENETUNREACH', 'this is the network, not the gateway'],
  ['EHOSTUNREACH', 'this is the network, not the gateway'],
])('an outage of the gateway is told from one of the network: %s', (code, words) => {
  const failure = { kind: 'refused', message: 'odd', code } as const;
  const { problem } = judgeClose({ code: 1006, reason: '', failure }, undefined, context);
  expect(problem.detail).toContain(words);
});

test.each([401, 403])('an upgrade refused with HTTP %i names the source of the token and the status', (status) => {
  const failure = { kind: 'not-websocket', message: 'odd', status } as const;
  const { problem } = judgeClose({ code: 1006, reason: '', failure }, undefined, context);
  expect(problem.detail).toContain('the profile');
  expect(problem.detail).toContain(`HTTP ${String(status)}`);
});

test.each<[Refusal, string]>([
  [{ kind: 'device-required', message: 'bring a device' }, 'bring a device.'],
  [{ kind: 'device-required', message: 'bring a device!' }, 'bring a device!'],
  [{ kind: 'device-invalid', detail: 'EACCES' }, 'EACCES.'],
  [{ kind: 'device-invalid', detail: 'Why?' }, 'Why?'],
  [
    { kind: 'invalid-frame', detail: 'no JSON' },
    'ws://127.0.0.1:18789/ws: what answers is not a gateway we understand: no JSON.',
  ],
  [{ kind: 'other-dialect', speaks: 'openclaw' }, 'ws://127.0.0.1:18789/ws: it speaks another dialect (openclaw).'],
  [{ kind: 'starting', message: 'soon' }, 'ws://127.0.0.1:18789/ws: soon.'],
])('the refusal %j is described in whole sentences', (refusal, detail) => {
  expect(judgeRefusal(refusal, context).problem.detail).toContain(detail);
});

describe('broken sockets', () => {
  const rows: readonly (readonly [failure: SocketFailure, verdict: Verdict, code: ProblemCode])[] = [
    [{ kind: 'refused', message: 'connect ECONNREFUSED' }, retry, 'connection.refused'],
    [{ kind: 'unresolved', message: 'getaddrinfo ENOTFOUND' }, retry, 'connection.refused'],
    [{ kind: 'other', message: 'odd' }, retry, 'connection.refused'],
    [{ kind: 'tls', message: 'self-signed certificate' }, pause, 'tls.untrusted'],
    [{ kind: 'too-large', message: 'Max payload size exceeded' }, retry, 'connection.lost'],
    [{ kind: 'not-websocket', message: 'Unexpected server response: 200', status: 200 }, retry, 'connection.refused'],
    [{ kind: 'not-websocket', message: 'Unexpected server response: 401', status: 401 }, pause, 'auth.token-mismatch'],
    [{ kind: 'not-websocket', message: 'Unexpected server response: 403', status: 403 }, pause, 'auth.token-mismatch'],
    [
      { kind: 'not-websocket', message: 'Unexpected server response: 429', status: 429 },
      after(5_000, false),
      'connection.refused',
    ],
    [
      { kind: 'not-websocket', message: 'Unexpected server response: 503', status: 503 },
      after(500, true),
      'connection.refused',
    ],
    [{ kind: 'not-websocket', message: 'Invalid Sec-WebSocket-Accept header' }, retry, 'connection.refused'],
  ];
  test.each(rows)('socket failure %j gets its verdict and problem', (failure, verdict, code) => {
    const judged = judgeClose({ code: 1006, reason: '', failure }, undefined, context);
    expect(judged.verdict).toEqual(verdict);
    expect(judged.problem.code).toBe(code);
  });
});

describe('closes as they were recorded, where the answer before was lost', () => {
  test('a close for too many wrong secrets waits: whether the secret is wrong is not known yet', () => {
    const end = { code: 1008, reason: 'unauthorized: too many failed authentication attempts (retry later)' };
    const { verdict, problem } = judgeClose(end, undefined, context);
    expect([verdict, problem.code]).toEqual([after(5_000, false), 'auth.rate-limited']);
  });

  test('a close for reading too slowly is no authentication failure', () => {
    const { verdict, problem } = judgeClose({ code: 1008, reason: 'slow consumer' }, undefined, context);
    expect([verdict, problem.code]).toEqual([retry, 'connection.lost']);
  });

  test.each(recordedRefusals().map(({ version, name, close }) => [version, name, close] as const))(
    'the recorded close of OpenClaw %s for %s is judged like its answer',
    (_, name, close) => {
      const { verdict, problem } = judgeClose({ code: close.code, reason: close.reason }, undefined, context);
      if (/token missing/.test(close.reason)) expect([verdict, problem.code]).toEqual([pause, 'auth.token-missing']);
      else if (/unauthorized/.test(close.reason))
        expect([verdict, problem.code]).toEqual([pause, 'auth.token-mismatch']);
      else if (/pairing required/.test(close.reason))
        expect([verdict.kind, problem.code]).toEqual(['pause', 'auth.pairing-required']);
      else if (close.code === 1002) expect([verdict, problem.code]).toEqual([pause, 'protocol.mismatch']);
      else if (close.code === 1013) expect(verdict).toEqual(after(500, true));
      else expect([name, verdict]).toEqual([name, retry]);
    },
  );
});

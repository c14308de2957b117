import type { ListeningAddress, StartFinding } from '@deskclaw/protocol';
import { describe, expect, test } from 'vitest';
import { type AttemptFact, findStartFinding, isWorthTelling } from '../../src/process/start-finding.ts';

const url = 'ws://127.0.0.1:18789/ws';

function at(address: string, port = 18_789): ListeningAddress {
  return { address, port };
}

function findingFor(asked: string, listens: readonly ListeningAddress[] | undefined, attempt: AttemptFact) {
  return findStartFinding({ url, asked: at(asked), attempt, ...(listens === undefined ? {} : { listens }) });
}

const refused: AttemptFact = { kind: 'refused' };

describe('the finding about a start that takes long', () => {
  test.each<[asked: string, listens: readonly ListeningAddress[], kind: StartFinding['kind'] | undefined]>([
    ['127.0.0.1', [], 'not-listening'],
    ['127.0.0.1', [at('127.0.0.1')], undefined],
    ['127.0.0.1', [at('0.0.0.0')], undefined],
    ['127.0.0.1', [at('::')], undefined],
    ['127.0.0.1', [at('::1')], 'wrong-address'],
    ['127.0.0.1', [at('192.168.1.2')], 'wrong-address'],
    ['127.0.0.1', [at('127.0.0.1', 9_229)], 'wrong-address'],
    ['127.0.0.1', [at('127.0.0.1', 9_229), at('127.0.0.1')], undefined],
    ['::1', [at('127.0.0.1')], 'wrong-address'],
    ['[::1]', [at('::1')], undefined],
    ['localhost', [at('::1')], undefined],
    ['localhost', [at('127.0.0.1')], undefined],
    ['localhost', [at('0.0.0.0', 80)], 'wrong-address'],
    ['0.0.0.0', [at('0.0.0.0')], undefined],
  ])('a program told %s that listens at %j is %s', (asked, listens, kind) => {
    expect(findingFor(asked, listens, refused)?.kind).toBe(kind);
    expect(findingFor(asked, listens, { kind: 'none' })?.kind).toBe(kind);
  });

  test.each<[AttemptFact, StartFinding | undefined]>([
    [
      { kind: 'http', answer: { status: 404 } },
      { kind: 'not-a-gateway', url, answer: { status: 404 } },
    ],
    [
      { kind: 'open', step: 'upgrade', waitedMs: 2_000 },
      { kind: 'unanswered', url, step: 'upgrade' },
    ],
    [
      { kind: 'open', step: 'handshake', waitedMs: 2_000 },
      { kind: 'unanswered', url, step: 'handshake' },
    ],
    [{ kind: 'open', step: 'upgrade', waitedMs: 1_999 }, undefined],
    [{ kind: 'other' }, undefined],
  ])('an attempt that met %j counts before what the process listens on', (attempt, finding) => {
    expect(findingFor('127.0.0.1', [], attempt)).toEqual(finding);
    expect(findingFor('127.0.0.1', undefined, attempt)).toEqual(finding);
  });

  test('a gateway that we did not start is not said to listen nowhere', () => {
    expect(findingFor('127.0.0.1', undefined, refused)).toBeUndefined();
  });

  test('a step of an ordinary boot is told only after it has held for a while', () => {
    const finding: StartFinding = { kind: 'not-listening' };
    expect([0, 1_899, 1_900].map((heldMs) => isWorthTelling(finding, heldMs))).toEqual([false, false, true]);
    expect(isWorthTelling({ kind: 'unanswered', url, step: 'upgrade' }, 0)).toBe(true);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeProblem } from '../../src/catalogue.ts';
import { type ProblemCode, problemCodes } from '../../src/problem.ts';
import type { ExitFacts, ProblemFacts } from '../../src/problem-facts.ts';

/** One word that cannot come from anywhere but the facts, so that it can be looked for in the words. */
const word = fc.stringMatching(/^[a-z]{3,10}#[0-9]{1,6}$/);
const words = fc.array(word, { maxLength: 4 });
const ms = fc.integer({ min: 0, max: 3_600_000 });
const port = fc.integer({ min: 1, max: 65_535 });

function maybe<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(value, { nil: undefined });
}

/** Leaves out what is undefined: an absent fact has no member. */
function facts<T extends object>(members: { [K in keyof T]-?: fc.Arbitrary<T[K] | undefined> }): fc.Arbitrary<T> {
  return fc
    .record(members)
    .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as T);
}

const exits = facts<ExitFacts>({
  command: word,
  code: fc.option(fc.integer({ min: 0, max: 255 })),
  signal: fc.option(fc.constantFrom('SIGKILL', 'SIGSEGV')),
  cause: fc.constantFrom('clean', 'configuration', 'port-in-use', 'runtime', 'out-of-memory', 'killed', 'crash'),
  lastLines: words,
});
const plain = facts<{ detail: string }>({ detail: word });

type AnyFacts = { readonly [C in ProblemCode]: fc.Arbitrary<ProblemFacts<C>> };
const anyFacts: AnyFacts = {
  'gateway.not-found': facts({
    command: word,
    reason: fc.constantFrom('missing', 'not-executable', 'no-folder'),
    searched: words,
  }),
  'gateway.exited': exits,
  'gateway.start-timeout': facts<ProblemFacts<'gateway.start-timeout'>>({
    waitedMs: ms,
    lastError: maybe(word),
    lastLines: words,
  }),
  'gateway.unresponsive': plain,
  'gateway.draining': plain,
  'gateway.not-running': plain,
  'gateway.running-differently': plain,
  'gateway.not-stopped': facts({ survivors: fc.array(word, { minLength: 1, maxLength: 3 }), waitedMs: ms }),
  'crash.loop': facts({ crashes: fc.integer({ min: 1, max: 99 }), windowMs: ms, last: exits }),
  'port.in-use': facts<ProblemFacts<'port.in-use'>>({
    host: fc.constantFrom('127.0.0.1', '::1'),
    port,
    owner: maybe(fc.record({ pid: fc.integer({ min: 1, max: 4_000_000 }), name: word })),
    answers: maybe(word),
  }),
  'state.locked': plain,
  'state.read-only': plain,
  'config.invalid': facts({ source: word, fault: word }),
  'runtime.node-missing': facts({ needed: word, searched: words }),
  'runtime.node-too-old': facts({ found: word, path: word, needed: word }),
  'openclaw.not-installed': facts({ searched: words }),
  'auth.token-missing': plain,
  'auth.token-mismatch': facts<ProblemFacts<'auth.token-mismatch'>>({ source: word, message: maybe(word) }),
  'auth.pairing-required': facts<ProblemFacts<'auth.pairing-required'>>({
    reason: maybe(word),
    requestId: maybe(word),
  }),
  'auth.scope-missing': facts<ProblemFacts<'auth.scope-missing'>>({
    missing: fc.array(word, { minLength: 1, maxLength: 3 }),
    method: maybe(word),
  }),
  'auth.rate-limited': facts<ProblemFacts<'auth.rate-limited'>>({ retryAfterMs: maybe(ms) }),
  'protocol.mismatch': facts({ ours: word, theirs: word }),
  'method.not-offered': facts<ProblemFacts<'method.not-offered'>>({ method: word, version: maybe(word) }),
  'connection.refused': facts({ url: word, reason: word }),
  'connection.lost': facts<ProblemFacts<'connection.lost'>>({
    code: maybe(fc.integer({ min: 1000, max: 4999 }).filter((code) => code !== 1006)),
    reason: maybe(word),
  }),
  'connection.exhausted': facts({ attempts: fc.integer({ min: 1, max: 99 }), lastError: word, probeEveryMs: ms }),
  'connection.timeout': facts({ url: word, step: word, waitedMs: ms }),
  'connection.closed': plain,
  'tls.untrusted': plain,
  'request.timeout': facts<ProblemFacts<'request.timeout'>>({ method: word, timeoutMs: ms, sent: maybe(fc.boolean()) }),
  'request.cancelled': facts({ method: word }),
  'request.overloaded': facts({ limit: word }),
  'request.invalid': plain,
  'command.invalid': facts({ detail: word, help: fc.constantFrom('deskclaw help', 'deskclaw start --help') }),
  'rpc.error': facts({ method: word, code: fc.oneof(fc.integer(), word), message: word }),
  aborted: plain,
  'host.unreachable': plain,
  'host.version-mismatch': facts({ host: word, ours: word }),
  'disk.full': plain,
  internal: plain,
};

/** Every text and number in the facts, however deep. */
function leaves(value: unknown): (string | number)[] {
  if (typeof value === 'string' || typeof value === 'number') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(leaves);
}

function everyProblem<C extends ProblemCode>(
  code: C,
  check: (problem: ReturnType<typeof describeProblem>, given: ProblemFacts<C>) => void,
): void {
  const arbitrary: fc.Arbitrary<ProblemFacts<C>> = anyFacts[code];
  fc.assert(fc.property(arbitrary, (given) => check(describeProblem<C>(code, given, 0), given)));
}

describe.each(problemCodes)('%s, whatever the facts', (code) => {
  test('leaves no gap in its words', () => {
    everyProblem(code, (problem) => {
      expect(JSON.stringify(problem)).not.toMatch(/undefined|NaN|\[object|null/);
      expect(problem.detail).not.toMatch(/\(\)|: \.|, \.|"" /);
      expect(problem.actions.length).toBeGreaterThan(0);
    });
  });

  test('says each thing it was told', () => {
    // Two of them say less on purpose.
    const silent: Partial<Record<ProblemCode, RegExp>> = {
      // Where a file is not executable, or its folder is missing, the PATH has nothing to do with it.
      'gateway.not-found': /./,
      // A reason without a code is none of the peer's.
      'connection.lost': /./,
    };
    if (silent[code] !== undefined) return;
    everyProblem(code, (problem, given) => {
      const told = JSON.stringify([problem.detail, problem.actions]);
      for (const leaf of leaves(given).filter((each) => typeof each === 'string' && each.includes('#'))) {
        expect(told).toContain(leaf);
      }
    });
  });
});

test('every port that is offered is one that exists', () => {
  everyProblem('port.in-use', (problem) => {
    const offered = Number(/--port (\d+)/.exec(problem.actions[0]?.command ?? '')?.[1]);
    expect(offered).toBeGreaterThanOrEqual(0);
    expect(offered).toBeLessThanOrEqual(65_535);
  });
});

test('every longer time that is offered is longer, and whole seconds', () => {
  everyProblem('request.timeout', (problem, given) => {
    const seconds = Number(/--timeout (\d+)$/.exec(problem.actions[0]?.command ?? '')?.[1]);
    expect(Number.isInteger(seconds)).toBe(true);
    expect(seconds * 1000).toBeGreaterThanOrEqual(given.timeoutMs);
  });
});

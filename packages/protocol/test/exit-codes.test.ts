import { describe, expect, test } from 'vitest';
import { exitCodeFor, exitCodeForProblem, exitCodes } from '../src/exit-codes.ts';
import { type ProblemCode, problemCodes } from '../src/problem.ts';

describe('exit codes', () => {
  test('exit codes never change', () => {
    expect(exitCodes).toEqual({
      ok: 0,
      failure: 1,
      usage: 2,
      notRunning: 3,
      auth: 4,
      unhealthy: 5,
      timeout: 6,
      rpcError: 7,
      configuration: 78,
      interrupted: 130,
      terminated: 143,
    });
  });

  const families: readonly (readonly [string, (code: ProblemCode) => boolean, number])[] = [
    ['auth.*', (code) => code.startsWith('auth.'), exitCodes.auth],
    ['*timeout', (code) => code.endsWith('timeout'), exitCodes.timeout],
    ['rpc.error', (code) => code === 'rpc.error', exitCodes.rpcError],
    ['config.*', (code) => code.startsWith('config.'), exitCodes.configuration],
    ['runtime.*', (code) => code.startsWith('runtime.'), exitCodes.configuration],
    ['openclaw.not-installed', (code) => code === 'openclaw.not-installed', exitCodes.configuration],
  ];
  test.each(families)('every %s exits alike', (_, belongs, expected) => {
    const members = problemCodes.filter(belongs);
    expect(members).not.toEqual([]);
    for (const code of members) expect([code, exitCodeFor(code)]).toEqual([code, expected]);
  });

  test.each<[ProblemCode, number]>([
    ['gateway.not-running', exitCodes.notRunning],
    ['gateway.unresponsive', exitCodes.unhealthy],
    ['method.not-offered', exitCodes.rpcError],
    ['request.invalid', exitCodes.usage],
    ['command.invalid', exitCodes.usage],
    ['gateway.not-found', exitCodes.configuration],
    ['gateway.exited', exitCodes.failure],
    ['crash.loop', exitCodes.failure],
    ['port.in-use', exitCodes.failure],
    ['connection.refused', exitCodes.failure],
    ['connection.lost', exitCodes.failure],
    ['connection.exhausted', exitCodes.failure],
    ['host.unreachable', exitCodes.failure],
    ['internal', exitCodes.failure],
  ])('%s exits with %i', (code, expected) => {
    expect(exitCodeFor(code)).toBe(expected);
  });

  test.each([
    ['gateway.exited', 'configuration', exitCodes.configuration],
    ['crash.loop', 'runtime', exitCodes.configuration],
    ['gateway.exited', 'crash', exitCodes.failure],
    ['gateway.exited', undefined, exitCodes.failure],
  ] as const)('%s by cause %s exits with %i', (code, cause, expected) => {
    expect(exitCodeForProblem({ code, ...(cause === undefined ? {} : { cause }) })).toBe(expected);
  });

  test('exitCodeFor never returns success or the code of a signal', () => {
    const others = new Set<number>([exitCodes.ok, exitCodes.interrupted, exitCodes.terminated]);
    for (const code of problemCodes) expect([code, others.has(exitCodeFor(code))]).toEqual([code, false]);
  });
});

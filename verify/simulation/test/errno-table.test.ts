import { GatewayError } from '@deskclaw/core';
import { describe, expect, test } from 'vitest';
import { type CallSite, callSites, type Errno, errnos } from '../src/whole/errno-faults.ts';
import type { Plan } from '../src/whole/plan.ts';
import { World } from '../src/whole/world.ts';
import { ordinary, playErrno } from './errno-schedules.ts';

describe.each(callSites)('calls that fail: %s', (site) => {
  test.each(errnos)('%s at this place is survived in every situation', async (code) => {
    await playErrno(site, code, undefined);
  });
});

/** Returns the problem of a start while the calls of one place fail. */
async function refusal(site: CallSite, code: Errno, plan: Partial<Plan> = {}): Promise<GatewayError | undefined> {
  const world = new World({ ...ordinary, mode: 'supervise', ...plan }, () => undefined, new Map());
  world.errno.begin(site, code);
  let error: unknown;
  world.hosted.manager.start().catch((reason: unknown) => {
    error = reason;
  });
  await world.clock.advance(20_000);
  return error instanceof GatewayError ? error : undefined;
}

describe('the cause of a start that fails', () => {
  test.each(errnos)('%s at the spawn is told in the problem', async (code) => {
    const { problem } = (await refusal('spawn', code)) ?? {};
    const words: Partial<Record<Errno, RegExp>> = {
      EACCES: /may not be executed|not executable/,
      EPERM: /may not be executed|not executable/,
      ENOENT: /does not exist/,
    };
    expect(`${String(problem?.title)} ${String(problem?.detail)}`).toMatch(words[code] ?? new RegExp(code));
  });

  test.each(errnos)('%s at the check of the port is told in the problem', async (code) => {
    const { problem } = (await refusal('bind to check the port', code)) ?? {};
    const words: Partial<Record<Errno, RegExp>> = { EACCES: /does not let us listen/, EPERM: /does not let us listen/ };
    expect(problem?.detail).toMatch(words[code] ?? new RegExp(code));
    expect(problem?.code).not.toBe('port.in-use');
  });

  test.each(errnos)('%s at the search for a port is told in the problem', async (code) => {
    expect((await refusal('bind to find a port', code, { port: 'chosen' }))?.problem.detail).toMatch(code);
  });

  test.each(['mkdir', 'open', 'rename'] as const)('a record that cannot be saved (%s) costs no start', async (call) => {
    for (const code of errnos) expect(await refusal(`${call} to save the record`, code)).toBeUndefined();
  });
});

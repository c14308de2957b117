import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeClock, nodeProcessTable } from '@deskclaw/core';
import { nodeFiles, nodeSpawner } from '@deskclaw/core/internal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OpenClawPlan } from '../src/openclaw-plan.ts';
import { prepareOpenClaw } from '../src/prepare.ts';
import { offersHandoff, RestartHandoff, readClaim, readHandoffAnswer } from '../src/restart-handoff.ts';
import type { ProgramRun } from '../src/run-program.ts';
import { manifest } from './memory-files.ts';

const contract = { ok: true, protocol: 'openclaw.gateway.restart-handoff', protocolVersion: 1 } as const;
const capabilities = { ...contract, operations: ['consume'] };
const accepted = (pid: number) => ({
  ...contract,
  status: 'accepted',
  handoff: { kind: 'gateway-supervisor-restart-handoff', version: 1, pid, reason: 'gateway.restart' },
});

function ended(value: unknown, code = 0): ProgramRun {
  return { kind: 'ended', code, stdout: JSON.stringify(value), stderr: '' };
}

/** Answers measured on 2026.9.6, and those of programs that do not know the contract. */
describe('an answer of the restart handoff', () => {
  test.each<[string, ProgramRun, boolean]>([
    ['the measured one', ended(capabilities), true],
    ['another version of the contract', ended({ ...capabilities, protocolVersion: 2 }), false],
    ['another contract', ended({ ...capabilities, protocol: 'else' }), false],
    ['no operations', ended({ ...contract, operations: [] }), false],
    ['an unknown command', ended('does not recognize option', 1), false],
    ['a page of help with code 0', { kind: 'ended', code: 0, stdout: 'Usage: openclaw', stderr: '' }, false],
    ['none in time', { kind: 'timed-out' }, false],
  ])('capabilities are offered only by the contract itself: %s', (_, run, offered) => {
    expect(offersHandoff(readHandoffAnswer(run))).toBe(offered);
  });

  test.each<[string, ProgramRun, boolean, RegExp]>([
    ['accepted', ended(accepted(7)), true, /asked for a fresh process \(gateway\.restart\)/],
    ['accepted for another process', ended(accepted(8)), false, /no restart handoff for process 7/],
    ['none', ended({ ...contract, status: 'none', reason: 'missing' }), false, /\(none, missing\)/],
    [
      'expired',
      ended({ ...contract, status: 'rejected', reason: 'expired', handoffPid: 7 }),
      false,
      /rejected, expired/,
    ],
    ['a bad argument', ended({ ok: false, status: 'error', reason: 'invalid-expected-pid' }, 2), false, /exit code 2/],
    [
      'a damaged store',
      ended({ ok: false, error: { type: 'cli_error', message: 'file is not a database' } }, 1),
      false,
      /exit code 1: file is not a database/,
    ],
    ['accepted, but with code 1', ended(accepted(7), 1), false, /exit code 1/],
    ['none in time', { kind: 'timed-out' }, false, /did not answer within 30 s/],
  ])('only an accepted handoff of the process that exited authorises a restart: %s', (_, run, isAccepted, words) => {
    const claim = readClaim(readHandoffAnswer(run), 7);
    expect(claim.accepted).toBe(isAccepted);
    expect(claim.detail).toMatch(words);
  });
});

describe('negotiation with the program', () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'restart-handoff-'));
    await writeFile(join(root, 'package.json'), manifest('2026.9.6', '*'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  /** An OpenClaw whose command line notes its arguments and mode, and answers each by its own text. */
  async function planOf(answers: Readonly<Record<string, unknown>>): Promise<OpenClawPlan> {
    const script = `
      import { appendFileSync } from 'node:fs';
      const words = process.argv.slice(2);
      appendFileSync(${JSON.stringify(join(root, 'calls'))}, words.join(' ') + ' ' + process.env.OPENCLAW_SUPERVISOR_MODE + '\\n');
      const answer = ${JSON.stringify(answers)}[words[2]];
      if (answer === 'hang') setInterval(() => {}, 1000);
      else if (answer === undefined) process.exitCode = 1;
      else console.log(JSON.stringify(answer));`;
    await writeFile(join(root, 'openclaw.mjs'), script);
    const prepared = await prepareOpenClaw(
      {
        platform: process.platform,
        env: { PATH: '/usr/bin:/bin' },
        home: root,
        openclaw: root,
        self: { file: process.execPath, version: process.versions.node },
      },
      {
        files: nodeFiles,
        nodeVersion: () => Promise.resolve(process.versions.node),
        ownToken: () => ({ value: 't', source: 's' }),
        now: () => 0,
      },
    );
    if (!prepared.ok) throw new Error(prepared.problem.detail);
    return prepared.plan;
  }

  const calls = async () => (await readFile(join(root, 'calls'), 'utf8')).trim().split('\n');
  const ports = { spawner: nodeSpawner, processes: nodeProcessTable, clock: nodeClock };
  const never = new AbortController().signal;

  test('capabilities are asked once, then each exit is consumed, with the supervisor mode set', async () => {
    const plan = await planOf({ capabilities, consume: accepted(7) });
    const handoff = new RestartHandoff(plan, { PATH: '/usr/bin:/bin', ...plan.env }, ports);
    expect(await handoff.claim(7, never)).toMatchObject({ accepted: true });
    expect(await handoff.claim(8, never)).toMatchObject({ accepted: false });
    expect(await calls()).toEqual([
      'gateway restart-handoff capabilities --json external',
      'gateway restart-handoff consume --expected-pid 7 --json external',
      'gateway restart-handoff consume --expected-pid 8 --json external',
    ]);
  });

  test('a version without the contract is asked for its capabilities once, and never to consume', async () => {
    const plan = await planOf({});
    const handoff = new RestartHandoff(plan, { PATH: '/usr/bin:/bin', ...plan.env }, ports);
    for (const pid of [7, 8])
      expect(await handoff.claim(pid, never)).toEqual({
        accepted: false,
        detail: 'This version of OpenClaw offers no restart handoff.',
      });
    expect(await calls()).toEqual(['gateway restart-handoff capabilities --json external']);
  });

  test('a claim that nobody waits for any more ends at once, and decides nothing about the next', async () => {
    const plan = await planOf({ capabilities: 'hang' });
    const handoff = new RestartHandoff(plan, { PATH: '/usr/bin:/bin', ...plan.env }, ports);
    const abort = new AbortController();
    const claim = handoff.claim(7, abort.signal);
    abort.abort();
    expect(await claim).toMatchObject({ accepted: false, detail: expect.stringContaining('another request') });
    await planOf({ capabilities, consume: accepted(7) });
    expect(await handoff.claim(7, never)).toMatchObject({ accepted: true });
  });
});

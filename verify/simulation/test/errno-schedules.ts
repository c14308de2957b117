import { expect } from 'vitest';
import { errnoCoverage } from '../src/pairs.ts';
import { silent } from '../src/simulation.ts';
import { count, type Tally } from '../src/tally.ts';
import type { CallSite, Errno } from '../src/whole/errno-faults.ts';
import type { Action, Plan } from '../src/whole/plan.ts';
import { healthy } from '../src/whole/program.ts';
import { playSchedule } from '../src/whole/schedule.ts';

/** One gateway that is well, supervised on a fixed port. */
export const ordinary: Plan = {
  seed: 1,
  mode: 'auto',
  port: 'fixed',
  dialect: 'jsonrpc',
  choice: 'jsonrpc',
  lifeline: false,
  drainMs: 0,
  squatter: undefined,
  programs: [healthy],
  actions: [],
};
const pass = (ms: number) => ({ do: 'pass', ms }) as const;
const start = { do: 'start' } as const;

/** What happens while the calls fail. Each schedule then ends the fault, and everything must run and stop as ever. */
const situations: Readonly<Record<string, (fault: Action) => Partial<Plan>>> = {
  'during a start': (fault) => ({ actions: [fault, start, pass(3_000)] }),
  'during a start that nobody answers': (fault) => ({
    programs: [{ ...healthy, hangs: true }],
    actions: [fault, start, pass(4_000)],
  }),
  'during a start on any port': (fault) => ({ port: 'chosen', actions: [fault, start, pass(3_000)] }),
  'during a respawn': (fault) => ({ actions: [start, pass(500), fault, { do: 'exit', code: 1 }, pass(3_000)] }),
  'during a stop': (fault) => ({ actions: [start, pass(500), fault, { do: 'stop' }, pass(3_000)] }),
  'during a forced stop': (fault) => ({ actions: [start, pass(500), fault, { do: 'force-stop' }, pass(3_000)] }),
  'during a restart': (fault) => ({ actions: [start, pass(500), fault, { do: 'restart' }, pass(3_000)] }),
  'while it is silent': (fault) => ({
    actions: [start, pass(500), fault, { do: 'freeze' }, pass(20_000), { do: 'check-health' }, pass(3_000)],
  }),
  'while it is adopted': (fault) => ({ actions: [start, pass(500), { do: 'host-dies' }, fault, start, pass(3_000)] }),
  'before its host dies': (fault) => ({
    mode: 'supervise',
    actions: [fault, start, pass(3_000), { do: 'host-dies' }, start, pass(3_000)],
  }),
  'while it is adopted without a recorded pid': (fault) => ({
    mode: 'supervise',
    actions: [
      { do: 'disk', delayMs: 200, fails: false },
      start,
      pass(500),
      { do: 'host-dies' },
      { do: 'disk', delayMs: 0, fails: false },
      fault,
      start,
      pass(3_000),
    ],
  }),
  'while another process takes its port': (fault) => ({
    actions: [
      start,
      pass(500),
      { do: 'deaf' },
      { do: 'squat', as: 'gateway', ms: 9_000 },
      fault,
      { do: 'reset' },
      pass(5_000),
    ],
  }),
  'during a start on a port that is taken': (fault) => ({
    actions: [{ do: 'squat', as: 'http', ms: 2_000 }, fault, start, pass(3_000)],
  }),
  'while the connection is lost': (fault) => ({ actions: [start, pass(500), fault, { do: 'reset' }, pass(3_000)] }),
  'while it is watched': (fault) => ({
    actions: [start, pass(500), fault, pass(30_000), { do: 'check-health' }, pass(9)],
  }),
};

/** Without its record, an orphan is nobody's. */
const needsRecord: ReadonlySet<string> = new Set(['while it is adopted', 'while it is adopted without a recorded pid']);

async function play(situation: string, site: CallSite, code: Errno, times: number | undefined): Promise<Tally> {
  const tally: Tally = new Map();
  const fault: Action = { do: 'errno', site, code, ...(times === undefined ? {} : { times }) };
  const plan = { ...ordinary, ...situations[situation]?.(fault) };
  await expect(playSchedule(plan, silent, tally), situation).resolves.toBeUndefined();
  return tally;
}

const situationsOf = new Map<CallSite, readonly string[]>();

/** Finds the situations in which the call is made. */
async function findSituations(site: CallSite): Promise<readonly string[]> {
  const known = situationsOf.get(site);
  if (known !== undefined) return known;
  const found: string[] = [];
  for (const situation of Object.keys(situations)) {
    if (site === 'open to read the record' && needsRecord.has(situation)) continue;
    const { missing } = errnoCoverage(await play(situation, site, 'EMFILE', undefined));
    if (!missing.includes(`${site}, EMFILE`)) found.push(situation);
  }
  situationsOf.set(site, found);
  return found;
}

/**
 * Plays every situation with calls at one place that fail with one code. Fails where a rule is broken, or no call was made to fail.
 * @param times how many calls fail; `undefined`: all until faults cease
 */
export async function playErrno(site: CallSite, code: Errno, times: number | undefined): Promise<void> {
  const tally: Tally = new Map();
  for (const situation of await findSituations(site))
    for (const [what, made] of await play(situation, site, code, times)) count(tally, what, made);
  expect(errnoCoverage(tally).missing).not.toContain(`${site}, ${code}`);
}

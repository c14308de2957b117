import { expect } from 'vitest';
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
  'while the connection is lost': (fault) => ({ actions: [start, pass(500), fault, { do: 'reset' }, pass(3_000)] }),
  'while it is watched': (fault) => ({
    actions: [start, pass(500), fault, pass(30_000), { do: 'check-health' }, pass(9)],
  }),
};

/**
 * Plays every situation with calls at one place that fail with one code. Fails where a rule is broken, or no call was made to fail.
 * @param times how many calls fail; `undefined`: all until faults cease
 */
export async function playErrno(site: CallSite, code: Errno, times: number | undefined): Promise<void> {
  const tally = new Map<string, number>();
  const fault: Action = { do: 'errno', site, code, ...(times === undefined ? {} : { times }) };
  for (const [situation, makePlan] of Object.entries(situations)) {
    // An orphan is nobody's while its record cannot be read.
    if (situation === 'while it is adopted' && site === 'open to read the record') continue;
    const played = playSchedule({ ...ordinary, ...makePlan(fault) }, () => undefined, tally);
    await expect(played, situation).resolves.toBeUndefined();
  }
  expect(tally.get(`errno: ${site}, ${code}`)).toBeGreaterThan(0);
}

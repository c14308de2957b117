import { describeProblem, type Problem } from '@deskclaw/protocol';
import type { ProcessIdentity, SpawnRequest } from '../ports/spawner.ts';
import { commandName, fillCommand, resolveCommand } from '../process/command.ts';
import { delay } from '../process/delay.ts';
import { childEnvironment, pathName } from '../process/environment.ts';
import { commandHash, markerEnvironment, markerOf, type OwnershipRecord, recognise } from '../process/ownership.ts';
import { portProblem } from '../process/port-owner.ts';
import { endTree } from '../process/tree.ts';
import type { LaunchPlan } from './launch-plan.ts';
import { policyOf } from './launch-plan.ts';
import type { OwnershipRecords } from './ownership-records.ts';
import type { SupervisorPorts } from './ports.ts';

export interface PreflightInput {
  readonly plan: LaunchPlan;
  readonly nonce: string;
  readonly repair: ((signal: AbortSignal) => Promise<Problem | undefined>) | undefined;
  /** The PATH of the user's shell, where ours cannot be used; see `userPath`. */
  readonly userPath: () => Promise<string | undefined>;
  readonly records: OwnershipRecords;
  readonly ports: SupervisorPorts;
  readonly signal: AbortSignal;
}

export type PreflightResult =
  | { readonly kind: 'passed'; readonly request: SpawnRequest; readonly record: OwnershipRecord }
  | { readonly kind: 'adopt'; readonly child: ProcessIdentity; readonly record: OwnershipRecord }
  | { readonly kind: 'refused'; readonly problem: Problem }
  | { readonly kind: 'cancelled' };

const cancelled: PreflightResult = { kind: 'cancelled' };

function refused(problem: Problem): PreflightResult {
  return { kind: 'refused', problem };
}

/** How long a process of an earlier host may take to die of SIGTERM and how often we look. */
const LOOK_EVERY_MS = 20;

/** Ends what an earlier host left and this one does not want: politely first. */
async function clearRemains(
  record: OwnershipRecord,
  plan: LaunchPlan,
  ports: SupervisorPorts,
): Promise<Problem | undefined> {
  const { stop } = policyOf(plan);
  const found = recognise(record, ports.processes);
  if (found.kind === 'alive' && ports.processes.signal(found.child, 'SIGTERM')) {
    const deadline = ports.clock.now() + stop.graceMs;
    while (ports.clock.now() < deadline && recognise(record, ports.processes).kind === 'alive') {
      await delay(ports.clock, LOOK_EVERY_MS);
    }
  }
  const leader = found.kind === 'alive' ? found.child : record.child;
  const root = { ...(leader === undefined ? {} : { leader }), marker: markerOf(record.nonce) };
  const survivors = await endTree(root, ports, stop.killMs);
  if (survivors.length === 0) return undefined;
  const names = survivors.map((info) => `${info.name} (pid ${String(info.pid)})`);
  return describeProblem('gateway.not-stopped', { survivors: names, waitedMs: stop.killMs }, ports.clock.wallTime());
}

interface Command {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly hash: string;
}

function commandOf(plan: LaunchPlan, ports: SupervisorPorts): Command {
  const argv = fillCommand(plan.command, plan);
  const cwd = plan.cwd ?? ports.host.cwd;
  return { argv, cwd, hash: commandHash(argv, cwd) };
}

type Leftover = { readonly kind: 'none' } | Extract<PreflightResult, { kind: 'adopt' | 'refused' }>;

/** What an earlier host of ours left: taken over if it is what is wanted now, ended if not, left alone if its owner lives. */
async function settleLeftover(plan: LaunchPlan, records: OwnershipRecords, ports: SupervisorPorts): Promise<Leftover> {
  const record = await records.read();
  if (record === undefined) return { kind: 'none' };
  const found = recognise(record, ports.processes);
  if (found.kind !== 'gone' && records.ownerLives(record)) {
    return {
      kind: 'refused',
      problem: describeProblem(
        'state.locked',
        { detail: `Process ${String(record.owner.pid)} supervises the gateway on port ${String(record.port)}.` },
        ports.clock.wallTime(),
      ),
    };
  }
  const wanted =
    commandOf(plan, ports).hash === record.commandHash && record.port === plan.port && record.host === plan.host;
  if (found.kind === 'alive' && wanted) return { kind: 'adopt', child: found.child, record };
  const problem = found.kind === 'gone' ? undefined : await clearRemains(record, plan, ports);
  if (problem !== undefined) return { kind: 'refused', problem };
  await records.clear();
  return { kind: 'none' };
}

async function resolveRequest(input: PreflightInput): Promise<SpawnRequest | Problem> {
  const { plan, nonce, ports } = input;
  const { argv, cwd } = commandOf(plan, ports);
  const { platform, env: hostEnv } = ports.host;
  const path = await input.userPath();
  const env = childEnvironment({
    host: hostEnv,
    platform,
    ...(plan.inherit === undefined ? {} : { inherit: plan.inherit }),
    overrides: { ...plan.env, ...markerEnvironment(nonce) },
    ...(path === undefined ? {} : { path }),
  });
  const { PATHEXT: pathExt, SystemRoot: systemRoot } = hostEnv;
  const resolved = await resolveCommand(
    {
      argv,
      cwd,
      path: env[pathName(env, platform)] ?? '',
      platform,
      ...(pathExt === undefined ? {} : { pathExt }),
      ...(systemRoot === undefined ? {} : { systemRoot }),
    },
    ports.programs,
  );
  if (!resolved.ok) return describeProblem('gateway.not-found', resolved.facts, ports.clock.wallTime());
  const { file, args, verbatim } = resolved;
  return { file, args, cwd, env, lifeline: plan.lifeline, ...(verbatim ? { verbatim } : {}) };
}

/** Everything that can be known to be wrong before a process exists. Never rejects. */
export async function preflight(input: PreflightInput): Promise<PreflightResult> {
  const { plan, nonce, records, ports, signal } = input;
  try {
    const leftover = await settleLeftover(plan, records, ports);
    if (leftover.kind !== 'none') return leftover;
    for (const step of [input.repair, plan.prepare]) {
      const problem = signal.aborted ? undefined : await step?.(signal);
      if (signal.aborted) return cancelled;
      if (problem !== undefined) return refused(problem);
    }
    const request = await resolveRequest(input);
    if ('code' in request) return refused(request);
    const taken = await portProblem(plan.host, plan.port, ports.ports, ports.clock.wallTime());
    if (signal.aborted) return cancelled;
    if (taken !== undefined) return refused(taken);
    const { host, port } = plan;
    const record: OwnershipRecord = {
      version: 1,
      nonce,
      host,
      port,
      commandHash: commandOf(plan, ports).hash,
      owner: ports.host.identity,
      supervisor: records.supervisor,
      at: ports.clock.wallTime(),
    };
    await records.write(record);
    return { kind: 'passed', request, record };
  } catch (error) {
    const detail = `Preparing "${commandName(plan.command)}" failed: ${error instanceof Error ? error.message : String(error)}`;
    return signal.aborted ? cancelled : refused(describeProblem('internal', { detail }, ports.clock.wallTime()));
  }
}

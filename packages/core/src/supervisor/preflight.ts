import { describeProblem, type Problem } from '@deskclaw/protocol';
import type { ProcessIdentity, SpawnRequest } from '../ports/spawner.ts';
import { resolveCommand } from '../process/command.ts';
import { childEnvironment, pathName } from '../process/environment.ts';
import { markerEnvironment, type OwnershipRecord } from '../process/ownership.ts';
import { portProblem } from '../process/port-availability.ts';
import { commandOf, type LaunchPlan } from './launch-plan.ts';
import type { OwnershipRecords } from './ownership-records.ts';
import type { SupervisorPorts } from './ports.ts';
import { reconcilePreviousLaunch } from './previous-launch.ts';

export interface PreflightInput {
  readonly plan: LaunchPlan;
  readonly nonce: string;
  /** Whether a living gateway that an earlier host left may be taken over; else it is ended. */
  readonly adopt: boolean;
  readonly repair: ((signal: AbortSignal) => Promise<Problem | undefined>) | undefined;
  /** The PATH of the user's shell, where ours cannot be used; see `userPath`. */
  readonly userPath: () => Promise<string | undefined>;
  readonly records: OwnershipRecords;
  readonly ports: SupervisorPorts;
  readonly signal: AbortSignal;
}

interface SpawnPlan {
  readonly request: SpawnRequest;
  /** Whether the program was built for another kind of processor: a start that comes to nothing may be due to that. */
  readonly isForeign: boolean;
}

export type PreflightResult =
  | ({ readonly kind: 'passed'; readonly record: OwnershipRecord } & SpawnPlan)
  | { readonly kind: 'adopt'; readonly child: ProcessIdentity; readonly record: OwnershipRecord }
  | { readonly kind: 'refused'; readonly problem: Problem }
  | { readonly kind: 'cancelled' };

const cancelled: PreflightResult = { kind: 'cancelled' };

function refused(problem: Problem): PreflightResult {
  return { kind: 'refused', problem };
}

/** The working folder of the gateway. Only one that was asked for has to exist: a removed worktree must not end restarts. */
async function workingFolder({ plan, ports }: PreflightInput): Promise<string> {
  if (plan.cwd !== undefined) return plan.cwd;
  const { cwd, env } = ports.host;
  const preferred = plan.defaultCwd ?? cwd;
  for (const folder of [preferred, cwd, env['HOME'] ?? '/', '/']) {
    if ((await ports.programs.kindOf(folder)) !== 'folder') continue;
    if (folder !== preferred)
      ports.logger.log('warn', `The folder ${preferred} is gone; the gateway runs in ${folder}`);
    return folder;
  }
  return preferred;
}

async function resolveRequest(input: PreflightInput): Promise<SpawnPlan | Problem> {
  const { plan, nonce, ports } = input;
  const { argv } = commandOf(plan);
  const cwd = await workingFolder(input);
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
  const { file, args, verbatim, isForeign = false } = resolved;
  return { request: { file, args, cwd, env, lifeline: plan.lifeline, ...(verbatim ? { verbatim } : {}) }, isForeign };
}

/** Everything that can be known to be wrong before a process exists. Rejects with the error of a hook or of the system. */
export async function preflight(input: PreflightInput): Promise<PreflightResult> {
  const { plan, nonce, records, ports, signal } = input;
  const previous = await reconcilePreviousLaunch(input);
  if (previous.kind !== 'none') return previous;
  for (const step of [input.repair, plan.prepare]) {
    const problem = signal.aborted ? undefined : await step?.(signal);
    if (signal.aborted) return cancelled;
    if (problem !== undefined) return refused(problem);
  }
  const spawnPlan = await resolveRequest(input);
  if ('code' in spawnPlan) return refused(spawnPlan);
  const { host, port } = plan;
  const taken = await portProblem(host, port, ports.tcpPorts, ports.clock.wallTime());
  if (signal.aborted) return cancelled;
  if (taken !== undefined) return refused(taken);
  const record: OwnershipRecord = {
    version: 1,
    nonce,
    host,
    port,
    commandHash: commandOf(plan).hash,
    owner: ports.host.identity,
    supervisor: records.supervisor,
    at: ports.clock.wallTime(),
  };
  await records.write(record);
  return { kind: 'passed', ...spawnPlan, record };
}

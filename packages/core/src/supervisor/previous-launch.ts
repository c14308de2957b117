import { describeProblem, type Problem } from '@deskclaw/protocol';
import type { ProcessIdentity } from '../ports/spawner.ts';
import { delay } from '../process/delay.ts';
import { killTreeUntilGone } from '../process/kill-process-tree.ts';
import { type OwnershipRecord, recognise, recordedTree } from '../process/ownership.ts';
import { commandOf, type LaunchPlan, policyOf } from './launch-plan.ts';
import type { OwnershipRecords } from './ownership-records.ts';
import type { SupervisorPorts } from './ports.ts';

/** The process is not our child, so the system does not report its exit: poll. */
const POLL_INTERVAL_MS = 20;

/** Stops the process of an earlier host: SIGTERM first, then SIGKILL to the whole tree. */
async function killPreviousLaunch(
  record: OwnershipRecord,
  plan: LaunchPlan,
  ports: SupervisorPorts,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  const { stop } = policyOf(plan);
  const found = recognise(record, ports.processes);
  const root = recordedTree(record, found, ports.processes);
  if (found.kind === 'alive' && ports.processes.signal(found.child, 'SIGTERM')) {
    const deadline = ports.clock.now() + stop.graceMs;
    while (!signal.aborted && ports.clock.now() < deadline && recognise(record, ports.processes).kind === 'alive') {
      await delay(ports.clock, POLL_INTERVAL_MS);
    }
  }
  const survivors = await killTreeUntilGone(root, ports, stop.killMs);
  if (survivors.length === 0) return undefined;
  const names = survivors.map((info) => `${info.name} (pid ${String(info.pid)})`);
  return describeProblem('gateway.not-stopped', { survivors: names, waitedMs: stop.killMs }, ports.clock.wallTime());
}

/** Returns whether a command line runs the program with its arguments, with or without an interpreter in front. */
function isCommandLineOf(line: string | undefined, [program = '', ...args]: readonly string[]): boolean {
  const words = [program.slice(program.lastIndexOf('/') + 1), ...args].join(' ');
  return line?.endsWith(words) === true && ['', ' ', '/'].includes(line.charAt(line.length - words.length - 1));
}

/**
 * Whether `child` is the main process of a launch whose pid was not recorded, and not a helper that leads its own
 * group: the
 * main process has the command line of the launch, or listens on its port.
 */
async function isMainProcess(
  child: ProcessIdentity,
  record: OwnershipRecord,
  argv: readonly string[],
  ports: SupervisorPorts,
): Promise<boolean> {
  if (record.child !== undefined || isCommandLineOf(ports.processes.commandLine(child.pid), argv)) return true;
  return (await ports.tcpPorts.listening(child.pid)).some(({ port }) => port === record.port);
}

async function isAdoptable(
  child: ProcessIdentity,
  record: OwnershipRecord,
  plan: LaunchPlan,
  ports: SupervisorPorts,
): Promise<boolean> {
  const { argv, hash } = commandOf(plan);
  const isSame = record.handedOver === true || hash === record.commandHash;
  if (!isSame || record.port !== plan.port || record.host !== plan.host) return false;
  return isMainProcess(child, record, argv, ports);
}

export type PreviousLaunch =
  | { readonly kind: 'none' }
  | { readonly kind: 'adopt'; readonly child: ProcessIdentity; readonly record: OwnershipRecord }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** Decides about the process of an earlier host: adopts it if it fits the plan, kills it if not, refuses if its owner lives. */
export async function reconcilePreviousLaunch(input: {
  readonly plan: LaunchPlan;
  readonly adopt: boolean;
  readonly records: OwnershipRecords;
  readonly ports: SupervisorPorts;
  readonly signal: AbortSignal;
}): Promise<PreviousLaunch> {
  const { plan, adopt, records, ports, signal } = input;
  const record = await records.read();
  // Cancelled while the disk was read: the next start deals with the process.
  if (record === undefined || signal.aborted) return { kind: 'none' };
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
  if (found.kind === 'alive' && found.proof === 'start-mark') {
    const { pid } = found.child;
    const text = `The system does not show the environment of process ${String(pid)}: it is known by its start time alone.`;
    ports.logger.log('info', text);
  }
  if (adopt && found.kind === 'alive' && (await isAdoptable(found.child, record, plan, ports)))
    return { kind: 'adopt', child: found.child, record };
  const problem = found.kind === 'gone' ? undefined : await killPreviousLaunch(record, plan, ports, signal);
  if (problem !== undefined) return { kind: 'refused', problem };
  await records.clear();
  return { kind: 'none' };
}

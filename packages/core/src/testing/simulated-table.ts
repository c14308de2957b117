import type { ProcessIdentity, ProcessInfo, ProcessTable } from '../ports/spawner.ts';
import type { SimulatedProgram } from './simulated-program.ts';

/** One living process. */
export interface Simulated {
  readonly info: ProcessInfo;
  readonly program: SimulatedProgram;
  readonly environment: ReadonlySet<string>;
  /** Whether the process was started by us. */
  ours: boolean;
  /** Pid of the process whose pipes this one holds open. */
  readonly pipesOf: number | undefined;
  frozen: boolean;
  pendingTerm: boolean;
  /** CPU time up to `since`, and the share of a core it takes from then on. */
  cpu: { readonly usedMs: number; readonly since: number; readonly share: number };
}

export interface TableWatch {
  readonly now: () => number;
  /** Returns the command line of a spawned process. */
  readonly commandLine: (pid: number) => string | undefined;
  readonly send: (process: Simulated, signal: string) => void;
}

const MARK = 'start-';

export function startMarkOf(start: number): string {
  return `${MARK}${String(start)}`;
}

function startNumber({ startMark }: ProcessIdentity): number {
  return Number(startMark.slice(MARK.length));
}

export function cpuMs({ cpu }: Simulated, now: number): number {
  return cpu.usedMs + (now - cpu.since) * cpu.share;
}

/** The living processes as a program sees them. */
export function simulatedTable(live: ReadonlyMap<number, Simulated>, io: TableWatch): ProcessTable {
  const all = () => [...live.values()];
  const belongs = (each: Simulated, leader: ProcessIdentity) => {
    const holder = live.get(leader.pid);
    return (holder === undefined || holder.info.startMark === leader.startMark) && each.info.groupId === leader.pid;
  };
  return {
    find: (pid) => {
      const process = live.get(pid);
      return process === undefined ? undefined : { ...process.info, cpuMs: cpuMs(process, io.now()) };
    },
    commandLine: (pid) => {
      const name = live.get(pid)?.info.name;
      return name === 'gateway' ? io.commandLine(pid) : name;
    },
    checkMarker: (pid, marker) => (live.get(pid)?.environment.has(marker) === true ? 'carried' : 'missing'),
    tree: ({ leader, marker, known = [], recordedLeader }) => {
      const carries = (each: Simulated) => marker !== undefined && each.environment.has(marker);
      const inRecordedGroup = (each: Simulated) => each.info.groupId === recordedLeader?.pid;
      const hasNewLeader = all().some(
        ({ info }) => info.pid === recordedLeader?.pid && info.startMark !== recordedLeader.startMark,
      );
      const isProven = !hasNewLeader && all().some((each) => inRecordedGroup(each) && carries(each));
      const found = new Set(
        all().filter(
          (each) =>
            (leader !== undefined && belongs(each, leader)) ||
            carries(each) ||
            (isProven && inRecordedGroup(each)) ||
            known.some((one) => one.pid === each.info.pid && one.startMark === each.info.startMark),
        ),
      );
      for (const each of found) for (const other of all()) if (other.info.parentPid === each.info.pid) found.add(other);
      return [...found].map((each) => each.info);
    },
    signal: (target, signal) => {
      const process = live.get(target.pid);
      if (process === undefined || process.info.startMark !== target.startMark) return false;
      io.send(process, signal);
      return true;
    },
    killGroup: (leader) => {
      const members = all().filter((each) => belongs(each, leader));
      for (const each of members) io.send(each, 'SIGKILL');
      return members.length > 0;
    },
    isOlder: (one, other) => startNumber(one) < startNumber(other),
    outOfMemoryKills: () => undefined,
  };
}

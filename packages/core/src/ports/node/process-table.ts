import type { ProcessIdentity, ProcessTable } from '../spawner.ts';
import { linuxProcesses } from './linux-processes.ts';
import type { ProcessSource } from './process-tree.ts';
import { selectTree } from './process-tree.ts';
import { psProcesses } from './ps-processes.ts';
import { taskkill, windowsProcesses } from './windows-processes.ts';

/** `false`: it is gone, or belongs to another user; a signal never raises for that. */
function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/**
 * A table over one system's view of processes. A pid is signalled only right after a look proved that it still has the
 * start mark we know. What remains is the microseconds between that look and the signal: a system would have to run
 * through all its pids in them.
 */
export function processTable(source: ProcessSource, killGroup: (pid: number) => boolean): ProcessTable {
  const isVerified = (target: ProcessIdentity) =>
    target.startMark !== '' && source.find(target.pid)?.startMark === target.startMark;
  return {
    find: (pid) => source.find(pid),
    commandLine: (pid) => source.commandLine(pid),
    checkMarker: (pid, marker) => source.checkMarker(pid, marker),
    tree: (root) => selectTree(source, root, process.pid),
    signal: (target, signal) => target.pid !== process.pid && isVerified(target) && sendSignal(target.pid, signal),
    killGroup: (leader) => {
      // An empty start mark, or one of an earlier boot, names a group that may belong to others today.
      if (source.startOf(leader.startMark) === undefined) return false;
      if (leader.pid === process.pid || leader.pid <= 1) return false;
      const holder = source.find(leader.pid);
      // After its leader died, a group's number stays reserved while the group has members; a new leader means a new
      // group.
      return (holder === undefined || holder.startMark === leader.startMark) && killGroup(leader.pid);
    },
    isOlder: (one, other) => {
      const [first, second] = [source.startOf(one.startMark), source.startOf(other.startMark)];
      return first === undefined || second === undefined || first === second ? undefined : first < second;
    },
    outOfMemoryKills: () => source.outOfMemoryKills(),
  };
}

function forThisSystem(): ProcessTable {
  switch (process.platform) {
    case 'win32': {
      const systemRoot = process.env['SystemRoot'] ?? 'C:\\Windows';
      return processTable(windowsProcesses(systemRoot), (pid) => taskkill(systemRoot, pid));
    }
    case 'linux':
    case 'android':
      return processTable(linuxProcesses, (pid) => sendSignal(-pid, 'SIGKILL'));
    default:
      return processTable(psProcesses(), (pid) => sendSignal(-pid, 'SIGKILL'));
  }
}

export const nodeProcessTable: ProcessTable = forThisSystem();

/** Returns the identity of this process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startMark: nodeProcessTable.find(process.pid)?.startMark ?? '' };
}

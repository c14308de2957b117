import { describeProblem, type Problem } from '@deskclaw/protocol';
import type { Clock } from '../ports/clock.ts';
import type { ProcessIdentity, ProcessTable, SocketPeer, TcpPorts, TreeRoot } from '../ports/spawner.ts';
import { isInTree } from './kill-process-tree.ts';

/** The number of root, whom no user can keep a secret from. */
const ROOT = 0;

/**
 * Programs that have the gateway run elsewhere: by a daemon, a virtual machine, the master of a connection. That process
 * listens in their stead, and mostly started earlier (Docker Desktop, rootless Docker, `podman machine`).
 */
const delegatingPrograms: ReadonlySet<string> = new Set([
  'docker',
  'com.docker.cli',
  'docker-compose',
  'podman',
  'nerdctl',
  'limactl',
  'ssh',
]);

/** Evidence about the process that answers on the port of our child. */
export interface OwnerEvidence {
  /** Whether the owner belongs to the child's tree; `undefined` if the owner is unknown. */
  readonly isOurs: boolean | undefined;
  /** Whether it was started before the child; `undefined`: that cannot be told. */
  readonly isOlder: boolean | undefined;
  /**
   * Whether the tree contains a program such as `docker` or `ssh` that runs its work elsewhere, so that age proves
   * nothing.
   */
  readonly isDelegated: boolean;
  /** The user its socket belongs to, where that is known. */
  readonly user: number | undefined;
  readonly ourUsers: readonly number[];
  readonly usersOfTree: readonly number[];
}

/**
 * Whether it is one who took the port before our child could. A process of our own user that came after the child
 * (systemd-run and container tools start gateways like that) could read our secrets anyway; another user's could not.
 */
export function isForeignOwner({ isOurs, isOlder, isDelegated, user, ourUsers, usersOfTree }: OwnerEvidence): boolean {
  if (isOurs === true) return false;
  if (isOurs === false && isOlder === true && !isDelegated) return true;
  return user !== undefined && user !== ROOT && !ourUsers.includes(user) && !usersOfTree.includes(user);
}

export interface PortClaim {
  readonly host: string;
  readonly port: number;
  readonly child: ProcessIdentity;
  readonly tree: TreeRoot;
  /** The process that supervises. */
  readonly supervisor: number;
}

export interface PortCheckDeps {
  readonly processes: ProcessTable;
  readonly tcpPorts: TcpPorts;
  readonly clock: Clock;
}

function ownerEvidence({ owner: holder, user }: SocketPeer, claim: PortClaim, processes: ProcessTable): OwnerEvidence {
  const { child, tree, supervisor } = claim;
  const isOurs = holder === undefined ? undefined : holder.pid === child.pid || isInTree(tree, holder.pid, processes);
  const evidence = { isOurs, isOlder: undefined, isDelegated: false, user, ourUsers: [], usersOfTree: [] };
  if (isOurs === true) return evidence;
  const info = holder === undefined ? undefined : processes.find(holder.pid);
  const ourUsers = processes.users(supervisor);
  const isOtherUser = user !== undefined && user !== ROOT && !ourUsers.includes(user);
  const isOlder = info === undefined ? undefined : processes.isOlder(info, child);
  const members = isOtherUser || isOlder === true ? processes.tree(tree) : [];
  return {
    ...evidence,
    isOlder,
    isDelegated: members.some(({ name }) => delegatingPrograms.has(name)),
    ourUsers,
    usersOfTree: members.flatMap(({ pid }) => processes.users(pid)),
  };
}

/**
 * Why what answers on the port of a child of ours must not be told a secret; `undefined`: it may. Where the system does not
 * tell who answers (Windows never does, Linux and macOS not across network namespaces), it may.
 */
export async function checkPortOwner(
  claim: PortClaim,
  localPort: number | undefined,
  { processes, tcpPorts, clock }: PortCheckDeps,
): Promise<Problem | undefined> {
  const { host, port, child } = claim;
  const other = await tcpPorts.peerOf(port, localPort, child.pid);
  if (other === undefined || !isForeignOwner(ownerEvidence(other, claim, processes))) return undefined;
  const owner = other.owner === undefined ? {} : { owner: other.owner };
  return describeProblem('port.in-use', { host, port, ...owner }, clock.wallTime());
}

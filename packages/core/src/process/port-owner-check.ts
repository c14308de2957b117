import { describeProblem, type Problem } from '@deskclaw/protocol';
import type { Clock } from '../ports/clock.ts';
import type { PeerIdentity, PeerUser } from '../ports/peer-identity.ts';
import type { OpenConnection } from '../ports/sockets.ts';
import type { PortOwner, ProcessIdentity, ProcessTable, TreeRoot } from '../ports/spawner.ts';
import { isInTree } from './kill-process-tree.ts';
import { identifyPeer, isTrustedUser, isWithinMachine, type PeerTrust, untrustedPeerProblem } from './peer-trust.ts';

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
  readonly user: PeerUser | undefined;
  /** Users by number whose rights the child or one of its processes has. */
  readonly usersOfTree: readonly string[];
}

export type OwnerVerdict =
  | 'trusted'
  /** A process of a trusted user that had the port before our child could take it. */
  | 'other-program'
  | 'untrusted-user';

/**
 * Judges who answers on the port of our child. A later process of our own user (systemd-run and container tools start gateways like
 * that) could read our secrets anyway; another user's could not.
 */
export function judgeOwner(evidence: OwnerEvidence, trust: PeerTrust): OwnerVerdict {
  const { isOurs, isOlder, isDelegated, user, usersOfTree } = evidence;
  if (isOurs === true) return 'trusted';
  const isTrusted = user === undefined ? trust.unknown : isTrustedUser(user, trust) || usersOfTree.includes(user.id);
  if (!isTrusted) return 'untrusted-user';
  return isOurs === false && isOlder === true && !isDelegated ? 'other-program' : 'trusted';
}

export interface PortClaim {
  readonly host: string;
  readonly port: number;
  readonly child: ProcessIdentity;
  readonly tree: TreeRoot;
  readonly trust: PeerTrust;
}

export interface PortCheckDeps {
  readonly processes: ProcessTable;
  readonly peerIdentity: PeerIdentity;
  readonly clock: Clock;
}

function ownerEvidence(
  owner: PortOwner | undefined,
  user: PeerUser | undefined,
  { child, tree }: PortClaim,
  { processes, peerIdentity }: PortCheckDeps,
): OwnerEvidence {
  const isOurs = owner === undefined ? undefined : owner.pid === child.pid || isInTree(tree, owner.pid, processes);
  const evidence = { isOurs, isOlder: undefined, isDelegated: false, user, usersOfTree: [] };
  if (isOurs === true) return evidence;
  const info = owner === undefined ? undefined : processes.find(owner.pid);
  const isOlder = info === undefined ? undefined : processes.isOlder(info, child);
  const members = user?.role === 'other' || isOlder === true ? processes.tree(tree) : [];
  return {
    ...evidence,
    isOlder,
    isDelegated: members.some(({ name }) => delegatingPrograms.has(name)),
    usersOfTree: members.flatMap(({ pid }) => peerIdentity.behindProcess(pid).map(({ id }) => id)),
  };
}

/** Returns why what answers on the port of a child of ours must not be sent a secret; `undefined`: it may. */
export async function checkPortOwner(
  claim: PortClaim,
  connection: OpenConnection,
  deps: PortCheckDeps,
): Promise<Problem | undefined> {
  if (!isWithinMachine(connection)) return undefined;
  const { host, port, child, trust } = claim;
  const peer = await identifyPeer(connection, deps);
  const owner = await peer.findProcess(child.pid);
  const verdict = judgeOwner(ownerEvidence(owner, peer.user, claim, deps), trust);
  const at = deps.clock.wallTime();
  switch (verdict) {
    case 'trusted':
      return undefined;
    case 'other-program':
      return describeProblem('port.in-use', { host, port, ...(owner === undefined ? {} : { owner }) }, at);
    case 'untrusted-user':
      return untrustedPeerProblem({ ...peer, findProcess: async () => owner }, connection, at);
    default:
      return verdict satisfies never;
  }
}

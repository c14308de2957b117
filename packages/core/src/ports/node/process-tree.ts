import type { MarkerCheck, ProcessInfo, TreeRoot } from '../spawner.ts';

/** A group's number is its leader's pid, and like a pid it may pass to others once the whole group is gone. */
function groupOf(all: readonly ProcessInfo[], leader: NonNullable<TreeRoot['leader']>): boolean {
  return leader.startMark !== '' && !all.some((info) => info.pid === leader.pid && info.startMark !== leader.startMark);
}

function withDescendants(
  all: readonly ProcessInfo[],
  roots: readonly ProcessInfo[],
  self: number,
): readonly ProcessInfo[] {
  const found = new Map(roots.map((info) => [info.pid, info]));
  const children = Map.groupBy(all, (info) => info.parentPid);
  const queue = [...found.keys()];
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    for (const child of children.get(pid) ?? []) {
      if (child.pid === self || found.has(child.pid)) continue;
      found.set(child.pid, child);
      queue.push(child.pid);
    }
  }
  return [...found.values()];
}

/**
 * Selects the processes of a tree: the leader and its group, processes seen in it before, those that carry the
 * marker, and the descendants of all these. Never ourselves.
 */
export function selectTree(
  source: Pick<ProcessSource, 'all' | 'withMarker'>,
  root: TreeRoot,
  self: number,
): readonly ProcessInfo[] {
  const all = source.all();
  const others = all.filter((info) => info.pid !== self);
  const { leader, marker, recordedLeader } = root;
  const marks = new Map((root.known ?? []).map((each) => [each.pid, each.startMark]));
  const group = leader !== undefined && groupOf(all, leader) ? leader.pid : undefined;
  const roots = others.filter(
    (info) =>
      marks.get(info.pid) === info.startMark || (group !== undefined && (info.pid === group || info.groupId === group)),
  );
  const known = withDescendants(others, roots, self);
  if (marker === undefined) return known;
  const pids = new Set(known.map((info) => info.pid));
  const strangers = others.filter((info) => !pids.has(info.pid));
  const marked = source.withMarker(marker, strangers);
  const carriers = strangers.filter((info) => marked.has(info.pid));
  // A new process with the pid of the leader leads a new group.
  const isSameGroup = recordedLeader !== undefined && groupOf(all, recordedLeader);
  const provenGroup = isSameGroup ? carriers.find((info) => info.groupId === recordedLeader.pid)?.groupId : undefined;
  const members = others.filter((info) => info.groupId === provenGroup);
  return withDescendants(others, [...known, ...carriers, ...members], self);
}

/** Access to the processes of one operating system. */
export interface ProcessSource {
  find(pid: number): ProcessInfo | undefined;
  commandLine(pid: number): string | undefined;
  all(): readonly ProcessInfo[];
  /** Whether a process was started with this `NAME=value` in its environment. */
  checkMarker(pid: number, marker: string): MarkerCheck;
  /** Returns the pids of `among` that were started with this `NAME=value` in their environment, where the system tells. */
  withMarker(marker: string, among: readonly ProcessInfo[]): ReadonlySet<number>;
  /** When a start mark says a process was started, in a unit of the system's own; `undefined` where it cannot be read. */
  startOf(startMark: string): number | undefined;
  outOfMemoryKills(): number | undefined;
}

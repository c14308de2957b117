import { type Clock, SLEEP_THRESHOLD_MS } from '../ports/clock.ts';
import type { ProcessInfo, ProcessTable, TreeRoot } from '../ports/spawner.ts';
import { delay } from './delay.ts';
import { sameProcess } from './ownership.ts';

/** A process dies about 1 ms after SIGKILL: poll soon, then rarely. */
const FIRST_POLL_MS = 1;
const MAX_POLL_MS = 100;

/** Sends SIGKILL to the whole process group, then to each process of the tree that left it. Returns the processes found. */
export function killTree(root: TreeRoot, table: ProcessTable): readonly ProcessInfo[] {
  const found = table.tree(root);
  if (found.length === 0) return found;
  if (root.leader !== undefined) table.killGroup(root.leader);
  for (const info of found) table.signal(info, 'SIGKILL');
  return found;
}

/** Returns whether a process belongs to a tree. Parents are checked first: they cost next to nothing and mostly suffice. */
export function isInTree(root: TreeRoot, pid: number, table: ProcessTable): boolean {
  const seen = new Set<number>();
  for (let info = table.find(pid); info !== undefined && !seen.has(info.pid); info = table.find(info.parentPid)) {
    if (root.leader !== undefined && sameProcess(root.leader, info)) return true;
    seen.add(info.pid);
  }
  return table.tree(root).some((each) => each.pid === pid);
}

/**
 * Sends SIGKILL to a tree until no process of it is left, and proves it by listing processes.
 * @returns who is still there after `limitMs` (a process in the kernel's uninterruptible sleep, one of another user); empty: all gone.
 */
export async function killTreeUntilGone(
  root: TreeRoot,
  ports: { readonly processes: ProcessTable; readonly clock: Clock },
  limitMs: number,
): Promise<readonly ProcessInfo[]> {
  const { processes, clock } = ports;
  let deadline = clock.now() + limitMs;
  // A killed process may still live, and without its parent nothing may tie it to the tree: check every process seen so far again.
  const known = new Map((root.known ?? []).map((each) => [each.pid, each]));
  for (let wait = FIRST_POLL_MS; ; wait = Math.min(wait * 2, MAX_POLL_MS)) {
    const survivors = killTree({ ...root, known: [...known.values()] }, processes);
    for (const each of survivors) known.set(each.pid, each);
    if (survivors.length === 0 || clock.now() >= deadline) return survivors;
    const dueAt = clock.now() + wait;
    await delay(clock, wait);
    // The machine slept: restart the deadline.
    if (clock.now() - dueAt > SLEEP_THRESHOLD_MS) deadline = clock.now() + limitMs;
  }
}

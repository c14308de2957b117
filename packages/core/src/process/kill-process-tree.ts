import { type Clock, SLEEP_THRESHOLD_MS } from '../ports/clock.ts';
import type { ProcessInfo, ProcessTable, TreeRoot } from '../ports/spawner.ts';
import { delay } from './delay.ts';
import { sameProcess } from './ownership.ts';

/** Death by SIGKILL takes about a millisecond: look again soon, then rarely. */
const FIRST_POLL_MS = 1;
const MAX_POLL_MS = 100;

/** Processes that nobody may outlive: the whole group at once, then one by one whoever left it. */
export function killTree(root: TreeRoot, table: ProcessTable): readonly ProcessInfo[] {
  const found = table.tree(root);
  if (found.length === 0) return found;
  if (root.leader !== undefined) table.killGroup(root.leader);
  for (const info of found) table.signal(info, 'SIGKILL');
  return found;
}

/** Whether a process is one of a tree. Its parents are asked first: they cost next to nothing, and mostly suffice. */
export function isInTree(root: TreeRoot, pid: number, table: ProcessTable): boolean {
  const seen = new Set<number>();
  for (let info = table.find(pid); info !== undefined && !seen.has(info.pid); info = table.find(info.parentPid)) {
    if (root.leader !== undefined && sameProcess(root.leader, info)) return true;
    seen.add(info.pid);
  }
  return table.tree(root).some((each) => each.pid === pid);
}

/**
 * Kills a tree until nothing of it is left, and proves it by looking.
 * @returns who is still there after `limitMs` (a process in the kernel's uninterruptible sleep, one of another user); empty: all gone.
 */
export async function killTreeUntilGone(
  root: TreeRoot,
  ports: { readonly processes: ProcessTable; readonly clock: Clock },
  limitMs: number,
): Promise<readonly ProcessInfo[]> {
  const { processes, clock } = ports;
  let deadline = clock.now() + limitMs;
  // Killed is not dead yet, and with its parent gone nothing may tie it to the tree: whoever was seen is looked for again.
  const known = new Map((root.known ?? []).map((each) => [each.pid, each]));
  for (let wait = FIRST_POLL_MS; ; wait = Math.min(wait * 2, MAX_POLL_MS)) {
    const survivors = killTree({ ...root, known: [...known.values()] }, processes);
    for (const each of survivors) known.set(each.pid, each);
    if (survivors.length === 0 || clock.now() >= deadline) return survivors;
    const dueAt = clock.now() + wait;
    await delay(clock, wait);
    // They slept, too.
    if (clock.now() - dueAt > SLEEP_THRESHOLD_MS) deadline = clock.now() + limitMs;
  }
}

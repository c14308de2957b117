import type { ProcessInfo } from '../spawner.ts';

/** How one system shows its processes. */
export interface ProcessSource {
  find(pid: number): ProcessInfo | undefined;
  commandLine(pid: number): string | undefined;
  all(): readonly ProcessInfo[];
  /** Those of `among` that were started with this `NAME=value` in their environment, where the system tells. */
  withMarker(marker: string, among: readonly ProcessInfo[]): ReadonlySet<number>;
  /** When a start mark says a process was started, in a unit of the system's own; `undefined` where it cannot be read. */
  startOf(startMark: string): number | undefined;
  users(pid: number): readonly number[];
  outOfMemoryKills(): number | undefined;
}

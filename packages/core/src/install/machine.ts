import type { NodeRuntime } from '../openclaw/runtimes.ts';
import type { SystemInfo } from '../openclaw/system-info.ts';

/** The machine we install on. */
export interface Machine extends SystemInfo {
  readonly arch: string;
  /** Ourselves, when we run on a Node of its own and not inside Electron. */
  readonly self?: NodeRuntime;
}

import type { HostFacts } from '../openclaw/host-facts.ts';
import type { NodeRuntime } from '../openclaw/runtimes.ts';

/** The machine we install on. */
export interface Machine extends HostFacts {
  readonly arch: string;
  /** Ourselves, when we run on a Node of its own and not inside Electron. */
  readonly self?: NodeRuntime;
}

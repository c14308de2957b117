import type { ExitCause, LastExit, Problem } from '@deskclaw/protocol';
import type { ProcessIdentity } from '../ports/spawner.ts';

/** Times are monotonic ms of the injected clock; `LastExit.at` is epoch ms. */
export type SupervisorState =
  | { readonly name: 'idle' }
  /** Resolving the command, the runtime and the port before anything is spawned. */
  | { readonly name: 'preflight'; readonly generation: number; readonly since: number }
  | { readonly name: 'spawning'; readonly generation: number; readonly since: number }
  /** Spawned, not yet ready; `deadline` moves out when the gateway shows progress. */
  | {
      readonly name: 'booting';
      readonly generation: number;
      readonly since: number;
      readonly child: ProcessIdentity;
      readonly deadline: number;
    }
  | {
      readonly name: 'running';
      readonly generation: number;
      readonly since: number;
      readonly child: ProcessIdentity;
      readonly bootMs: number;
    }
  | {
      readonly name: 'terminating';
      readonly generation: number;
      readonly since: number;
      readonly child: ProcessIdentity;
      readonly step: 'asked' | 'killed';
      readonly deadline: number;
      readonly next: 'idle' | 'respawn' | 'failed';
      readonly problem?: Problem;
    }
  | {
      readonly name: 'backoff';
      readonly generation: number;
      readonly since: number;
      readonly respawnAt: number;
      readonly problem: Problem;
    }
  | { readonly name: 'failed'; readonly generation: number; readonly since: number; readonly problem: Problem };

export interface Exit extends LastExit {
  readonly pid: number;
  readonly cause: ExitCause;
  /** ms from spawn to exit. */
  readonly livedMs: number;
  /** Whether it had become ready. */
  readonly wasReady: boolean;
}

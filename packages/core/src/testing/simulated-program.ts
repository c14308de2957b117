import type { SpawnFailure } from '../ports/spawner.ts';

/** How a simulated program behaves. Everything may be left out: it then lives quietly until SIGTERM, and dies of it at once. */
export interface SimulatedProgram {
  /** From the request to the answer, ms. */
  readonly spawnDelayMs?: number;
  readonly spawnFailure?: SpawnFailure;
  /** Listens on `port` this long after its start, ms; ends with EADDRINUSE where it is taken. */
  readonly listen?: { readonly port: number; readonly afterMs: number };
  /** Exit that the program makes by itself, `afterMs` after its start. */
  readonly exit?: {
    readonly afterMs: number;
    readonly code: number | null;
    readonly signal?: string;
    readonly stderr?: readonly string[];
  };
  /** How long the ended process stays a zombie before its exit is reported, ms. Default 0. */
  readonly zombieMs?: number;
  /** How long it takes to end after SIGTERM; `never` ignores it. Default 0. */
  readonly sigtermMs?: number | 'never';
  /** How long even SIGKILL takes (a process in the kernel's hands); `never` outlives it. Default 0. */
  readonly sigkillMs?: number | 'never';
  /** Ends when its lifeline does. Default false. */
  readonly watchesLifeline?: boolean;
  /** Children that the program starts at once; each lives until it is killed. */
  readonly children?: readonly SimulatedHelper[];
}

export interface SimulatedHelper {
  /** Whether it left the group of its parent (a session of its own). */
  readonly ownGroup?: boolean;
  /** Whether it keeps the parent's output pipes open. Default true. */
  readonly holdsPipes?: boolean;
  /** Whether it took the environment along. Default true. */
  readonly carriesMarker?: boolean;
  readonly sigkillMs?: number | 'never';
}

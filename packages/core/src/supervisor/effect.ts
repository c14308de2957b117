import type { ProcessIdentity } from '../ports/spawner.ts';
import type { ExitInfo } from '../process/exit.ts';

/** What the interpreter must do; each answers with events of the same launch. */
export type SupervisorEffect = {
  readonly launch: number;
} /** `repair`: the gateway's own repair goes first. `adopt`: what an earlier host left is taken over if it fits, else ended. */ & (
  | { readonly type: 'preflight'; readonly repair: boolean; readonly adopt: boolean }
  /** Answers `preflight-cancelled`, or with the answer it had already. */
  | { readonly type: 'cancel-preflight' }
  | { readonly type: 'spawn' }
  | { readonly type: 'watch-adopted'; readonly child: ProcessIdentity }
  /** Somebody who speaks with the gateway lets it finish its work, and answers `drained`. */
  | { readonly type: 'drain'; readonly limitMs: number }
  | { readonly type: 'terminate'; readonly child: ProcessIdentity }
  /** Answers `gone` or `stuck`. */
  | { readonly type: 'reap'; readonly child: ProcessIdentity; readonly endedBy: ExitInfo['endedBy'] }
  /** A child nobody waits for any more came up: it is killed and forgotten. */
  | { readonly type: 'discard'; readonly child: ProcessIdentity }
);

import { choiceOf, findOrphan, loadLastStart, type Orphan, readLastFailure, resolvePaths } from '@deskclaw/host';
import {
  describeProblem,
  type GatewayStatus,
  type HostInfo,
  type JournalRecord,
  type StartRequest,
} from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';

/** Everything that `status` shows. */
export interface StatusSnapshot {
  readonly host: HostInfo | null;
  readonly gateway: GatewayStatus;
  readonly last?: JournalRecord | undefined;
  /** What the last start chose by its options, and the next one without options repeats. */
  readonly choice?: StartRequest | undefined;
  /** Describes an interrupted upgrade and its outcome. */
  readonly interruptedUpgrade?: string | undefined;
}

function orphaned(stopped: GatewayStatus, { pid, host, port }: Orphan): GatewayStatus {
  return {
    ...stopped,
    state: 'error',
    phase: 'failed',
    ownership: 'owned',
    host,
    port,
    url: `ws://${host}:${String(port)}/`,
    pid,
    problem: describeProblem('gateway.orphaned', { pid, port }, stopped.since),
  };
}

/** The address that the next start will use; its port is known unless any free one is to be chosen. */
function nextAddress(port = 0): Pick<GatewayStatus, 'host' | 'port' | 'url'> {
  const shown = port === 0 ? 18_789 : port;
  return { host: '127.0.0.1', port: shown, url: `ws://127.0.0.1:${String(shown)}/ws` };
}

/** Returns the status without a host, by what hosts left in the state folder: stopped, or orphaned when the host died and its gateway did not. */
export function withoutHost(shell: Shell): StatusSnapshot {
  const at = shell.now();
  const orphan = findOrphan({ name: shell.profile, env: shell.env });
  const paths = resolvePaths({ name: shell.profile, env: shell.env });
  const lastFailure = readLastFailure(paths.lastFailure);
  const choice = choiceOf(loadLastStart(paths.lastStart)?.request ?? {});
  const stopped: GatewayStatus = {
    state: 'stopped',
    phase: 'idle',
    since: at,
    ownership: 'none',
    health: 'unknown',
    generation: 0,
    ...nextAddress(choice.port),
    reconnectAttempts: 0,
    restarts: 0,
    ...(lastFailure === undefined ? {} : { lastFailure }),
  };
  return { host: null, gateway: orphan === undefined ? stopped : orphaned(stopped, orphan), choice };
}

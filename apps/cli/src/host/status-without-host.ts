import {
  choiceOf,
  findKilledHost,
  findOrphan,
  type KilledHost,
  loadLastStart,
  type Orphan,
  readLastFailure,
  resolvePaths,
  withStartFlags,
} from '@deskclaw/host';
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

/** A host that ended without a goodbye, and the gateway with it. */
function lostWithHost(stopped: GatewayStatus, host: KilledHost, choice: StartRequest): GatewayStatus {
  const seen = new Date(host.lastSeenAt).toISOString();
  const detail = `The DeskClaw host (pid ${String(host.pid)}), last seen at ${seen}, was killed or its machine stopped, and the gateway ended with it.`;
  const problem = describeProblem('gateway.not-running', { detail }, stopped.since);
  return { ...stopped, problem: withStartFlags(problem, choice, false) };
}

function orphaned(stopped: GatewayStatus, { pid, host, port }: Orphan, killed: KilledHost | undefined): GatewayStatus {
  return {
    ...stopped,
    state: 'error',
    phase: 'failed',
    ownership: 'owned',
    host,
    port,
    url: `ws://${host}:${String(port)}/`,
    pid,
    problem: describeProblem(
      'gateway.orphaned',
      { pid, port, ...(killed === undefined ? {} : { hostPid: killed.pid }) },
      stopped.since,
    ),
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
  const killed = findKilledHost(paths);
  if (orphan !== undefined) return { host: null, gateway: orphaned(stopped, orphan, killed), choice };
  return { host: null, gateway: killed === undefined ? stopped : lostWithHost(stopped, killed, choice), choice };
}

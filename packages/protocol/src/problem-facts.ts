import type { ExitCause, ProblemCode } from './problem.ts';
import type { LastOutput, StartFinding } from './start-finding.ts';

/** How a process ended and its last output; shown on the first failure card. */
export interface ExitFacts {
  readonly command: string;
  readonly code: number | null;
  readonly signal: string | null;
  readonly cause: ExitCause;
  /** The last lines of stderr (stdout where stderr was silent), oldest first. */
  readonly lastLines: readonly string[];
  /** The last error it printed, or the last line with words. Missing where it ended for a reason that it could not tell. */
  readonly said?: string;
  /** Describes the repair of the configuration before this start, if there was one. */
  readonly repaired?: string;
}

export interface RequestFacts {
  readonly method: string;
}

export interface ChannelFacts {
  readonly channel: string;
}

/** A port of this machine where a server of ours cannot listen. */
export interface LoopbackPortFacts {
  readonly port: number;
  readonly state: 'taken' | 'forbidden' | 'no-address';
  readonly owner?: { readonly pid: number; readonly name: string };
}

/** Another manager of the same gateway. `found`: how it was recognised, as a clause. `commands`: for a service of the system. */
export interface ManagedElsewhereFacts {
  readonly manager: string;
  readonly found: string;
  readonly commands?: { readonly start: string; readonly remove: string };
}

/** Facts of each problem code. Codes that are not listed take one sentence. */
export interface SpecificFacts {
  'gateway.not-found': {
    /** The program; with `no-folder` and `closed-folder`, the folder it was to run in. */
    readonly command: string;
    readonly reason:
      | 'missing'
      | 'not-executable'
      | 'is-folder'
      | 'no-interpreter'
      | 'not-a-program'
      | 'no-folder'
      | 'closed-folder';
    readonly searched: readonly string[];
    /** With `no-interpreter`: the program that the first line of the script names, as it stands there. */
    readonly interpreter?: string;
  };
  'gateway.exited': ExitFacts;
  'gateway.orphaned': { readonly pid: number; readonly port: number; readonly hostPid?: number };
  /** `isOnItsWay`: the host is starting it again. */
  'gateway.not-running': { readonly detail: string; readonly isOnItsWay?: boolean };
  /** `stoppedPid`: of the process, where a signal has stopped it. */
  'gateway.unresponsive': { readonly detail: string; readonly stoppedPid?: number };
  'gateway.start-timeout': {
    readonly waitedMs: number;
    /** Address of a gateway that was attached to: there is no process of ours, and no output. */
    readonly attachedTo?: string;
    readonly lastError?: string;
    readonly lastLines: readonly string[];
    /** What was found out while waiting. */
    readonly finding?: Extract<StartFinding, { readonly kind: 'unanswered' | 'not-listening' }>;
    /** The last meaningful output. */
    readonly said?: LastOutput;
  };
  'gateway.wrong-address': Omit<Extract<StartFinding, { readonly kind: 'wrong-address' }>, 'kind'> & {
    readonly said?: LastOutput;
  };
  'gateway.not-a-gateway': Omit<Extract<StartFinding, { readonly kind: 'not-a-gateway' }>, 'kind'> & {
    readonly said?: LastOutput;
  };
  /** `survivors`: name and pid of each process. */
  'gateway.not-stopped': { readonly survivors: readonly string[]; readonly waitedMs: number };
  'gateway.managed-elsewhere': ManagedElsewhereFacts;
  'crash.loop': { readonly crashes: number; readonly windowMs: number; readonly last: ExitFacts };
  'port.in-use': {
    readonly host: string;
    readonly port: number;
    readonly owner?: { readonly pid: number; readonly name: string };
    readonly answers?: string;
  };
  'dashboard.port-unavailable': LoopbackPortFacts;
  'metrics.port-unavailable': LoopbackPortFacts;
  /** `openclaw`: the one that needs the other Node. */
  'runtime.node-too-old': {
    readonly found: string;
    readonly path: string;
    readonly needed: string;
    readonly openclaw?: { readonly version: string; readonly path: string };
  };
  'runtime.node-missing': { readonly needed: string; readonly searched: readonly string[] };
  'runtime.npm-missing': { readonly searched: readonly string[] };
  'openclaw.not-installed': { readonly searched: readonly string[] };
  'openclaw.version-unknown': { readonly version: string; readonly reason: string };
  /** `installed`: versions that are installed. `unwanted`: the user wanted to remove the version. */
  'openclaw.version-missing': {
    readonly version: string;
    readonly installed: readonly string[];
    readonly unwanted?: true;
  };
  /** `needed`: who needs it ("the next start"). `runs`: whether a gateway runs it now. */
  'openclaw.needed': { readonly version: string; readonly needed: readonly string[]; readonly runs: boolean };
  'openclaw.install-failed': {
    readonly version: string;
    /** Step that failed: "downloading OpenClaw". */
    readonly step: string;
    readonly reason: string;
    /** Last output of the installer. */
    readonly lastLines: readonly string[];
  };
  'openclaw.upgrade-failed': {
    readonly from: string;
    readonly to: string;
    /** Step that failed: "trying it on a copy of the state". */
    readonly step: string;
    readonly reason: string;
    /** Current state, in one sentence. */
    readonly now: string;
  };
  /** `fixes`: commands that correct a fault for sure, or take the setting out. */
  'config.invalid': {
    readonly source: string;
    readonly fault: string;
    readonly fixes?: readonly { readonly label: string; readonly command: string }[];
  };
  /** `lock`: the lock of a holder in another container or machine, which nobody here can look at. */
  'state.locked': { readonly detail: string; readonly lock?: string };
  /** `folder`: the one that cannot be written to, or whose disk is full; where a step can begin. */
  'state.read-only': { readonly detail: string; readonly folder?: string };
  'disk.full': { readonly detail: string; readonly folder?: string };
  /** `fault`: "belongs to user guest (1002)". `user`: number of that user. */
  'state.foreign': { readonly path: string; readonly fault: string; readonly user?: string };
  /** `running`: what prevents it, as a clause: "its gateway runs (pid 4711)". `isUpgrade`: an upgrade that the next start finishes. */
  'profile.in-use': { readonly profile: string; readonly running: string; readonly isUpgrade?: boolean };
  'auth.token-mismatch': { readonly source: string; readonly message?: string };
  /** `reason` in the gateway's words: `not-paired`, `scope-upgrade`, `role-upgrade`, `metadata-upgrade`, or any other. */
  'auth.pairing-required': { readonly reason?: string; readonly requestId?: string };
  'auth.device-revoked': { readonly message?: string };
  /** `cause`: the user refused, has not answered yet, or the keyring is unavailable. */
  'auth.device-locked': { readonly cause: 'refused' | 'waiting' | 'unavailable'; readonly reason: string };
  /** `path`: file with the id of this device. `found`: content of the keyring in place of its key. */
  'auth.device-lost': { readonly id: string; readonly path: string; readonly found: 'nothing' | 'another' };
  'auth.scope-missing': { readonly missing: readonly string[]; readonly method?: string };
  'auth.rate-limited': { readonly retryAfterMs?: number };
  /** What answers on a port of this machine. Without `user` the system does not tell whose it is; without `owner` not which program. */
  'auth.untrusted-peer': {
    readonly host: string;
    readonly port: number;
    readonly user?: { readonly id: string; readonly name?: string };
    readonly owner?: { readonly pid: number; readonly name: string };
  };
  /** `certificateFile`: holds the only certificate that is accepted. */
  'tls.untrusted': { readonly detail: string; readonly certificateFile?: string };
  'protocol.mismatch': { readonly ours: string; readonly theirs: string };
  'method.not-offered': RequestFacts & { readonly version?: string };
  /** `outage`: whose it is: `gateway` (the machine refuses), `name` (DNS) or `network` (no way to the machine). */
  'connection.refused': {
    readonly url: string;
    readonly reason: string;
    readonly outage?: 'gateway' | 'name' | 'network';
  };
  'connection.lost': { readonly code?: number; readonly reason?: string };
  'connection.exhausted': { readonly attempts: number; readonly lastError: string; readonly probeEveryMs: number };
  'connection.timeout': { readonly url: string; readonly step: string; readonly waitedMs: number };
  'request.timeout': RequestFacts & { readonly timeoutMs: number; readonly sent?: boolean };
  'request.cancelled': RequestFacts;
  'request.overloaded': { readonly limit: string };
  /** `help`: command that shows the usage. */
  /** `of`: what the system has no more of. `max`: how many this process may have, where that is the limit that was reached. */
  'system.limit': {
    readonly of: 'descriptors' | 'system-descriptors' | 'processes' | 'memory';
    readonly code: string;
    readonly during: string;
    readonly max?: number;
  };
  'command.invalid': { readonly detail: string; readonly help: string };
  /** `openclaw`: of a chat run that failed, how its OpenClaw is called on a command line. */
  'rpc.error': RequestFacts & {
    readonly code: number | string;
    readonly message: string;
    readonly openclaw?: string;
    /** Set when the gateway says that it has no such method, and does not say which it has. */
    readonly unknownMethod?: true;
  };
  'channel.unknown': ChannelFacts & { readonly known: readonly string[] };
  /** `qr`: whether it is logged in to by a QR code that we can show. */
  'channel.login-required': ChannelFacts & { readonly qr: boolean };
  'channel.login-failed': ChannelFacts & { readonly message: string };
  'channel.not-connected': ChannelFacts & { readonly reason: string };
  /** `awaited` in words: "connected", "disconnected", "a login". */
  'channel.timeout': ChannelFacts & { readonly awaited: string; readonly waitedMs: number; readonly last: string };
  /** `pid`, `stopCommand`: for a host that this program cannot stop itself. */
  'host.version-mismatch': {
    readonly host: string;
    readonly ours: string;
    readonly pid?: number;
    readonly stopCommand?: string;
  };
}

export interface PlainFacts {
  readonly detail: string;
}
export type ProblemFacts<C extends ProblemCode> = C extends keyof SpecificFacts ? SpecificFacts[C] : PlainFacts;

import type { ProblemCode } from './problem.ts';
import type { ExitCause } from './status.ts';

/** How a process ended and what it last said: the body of the first failure card. */
export interface ExitFacts {
  readonly command: string;
  readonly code: number | null;
  readonly signal: string | null;
  readonly cause: ExitCause;
  /** The last lines of stderr (stdout where stderr was silent), oldest first. */
  readonly lastLines: readonly string[];
  /** Where its configuration had been repaired before this start: what was done, in words. */
  readonly repaired?: string;
}

export interface RequestFacts {
  readonly method: string;
}

export interface ChannelFacts {
  readonly channel: string;
}

/** What must be known to tell of a problem. Codes not listed need only a sentence. */
export interface SpecificFacts {
  'gateway.not-found': {
    /** The program; with `no-folder`, the folder it was to run in. */
    readonly command: string;
    readonly reason: 'missing' | 'not-executable' | 'no-folder';
    readonly searched: readonly string[];
  };
  'gateway.exited': ExitFacts;
  'gateway.orphaned': { readonly pid: number; readonly port: number };
  'gateway.start-timeout': {
    readonly waitedMs: number;
    readonly lastError?: string;
    readonly lastLines: readonly string[];
  };
  /** `survivors` in words: name and pid. */
  'gateway.not-stopped': { readonly survivors: readonly string[]; readonly waitedMs: number };
  'crash.loop': { readonly crashes: number; readonly windowMs: number; readonly last: ExitFacts };
  'port.in-use': {
    readonly host: string;
    readonly port: number;
    readonly owner?: { readonly pid: number; readonly name: string };
    readonly answers?: string;
  };
  'runtime.node-too-old': { readonly found: string; readonly path: string; readonly needed: string };
  'runtime.node-missing': { readonly needed: string; readonly searched: readonly string[] };
  'runtime.npm-missing': { readonly searched: readonly string[] };
  'openclaw.not-installed': { readonly searched: readonly string[] };
  'openclaw.version-unknown': { readonly version: string; readonly reason: string };
  /** `installed`: what there is instead. `unwanted`: it was to be removed. */
  'openclaw.version-missing': {
    readonly version: string;
    readonly installed: readonly string[];
    readonly unwanted?: true;
  };
  /** `needed`: by what ("the next start"); `runs`: whether a gateway runs it now. */
  'openclaw.needed': { readonly version: string; readonly needed: readonly string[]; readonly runs: boolean };
  'openclaw.install-failed': {
    readonly version: string;
    /** What was being done: "downloading OpenClaw". */
    readonly step: string;
    readonly reason: string;
    /** What the installer last said. */
    readonly lastLines: readonly string[];
  };
  'openclaw.upgrade-failed': {
    readonly from: string;
    readonly to: string;
    /** What was being done: "trying it on a copy of the state". */
    readonly step: string;
    readonly reason: string;
    /** How things stand now, a sentence. */
    readonly now: string;
  };
  'config.invalid': { readonly source: string; readonly fault: string };
  'auth.token-mismatch': { readonly source: string; readonly message?: string };
  /** `reason` in the gateway's words: `not-paired`, `scope-upgrade`, `role-upgrade`, `metadata-upgrade`, or any other. */
  'auth.pairing-required': { readonly reason?: string; readonly requestId?: string };
  'auth.device-revoked': { readonly message?: string };
  /** `because`: somebody said no, nobody has answered yet, or it cannot be reached. */
  'auth.device-locked': { readonly because: 'refused' | 'waiting' | 'unavailable'; readonly reason: string };
  /** `path`: the file that says which device this is. `found`: what the keyring has in the place of its key. */
  'auth.device-lost': { readonly id: string; readonly path: string; readonly found: 'nothing' | 'another' };
  'auth.scope-missing': { readonly missing: readonly string[]; readonly method?: string };
  'auth.rate-limited': { readonly retryAfterMs?: number };
  'protocol.mismatch': { readonly ours: string; readonly theirs: string };
  'method.not-offered': RequestFacts & { readonly version?: string };
  'connection.refused': { readonly url: string; readonly reason: string };
  'connection.lost': { readonly code?: number; readonly reason?: string };
  'connection.exhausted': { readonly attempts: number; readonly lastError: string; readonly probeEveryMs: number };
  'connection.timeout': { readonly url: string; readonly step: string; readonly waitedMs: number };
  'request.timeout': RequestFacts & { readonly timeoutMs: number; readonly sent?: boolean };
  'request.cancelled': RequestFacts;
  'request.overloaded': { readonly limit: string };
  /** `help` is the command that shows how it is used. */
  'command.invalid': { readonly detail: string; readonly help: string };
  /** `openclaw`: of a chat run that failed, how its OpenClaw is called on a command line. */
  'rpc.error': RequestFacts & {
    readonly code: number | string;
    readonly message: string;
    readonly openclaw?: string;
  };
  'channel.unknown': ChannelFacts & { readonly known: readonly string[] };
  /** `qr`: whether it is logged in to by a QR code that we can show. */
  'channel.login-required': ChannelFacts & { readonly qr: boolean };
  'channel.login-failed': ChannelFacts & { readonly message: string };
  'channel.not-connected': ChannelFacts & { readonly reason: string };
  /** `awaited` in words: "connected", "disconnected", "a login". */
  'channel.timeout': ChannelFacts & { readonly awaited: string; readonly waitedMs: number; readonly last: string };
  /** `pid`, `stopCommand`: for a host that this program cannot ask to end. */
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

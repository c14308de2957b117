import { isObject } from './json.ts';
import type { ProblemFacts } from './problem-facts.ts';

/**
 * Compares the control protocol that a host announces with ours. Returns `undefined` when they match, otherwise the facts of
 * `host.version-mismatch`: the two could misread each other.
 */
export function checkHostVersion({
  controlProtocol,
  version,
}: Pick<HostInfo, 'controlProtocol' | 'version'>): ProblemFacts<'host.version-mismatch'> | undefined {
  if (controlProtocol === CONTROL_PROTOCOL) return undefined;
  return {
    host: `version ${version} (control protocol ${String(controlProtocol)})`,
    ours: `control protocol ${String(CONTROL_PROTOCOL)}`,
  };
}

/** Returns a `host.info` answer with the names of today. 0.1 wrote `cutOff: { end, words }`; 0.2 reads it for the last time. */
export function currentHostInfo(value: unknown): unknown {
  if (!isObject(value) || !isObject(value['cutOff'])) return value;
  const { cutOff, ...info } = value;
  const { end: outcome, words: message, ...rest } = isObject(cutOff) ? cutOff : {};
  return { ...info, interruptedUpgrade: { ...rest, outcome, message } };
}

/** The control API: methods and events between the host and its clients, the same over every channel. */
import type { DoctorReport } from './doctor.ts';
import type { JournalPage, JournalQuery, JournalRecord } from './journal.ts';
import type { MetricsSnapshot } from './metrics.ts';
import type { GatewayStatus } from './status.ts';

/** Raised when a client of one version could misread a host of another. */
export const CONTROL_PROTOCOL = 1;

export interface HostInfo {
  readonly pid: number;
  readonly version: string;
  readonly controlProtocol: number;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly profile: string;
  /** Where the host keeps its state. Missing for hosts of DeskClaw 0.1. */
  readonly stateFolder?: string;
  /** `background`: started by a command and ends with the gateway; the others end with their window or terminal. */
  readonly kind: 'background' | 'foreground' | 'desktop';
  /** What the last start chose by its options, and the next one without options repeats. Secret arguments are masked. */
  readonly choice?: StartRequest;
  /** OpenClaw of the last start, if it was one. */
  readonly openclaw?: OpenClawProgram;
  /** An interrupted upgrade or rollback and how this host finished it. */
  readonly interruptedUpgrade?: InterruptedUpgrade;
  /** What is ignored or cannot be kept, each as a sentence: unknown settings, a log that cannot be written. */
  readonly warnings?: readonly string[];
}

/** How an upgrade or a rollback ended that was cut off: its process died, or the machine. */
export interface InterruptedUpgrade {
  /** `untouched`: nothing had been changed. `stuck`: neither way is open; the words say why. */
  readonly outcome: 'finished' | 'back' | 'untouched' | 'stuck';
  readonly from: string;
  readonly to: string;
  readonly message: string;
  /** Epoch ms. */
  readonly at: number;
}

export interface OpenClawProgram {
  readonly version: string;
  /** The folder of the package. */
  readonly path: string;
  readonly node: { readonly file: string; readonly version: string };
}

/** Gateway to run. Default: the setting of the profile, else the OpenClaw that is found. */
export interface StartRequest {
  readonly gateway?: 'openclaw' | 'builtin';
  /** A program and its arguments, never a shell string; `{port}` and `{host}` are filled in. */
  readonly command?: readonly string[];
  /** Absolute: the folder in which `command` was typed, where it runs if the settings name no other and it still exists. */
  readonly cwd?: string;
  /** Port to listen on; 0 chooses a free one. */
  readonly port?: number;
  /** Path of the gateway's WebSocket; in attach mode it takes the place of the path in the address. */
  readonly path?: string;
  /** How long the gateway may take to become ready, ms. */
  readonly timeoutMs?: number;
}

export interface LifecycleResult {
  /** `joined`: the same was already under way or true. `superseded`: a later request won. */
  readonly outcome: 'applied' | 'joined' | 'superseded';
  readonly generation: number;
  readonly pid?: number;
  readonly previousPid?: number;
  /** What the repair of the gateway's configuration did before this start, in a sentence; missing if there was none. */
  readonly repaired?: string;
}

/** `none`: DeskClaw made no token for this profile. `rotated`: the next start uses the new one. */
export type TokenRotation =
  | { readonly outcome: 'none' | 'rotated' }
  | { readonly outcome: 'restarted'; readonly pid?: number; readonly previousPid?: number };

/** A request to end the running gateway process. */
export interface EndRequest {
  readonly force?: boolean;
  /** Of the program that asks, if that may run inside the gateway: it is ended with it, and the journal names it. */
  readonly askerPid?: number;
}

/** Names a start, so that the command that began it, and no other one, can take it back. */
export interface NamedStart {
  /** Chosen at random by the client. */
  readonly startId?: string;
}

export interface HealthReport {
  readonly ok: boolean;
  readonly uptime?: number;
  readonly latencyMs?: number;
  readonly error?: string;
  readonly evidence: readonly Evidence[];
}
/**
 * One check of the gateway, successful or not; `at` in epoch ms. `http` proves that it lives, `startup` that it has finished starting,
 * `readiness` that it takes work and its channels are well; the last two only of a gateway that offers them.
 */
export interface Evidence {
  readonly kind: 'frame' | 'pong' | 'rpc' | 'http' | 'startup' | 'readiness' | 'cpu' | 'process';
  readonly ok: boolean;
  readonly at: number;
  readonly detail?: string;
}

export type LogSource = 'gateway' | 'supervisor';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export const logLevels = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[];
export interface LogRecord {
  /** Epoch ms. */
  readonly at: number;
  readonly source: LogSource;
  readonly stream?: 'stdout' | 'stderr';
  readonly level: LogLevel;
  readonly text: string;
}
export interface LogQuery {
  /** Epoch ms, inclusive. */
  readonly since?: number;
  readonly level?: LogLevel;
  readonly source?: LogSource;
  /** A regular expression. */
  readonly grep?: string;
  /** The newest n of what matches; default 200. */
  readonly limit?: number;
}

/** A profile that has settings or state, or the default one. */
export interface ListedProfile {
  readonly name: string;
  /** Whether commands that name no profile use it. */
  readonly selected: boolean;
  /** Whether the settings file has a part for it. */
  readonly hasSettings: boolean;
  /** Whether it was ever started. */
  readonly hasState: boolean;
}

export interface ControlMethods {
  'host.info': { params: undefined; result: HostInfo };
  /** `ifIdle`: only if no gateway runs or starts. */
  'host.shutdown': {
    params: { readonly force?: boolean; readonly ifIdle?: boolean } | undefined;
    result: { readonly stopping: boolean };
  };
  /**
   * Serves the dashboard on loopback and returns an address that opens it once. `port`: 0, the default, takes the port
   * last used, else any free one. `redirectPage`: writes a page that leads there, readable by its owner only.
   */
  'host.openDashboard': {
    params: { readonly port?: number; readonly redirectPage?: boolean } | undefined;
    result: {
      readonly url: string;
      readonly port: number;
      /** Path of the page; it is removed once the address was used or is too old. */
      readonly redirectPage?: string;
      /** The port last used, which another program has now. */
      readonly movedFrom?: number;
    };
  };
  /** Ends all sessions and links of the dashboard. `sessions`: how many there were. */
  'host.revokeDashboard': { params: undefined; result: { readonly sessions: number } };
  /** Replaces the token that DeskClaw made for the gateway; a gateway of ours that uses it is restarted. */
  'host.rotateToken': { params: undefined; result: TokenRotation };
  'gateway.status': { params: undefined; result: GatewayStatus };
  'gateway.start': { params: (StartRequest & NamedStart) | undefined; result: LifecycleResult };
  // With `startId`, only the start of that name is stopped; `superseded` where another one runs or starts the gateway.
  'gateway.stop': { params: (EndRequest & NamedStart) | undefined; result: LifecycleResult };
  'gateway.restart': { params: EndRequest | undefined; result: LifecycleResult };
  /** Takes the recovery step that waits for the user, or switches the channels on again. `taken`: there was something to do. */
  'gateway.recover': {
    params: { readonly channels?: 'on' } | undefined;
    result: { readonly taken: boolean; readonly status: GatewayStatus };
  };
  'gateway.reconnect': { params: undefined; result: { readonly ok: true } };
  'gateway.health': { params: undefined; result: HealthReport };
  'gateway.rpc': {
    params: {
      readonly method: string;
      readonly params?: unknown;
      readonly timeoutMs?: number;
      readonly idempotencyKey?: string;
    };
    result: unknown;
  };
  'gateway.methods': {
    params: undefined;
    result: {
      readonly methods: readonly string[];
      readonly events: readonly string[];
      readonly source: 'advertised' | 'known';
    };
  };
  'logs.query': {
    params: LogQuery | undefined;
    result: {
      readonly records: readonly LogRecord[];
      /** Whether older lines match than those in `records`, or may have matched before the host dropped them from memory. */
      readonly truncated: boolean;
      /** How many of the lines that the host holds match. Missing for hosts of DeskClaw 0.1. */
      readonly total?: number;
    };
  };
  'timeline.query': {
    params: JournalQuery | undefined;
    result: JournalPage;
  };
  /** What is counted and measured now. */
  'metrics.snapshot': { params: undefined; result: MetricsSnapshot };
  /** Serves the metrics for a scraper on loopback. `port`: 0, the default, keeps the one there is or takes any free one. */
  'host.serveMetrics': {
    params: { readonly port?: number } | undefined;
    result: { readonly url: string; readonly port: number };
  };
  /** Writes the recorded steps of the reducers to the state folder, for an export. */
  'host.saveSteps': { params: undefined; result: { readonly path: string } };
  'config.get': {
    params: undefined;
    result: { readonly path: string; readonly config: Readonly<Record<string, unknown>> };
  };
  /** Checks the profile; reads only. */
  'doctor.run': { params: undefined; result: DoctorReport };
  /** The profiles of this user, not only the one of this host. */
  'profiles.list': { params: undefined; result: { readonly profiles: readonly ListedProfile[] } };
  /** `added`: whether it is new. `port`: of its gateway. */
  'profiles.add': {
    params: { readonly name: string; readonly port?: number };
    result: { readonly added: boolean };
  };
  /** Chooses the profile of commands that name none. */
  'profiles.use': { params: { readonly name: string }; result: { readonly selected: string } };
  /** Removes a profile that is not running, with its settings, state and logs. */
  'profiles.remove': {
    params: { readonly name: string };
    result: { readonly name: string; readonly removed: readonly string[]; readonly wasSelected: boolean };
  };
  'events.subscribe': {
    params: { readonly topics: readonly ControlEventName[] };
    result: { readonly topics: readonly ControlEventName[] };
  };
  'events.unsubscribe': {
    params: { readonly topics: readonly ControlEventName[] };
    result: { readonly topics: readonly ControlEventName[] };
  };
}
export type ControlMethodName = keyof ControlMethods;

export interface ControlEvents {
  'gateway.status': GatewayStatus;
  'gateway.notification': { readonly method: string; readonly params?: unknown };
  log: LogRecord;
  timeline: JournalRecord;
  health: HealthReport;
  /** Every 5 s while anybody follows it. */
  metrics: MetricsSnapshot;
}
export type ControlEventName = keyof ControlEvents;
export const controlEventNames = [
  'gateway.status',
  'gateway.notification',
  'log',
  'timeline',
  'health',
  'metrics',
] as const satisfies readonly ControlEventName[];

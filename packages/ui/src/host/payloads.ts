/** Guards for host payloads: a page must survive a host of another version. */
import {
  type ControlMethods,
  describeProblem,
  type Evidence,
  type ExitCause,
  type GatewayPhase,
  type GatewayStatus,
  gatewayStates,
  type HealthReport,
  type HealthVerdict,
  type HostInfo,
  type InterruptedUpgrade,
  isDialectName,
  isEpochTime,
  isObject,
  isRecoveryStatus,
  type JournalRecord,
  type LastExit,
  type LastFailure,
  type LogRecord,
  logLevels,
  type OpenClawProgram,
  type Ownership,
  type Problem,
  type ProblemAction,
  parseJournalRecord,
} from '@deskclaw/protocol';

type LogAnswer = ControlMethods['logs.query']['result'];
type Check = (value: unknown) => boolean;
type Fields<T> = { readonly [K in keyof T]-?: Check };

const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isFlag: Check = (value) => typeof value === 'boolean';

function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}
function orNull(check: Check): Check {
  return (value) => value === null || check(value);
}
function oneOf(words: Readonly<Record<string, true>>): Check {
  return (value) => typeof value === 'string' && Object.hasOwn(words, value);
}
function fits<T>(fields: Fields<T>): (value: unknown) => value is T {
  const checks = Object.entries<Check>(fields);
  return (value): value is T => isObject(value) && checks.every(([name, check]) => check(value[name]));
}
function isListOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

const phases: Readonly<Record<GatewayPhase, true>> = {
  idle: true,
  preflight: true,
  spawning: true,
  'waiting-ready': true,
  'warming-up': true,
  connecting: true,
  handshaking: true,
  ready: true,
  backoff: true,
  'waiting-retry': true,
  paused: true,
  exhausted: true,
  migrating: true,
  restarting: true,
  drain: true,
  terminating: true,
  failed: true,
};
const ownerships: Readonly<Record<Ownership, true>> = { owned: true, attached: true, none: true };
const verdicts: Readonly<Record<HealthVerdict, true>> = {
  unknown: true,
  ok: true,
  busy: true,
  unresponsive: true,
  down: true,
};
const causes: Readonly<Record<ExitCause, true>> = {
  requested: true,
  clean: true,
  configuration: true,
  'port-in-use': true,
  runtime: true,
  'out-of-memory': true,
  killed: true,
  'not-started': true,
  'managed-elsewhere': true,
  'newer-state': true,
  'state-locked': true,
  crash: true,
};
const kinds: Readonly<Record<HostInfo['kind'], true>> = { background: true, foreground: true, desktop: true };

const isAction = fits<ProblemAction>({ id: isText, label: isText, command: optional(isText) });

const isProblem = fits<Problem>({
  // A newer host may use codes unknown here; its texts are shown all the same.
  code: isText,
  title: isText,
  detail: isText,
  actions: isListOf(isAction),
  retryable: isFlag,
  cause: optional(oneOf(causes)),
  at: isEpochTime,
});

const isLastExit = fits<LastExit>({
  code: orNull(isNumber),
  signal: orNull(isText),
  at: isEpochTime,
  cause: oneOf(causes),
  said: optional(isText),
});

const isLatency = fits<NonNullable<GatewayStatus['latencyMs']>>({ last: isNumber, p50: isNumber, p95: isNumber });

export const isGatewayStatus = fits<GatewayStatus>({
  state: (value) => gatewayStates.some((state) => state === value),
  phase: oneOf(phases),
  since: isEpochTime,
  asOf: optional(isEpochTime),
  ownership: oneOf(ownerships),
  health: oneOf(verdicts),
  healthSince: optional(isNumber),
  watchdogAt: optional(isNumber),
  generation: isNumber,
  host: isText,
  port: isNumber,
  url: isText,
  pid: optional(isNumber),
  program: optional(isText),
  version: optional(isText),
  dialect: optional(isDialectName),
  protocol: optional(isNumber),
  connectedAt: optional(isEpochTime),
  uptime: optional(isNumber),
  reconnectAttempts: isNumber,
  nextRetryAt: optional(isEpochTime),
  restarts: isNumber,
  usualBootMs: optional(isNumber),
  startNote: optional(isText),
  lastExit: optional(isLastExit),
  latencyMs: optional(isLatency),
  problem: optional(isProblem),
  lastFailure: optional(fits<LastFailure>({ problem: isProblem, at: isNumber, command: optional(isText) })),
  recovery: optional(isRecoveryStatus),
});

const isOpenClawProgram = fits<OpenClawProgram>({
  version: isText,
  path: isText,
  node: fits<OpenClawProgram['node']>({ file: isText, version: isText }),
});

const interruptedOutcomes: Record<InterruptedUpgrade['outcome'], true> = {
  finished: true,
  back: true,
  untouched: true,
  stuck: true,
};

const isInterruptedUpgrade = fits<InterruptedUpgrade>({
  outcome: oneOf(interruptedOutcomes),
  from: isText,
  to: isText,
  message: isText,
  at: isEpochTime,
});

export const isHostInfo = fits<HostInfo>({
  pid: isNumber,
  version: isText,
  controlProtocol: isNumber,
  startedAt: isEpochTime,
  profile: isText,
  stateFolder: optional(isText),
  choice: optional(isObject),
  kind: oneOf(kinds),
  openclaw: optional(isOpenClawProgram),
  interruptedUpgrade: optional(isInterruptedUpgrade),
  warnings: optional(isListOf(isText)),
});

export const isLogRecord = fits<LogRecord>({
  at: isEpochTime,
  source: (value) => value === 'gateway' || value === 'supervisor',
  stream: optional((value) => value === 'stdout' || value === 'stderr'),
  level: (value) => logLevels.some((level) => level === value),
  text: isText,
});

const evidenceKinds: Readonly<Record<Evidence['kind'], true>> = {
  frame: true,
  pong: true,
  rpc: true,
  http: true,
  startup: true,
  readiness: true,
  cpu: true,
  process: true,
};

const isEvidence = fits<Evidence>({ kind: oneOf(evidenceKinds), ok: isFlag, at: isNumber, detail: optional(isText) });

export const isHealthReport = fits<HealthReport>({
  ok: isFlag,
  uptime: optional(isNumber),
  latencyMs: optional(isNumber),
  error: optional(isText),
  evidence: isListOf(isEvidence),
});

/** Returns the valid items of a list and counts the others. */
export function validOnly<T>(
  list: unknown,
  isValid: (value: unknown) => value is T,
): { readonly valid: readonly T[]; readonly malformed: number } {
  if (!Array.isArray(list)) return { valid: [], malformed: 1 };
  const valid = list.filter(isValid);
  return { valid, malformed: list.length - valid.length };
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Returns the problem that the host sent, else one of `code`. `at`: epoch ms. */
export function toProblem(error: unknown, code: 'internal' | 'host.unreachable', at: number): Problem {
  if (error instanceof Error && 'problem' in error && isProblem(error.problem)) return error.problem;
  return describeProblem(code, { detail: errorMessage(error) }, at);
}

/** Reads a list of journal records and counts what is none. */
export function parseJournalRecords(list: unknown): ReturnType<typeof validOnly<JournalRecord>> {
  const records: unknown = Array.isArray(list) ? list.map((record: unknown) => parseJournalRecord(record)) : list;
  return validOnly(records, (record): record is JournalRecord => record !== undefined);
}

/** Reads the answer of `logs.query` and counts what is no record. */
export function parseLogAnswer(value: unknown): { readonly answer: LogAnswer; readonly malformed: number } {
  const { records, truncated, total } = isObject(value) ? value : {};
  const { valid, malformed } = validOnly(records, isLogRecord);
  const answer = { records: valid, truncated: truncated === true };
  return {
    answer: typeof total === 'number' ? { ...answer, total: Math.max(total, valid.length) } : answer,
    malformed,
  };
}

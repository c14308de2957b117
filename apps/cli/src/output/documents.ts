import type {
  Evidence,
  GatewayStatus,
  HealthReport,
  HostInfo,
  JournalRecord,
  LastFailure,
  LogRecord,
  Problem,
  RecoveryStatus,
} from '@deskclaw/protocol';

/**
 * Objects as they leave the process: times as ISO 8601 in UTC, durations in ms. Internally times stay numbers, which
 * compare and subtract.
 */
type Serialized<T, K extends PropertyKey> = { readonly [P in keyof T]: P extends K ? string : T[P] };

function iso(at: number): string {
  return new Date(at).toISOString();
}

export function serializeProblem(problem: Problem): Serialized<Problem, 'at'> {
  return { ...problem, at: iso(problem.at) };
}

function serializeFailure({ problem, at, ...rest }: LastFailure) {
  return { ...rest, at: iso(at), problem: serializeProblem(problem) };
}

function serializeRecovery({ at, until, ...rest }: RecoveryStatus) {
  return { ...rest, at: iso(at), ...(until === undefined ? {} : { until: iso(until) }) };
}

/** The gateway's own error; its message is in the problem. */
export function serializeRpcError(rpc: { readonly code: number | string; readonly data?: unknown }) {
  return { code: rpc.code, ...(rpc.data === undefined ? {} : { data: rpc.data }) };
}

export function serializeStatus(status: GatewayStatus) {
  const {
    since,
    asOf,
    healthSince,
    watchdogAt,
    connectedAt,
    nextRetryAt,
    lastExit,
    problem,
    lastFailure,
    recovery,
    ...rest
  } = status;
  return {
    ...rest,
    since: iso(since),
    ...(asOf === undefined ? {} : { asOf: iso(asOf) }),
    ...(healthSince === undefined ? {} : { healthSince: iso(healthSince) }),
    ...(watchdogAt === undefined ? {} : { watchdogAt: iso(watchdogAt) }),
    ...(connectedAt === undefined ? {} : { connectedAt: iso(connectedAt) }),
    ...(nextRetryAt === undefined ? {} : { nextRetryAt: iso(nextRetryAt) }),
    ...(lastExit === undefined ? {} : { lastExit: { ...lastExit, at: iso(lastExit.at) } }),
    ...(problem === undefined ? {} : { problem: serializeProblem(problem) }),
    ...(lastFailure === undefined ? {} : { lastFailure: serializeFailure(lastFailure) }),
    ...(recovery === undefined ? {} : { recovery: serializeRecovery(recovery) }),
  };
}

export function serializeHost(host: HostInfo | null) {
  return host === null
    ? null
    : {
        pid: host.pid,
        version: host.version,
        startedAt: iso(host.startedAt),
        kind: host.kind,
        ...(host.openclaw === undefined ? {} : { openclaw: host.openclaw }),
        ...(host.interruptedUpgrade === undefined
          ? {}
          : { interruptedUpgrade: { ...host.interruptedUpgrade, at: iso(host.interruptedUpgrade.at) } }),
        ...(host.warnings === undefined ? {} : { warnings: host.warnings }),
      };
}

export function serializeLogRecord(record: LogRecord): Serialized<LogRecord, 'at'> {
  return { ...record, at: iso(record.at) };
}

export function serializeJournalRecord(record: JournalRecord): Serialized<JournalRecord, 'at'> {
  return { ...record, at: iso(record.at) };
}

export function serializeHealth(report: HealthReport) {
  const evidence: readonly Serialized<Evidence, 'at'>[] = report.evidence.map((each) => ({
    ...each,
    at: iso(each.at),
  }));
  return { ...report, evidence };
}

export function isoTime(at: number): string {
  return iso(at);
}

import type { GatewayStatus, HealthReport, HostInfo, JournalRecord, Problem, StartRequest } from '@deskclaw/protocol';
import { type ActivityEntry, type ActivityEvent, appendActivity, eventTime } from './activity.ts';
import { ACTIVITY_LIMIT, type Batch, LATENCY_LIMIT } from './inbox.ts';
import { addLogs, answerLogs, type LogAnswer, type LogFilter, type LogTail, noLogs, requestLogs } from './log-tail.ts';

/** A gateway request that one button press can make. */
export type LifecycleRequest =
  | { readonly method: 'gateway.start'; readonly params?: StartRequest }
  | { readonly method: 'gateway.stop'; readonly params?: { readonly force: boolean } }
  | { readonly method: 'gateway.restart' }
  | { readonly method: 'gateway.reconnect' };

/** A request without an answer yet. */
export interface PendingRequest {
  readonly id: number;
  readonly request: LifecycleRequest;
  /** Epoch ms. */
  readonly at: number;
}

/** Why a connection to the host ended: the host announced its end, the page has no session there, or neither. */
export type LossCause = 'host-ended' | 'session-refused' | 'failure';

/** State of the connection to the host. Times are epoch ms. */
export type HostLink =
  /** Never reached since the screen opened. */
  | ({ readonly name: 'connecting'; readonly since: number; readonly cause?: LossCause } & Attempt)
  | { readonly name: 'live'; readonly since: number }
  /** The connection was lost: the shown data is as of `since`. */
  | ({ readonly name: 'lost'; readonly since: number; readonly cause: LossCause } & Attempt);

export interface Attempt {
  /** Failed attempts so far. */
  readonly attempt: number;
  /** Absent while an attempt is being made. */
  readonly retryAt?: number;
  /** Reason of the last failure or end. */
  readonly reason?: string;
}

/** The whole state of the screen; immutable. */
export interface SessionState {
  readonly link: HostLink;
  readonly host: HostInfo | undefined;
  readonly status: GatewayStatus | undefined;
  /** The last check of the gateway that this page knows of. */
  readonly health: HealthReport | undefined;
  /** Whether this page has asked for a check. */
  readonly checking: boolean;
  /** The newest first. */
  readonly activity: readonly ActivityEntry[];
  readonly nextActivityId: number;
  readonly logs: LogTail;
  /** Round trips to the gateway, ms, oldest first. */
  readonly latencies: readonly number[];
  readonly pending: readonly PendingRequest[];
  /** The problem of the last refused request, until it is dismissed or another request is made. */
  readonly refusal: Problem | undefined;
  /** Number of malformed frames and payloads, which changed nothing. */
  readonly malformed: number;
}

export type SessionEvent =
  | {
      readonly type: 'loaded';
      readonly at: number;
      readonly host: HostInfo;
      readonly status: GatewayStatus;
      readonly records: readonly JournalRecord[];
      readonly logs: LogAnswer;
      /** Events received during the initial load: partly included in it, partly newer. */
      readonly early: Batch;
    }
  | { readonly type: 'retrying' }
  | {
      readonly type: 'ended';
      readonly at: number;
      readonly reason: string;
      readonly attempt: number;
      readonly retryAt: number;
      readonly cause: LossCause;
    }
  | { readonly type: 'received'; readonly batch: Batch }
  | { readonly type: 'requested'; readonly id: number; readonly request: LifecycleRequest; readonly at: number }
  | { readonly type: 'answered'; readonly id: number }
  | { readonly type: 'refused'; readonly id: number; readonly problem: Problem }
  | { readonly type: 'dismissed' }
  | { readonly type: 'checking'; readonly now: boolean }
  | { readonly type: 'logs-requested'; readonly filter: LogFilter }
  /** `newerFrom`: id of the first line that arrived after the request. */
  | {
      readonly type: 'logs-answered';
      readonly filter: LogFilter;
      readonly answer: LogAnswer;
      readonly newerFrom: number;
    }
  | { readonly type: 'logs-failed'; readonly filter: LogFilter };

/** @param at when the screen opened, epoch ms. */
export function initialState(at: number): SessionState {
  return {
    link: { name: 'connecting', since: at, attempt: 0 },
    host: undefined,
    status: undefined,
    health: undefined,
    checking: false,
    activity: [],
    nextActivityId: 1,
    logs: noLogs,
    latencies: [],
    pending: [],
    refusal: undefined,
    malformed: 0,
  };
}

function withoutRetry(link: HostLink): HostLink {
  if (link.name === 'live') return link;
  const { retryAt: _over, ...rest } = link;
  return rest;
}

function ended(link: HostLink, event: Extract<SessionEvent, { type: 'ended' }>): HostLink {
  const { attempt, retryAt, reason, cause } = event;
  if (link.name === 'live') return { name: 'lost', since: event.at, cause, attempt, retryAt, reason };
  // Later attempts fail because of what came first, unless the host answers that the session is over.
  return { ...link, cause: cause === 'session-refused' ? cause : (link.cause ?? cause), attempt, retryAt, reason };
}

function settled(state: SessionState, id: number): readonly PendingRequest[] {
  return state.pending.filter((one) => one.id !== id);
}

function received(state: SessionState, batch: Batch): SessionState {
  const reported = appendActivity(state.activity, batch.activity, state.nextActivityId, ACTIVITY_LIMIT);
  return {
    ...state,
    status: batch.status ?? state.status,
    health: batch.health ?? state.health,
    activity: batch.activity.length === 0 ? state.activity : reported.entries,
    nextActivityId: reported.nextId,
    logs: addLogs(state.logs, batch.logs, batch.logsSkipped),
    latencies:
      batch.latencies.length === 0 ? state.latencies : [...state.latencies, ...batch.latencies].slice(-LATENCY_LIMIT),
    malformed: state.malformed + batch.malformed,
  };
}

/** Merges the journal of the host with the gateway notifications seen here: the host stores only the journal. */
function mergeActivity(state: SessionState, records: readonly JournalRecord[]): readonly ActivityEvent[] {
  const notices = state.activity.map((entry) => entry.event).filter((event) => event.kind === 'notification');
  const reported = records.map((record): ActivityEvent => ({ kind: 'timeline', record }));
  return [...reported, ...notices].toSorted((one, other) => eventTime(one) - eventTime(other));
}

function isNotIn<T>(known: readonly T[], key: (item: T) => string): (item: T) => boolean {
  const keys = new Set(known.map(key));
  return (item) => !keys.has(key(item));
}

function recordKey({ at, category, what, cause }: JournalRecord): string {
  return `${String(at)}\n${category}\n${what}\n${cause ?? ''}`;
}

function loaded(state: SessionState, event: Extract<SessionEvent, { type: 'loaded' }>): SessionState {
  const { host, early } = event;
  const isNewRecord = isNotIn(event.records, recordKey);
  const events = early.activity.filter((one) => one.kind === 'notification' || isNewRecord(one.record));
  const reported = appendActivity([], mergeActivity(state, event.records), state.nextActivityId, ACTIVITY_LIMIT);
  const fresh: SessionState = {
    ...state,
    link: { name: 'live', since: event.at },
    host,
    status: event.status,
    health: state.host?.startedAt === host.startedAt ? state.health : undefined,
    activity: reported.entries,
    nextActivityId: reported.nextId,
    logs: loadedLogs(state.logs, event.logs, early),
    latencies: state.host?.startedAt === host.startedAt ? state.latencies : [],
  };
  return received(fresh, { ...early, activity: events, logs: [], logsSkipped: 0 });
}

/** The lines of the initial load and those that arrived meanwhile, all unfiltered; then the filter of before. */
function loadedLogs({ filter, nextId }: LogTail, answer: LogAnswer, early: Batch): LogTail {
  const arrived = addLogs({ ...noLogs, nextId }, early.logs, early.logsSkipped);
  const { older, ...all } = answerLogs(arrived, answer, nextId);
  return { ...requestLogs({ ...all, older: older + arrived.older }, filter), query: 'answered' };
}

/** Returns the state after an event. */
export function reduce(state: SessionState, event: SessionEvent): SessionState {
  switch (event.type) {
    case 'loaded':
      return loaded(state, event);
    case 'retrying':
      return { ...state, link: withoutRetry(state.link) };
    case 'ended':
      return { ...state, link: ended(state.link, event), pending: [], checking: false };
    case 'received':
      return received(state, event.batch);
    case 'requested': {
      const { id, request, at } = event;
      return { ...state, pending: [...state.pending, { id, request, at }], refusal: undefined };
    }
    case 'answered':
      return { ...state, pending: settled(state, event.id) };
    case 'refused':
      return { ...state, pending: settled(state, event.id), refusal: event.problem };
    case 'dismissed':
      return { ...state, refusal: undefined };
    case 'checking':
      return { ...state, checking: event.now };
    case 'logs-requested':
      return { ...state, logs: requestLogs(state.logs, event.filter) };
    // A newer filter has its own answer.
    case 'logs-answered':
      if (event.filter !== state.logs.filter) return state;
      return { ...state, logs: answerLogs(state.logs, event.answer, event.newerFrom) };
    case 'logs-failed':
      return event.filter === state.logs.filter ? { ...state, logs: { ...state.logs, query: 'failed' } } : state;
    default:
      return event satisfies never;
  }
}

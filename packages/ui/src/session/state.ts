import type { GatewayStatus, HostInfo, LogRecord, Problem, TimelineRecord } from '@deskclaw/protocol';
import { addHappenings, type Entry, type Happening, happenedAt } from './happening.ts';
import { type Batch, EVENTS_KEPT, LATENCIES_KEPT } from './inbox.ts';
import type { HostLink } from './link.ts';
import { addLogs, type LogTail, noLogs } from './log-tail.ts';
import type { LifecycleRequest, PendingRequest } from './request.ts';

/** All that the screen knows. Replaced as a whole, never changed. */
export interface SessionState {
  readonly link: HostLink;
  readonly host: HostInfo | undefined;
  readonly status: GatewayStatus | undefined;
  /** The newest first. */
  readonly events: readonly Entry[];
  readonly nextEventId: number;
  readonly logs: LogTail;
  /** Round trips to the gateway, ms, oldest first. */
  readonly latencies: readonly number[];
  readonly pending: readonly PendingRequest[];
  /** Why the last request was refused; until it is dismissed or another one succeeds. */
  readonly refusal: Problem | undefined;
  /** Frames and payloads of the host that made no sense, and changed nothing. */
  readonly malformed: number;
}

export type SessionEvent =
  | {
      readonly type: 'welcomed';
      readonly at: number;
      readonly host: HostInfo;
      readonly status: GatewayStatus;
      readonly records: readonly TimelineRecord[];
      readonly logs: readonly LogRecord[];
      /** What came in while these were asked for: partly told in them, partly newer. */
      readonly early: Batch;
    }
  | { readonly type: 'retrying' }
  | {
      readonly type: 'ended';
      readonly at: number;
      readonly reason: string;
      readonly attempt: number;
      readonly retryAt: number;
      /** The host said itself that it ends. */
      readonly farewell: boolean;
    }
  | { readonly type: 'received'; readonly batch: Batch }
  | { readonly type: 'asked'; readonly id: number; readonly request: LifecycleRequest; readonly at: number }
  | { readonly type: 'answered'; readonly id: number }
  | { readonly type: 'refused'; readonly id: number; readonly problem: Problem }
  | { readonly type: 'dismissed' };

/** @param at when the screen opened, epoch ms. */
export function initialState(at: number): SessionState {
  return {
    link: { name: 'connecting', since: at, attempt: 0 },
    host: undefined,
    status: undefined,
    events: [],
    nextEventId: 1,
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
  const { attempt, retryAt, reason, farewell } = event;
  if (link.name === 'live') return { name: 'lost', since: event.at, farewell, attempt, retryAt, reason };
  return { ...link, attempt, retryAt, reason };
}

function settled(state: SessionState, id: number): readonly PendingRequest[] {
  return state.pending.filter((one) => one.id !== id);
}

function received(state: SessionState, batch: Batch): SessionState {
  const told = addHappenings(state.events, batch.happenings, state.nextEventId, EVENTS_KEPT);
  return {
    ...state,
    status: batch.status ?? state.status,
    events: batch.happenings.length === 0 ? state.events : told.entries,
    nextEventId: told.nextId,
    logs: addLogs(state.logs, batch.logs, batch.logsSkipped),
    latencies:
      batch.latencies.length === 0 ? state.latencies : [...state.latencies, ...batch.latencies].slice(-LATENCIES_KEPT),
    malformed: state.malformed + batch.malformed,
  };
}

/** The journal is the host's to tell, whole and in order; what the gateway said to us was said only once. */
function retold(state: SessionState, records: readonly TimelineRecord[]): readonly Happening[] {
  const notices = state.events.map((entry) => entry.happening).filter((happening) => happening.kind === 'notice');
  const told = records.map((record): Happening => ({ kind: 'timeline', record }));
  return [...told, ...notices].toSorted((one, other) => happenedAt(one) - happenedAt(other));
}

function unlike<T>(known: readonly T[], key: (item: T) => string): (item: T) => boolean {
  const keys = new Set(known.map(key));
  return (item) => !keys.has(key(item));
}

function recordKey({ at, lane, what, cause }: TimelineRecord): string {
  return `${String(at)}\n${lane}\n${what}\n${cause ?? ''}`;
}

function logKey({ at, source, text }: LogRecord): string {
  return `${String(at)}\n${source}\n${text}`;
}

function welcomed(state: SessionState, event: Extract<SessionEvent, { type: 'welcomed' }>): SessionState {
  const { host, early } = event;
  const isNewRecord = unlike(event.records, recordKey);
  const happenings = early.happenings.filter((one) => one.kind === 'notice' || isNewRecord(one.record));
  const told = addHappenings([], retold(state, event.records), state.nextEventId, EVENTS_KEPT);
  const fresh: SessionState = {
    ...state,
    link: { name: 'live', since: event.at },
    host,
    status: event.status,
    events: told.entries,
    nextEventId: told.nextId,
    logs: addLogs({ ...noLogs, nextId: state.logs.nextId }, event.logs),
    latencies: state.host?.startedAt === host.startedAt ? state.latencies : [],
  };
  return received(fresh, { ...early, happenings, logs: early.logs.filter(unlike(event.logs, logKey)) });
}

/** What an event makes of what was known. */
export function reduce(state: SessionState, event: SessionEvent): SessionState {
  switch (event.type) {
    case 'welcomed':
      return welcomed(state, event);
    case 'retrying':
      return { ...state, link: withoutRetry(state.link) };
    case 'ended':
      return { ...state, link: ended(state.link, event), pending: [] };
    case 'received':
      return received(state, event.batch);
    case 'asked': {
      const { id, request, at } = event;
      return { ...state, pending: [...state.pending, { id, request, at }], refusal: undefined };
    }
    case 'answered':
      return { ...state, pending: settled(state, event.id) };
    case 'refused':
      return { ...state, pending: settled(state, event.id), refusal: event.problem };
    case 'dismissed':
      return { ...state, refusal: undefined };
    default:
      return event satisfies never;
  }
}

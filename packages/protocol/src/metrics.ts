import type { GatewayState, HealthVerdict } from './status.ts';

/** Durations in buckets that each hold all shorter ones, ms. What is longer than the last limit is in `count` only. */
export interface DurationHistogram {
  readonly buckets: readonly { readonly leMs: number; readonly count: number }[];
  readonly count: number;
  readonly sumMs: number;
}

/** Resources of one process; each absent where the system does not tell. */
export interface ProcessUsage {
  /** User and system CPU time so far, ms. */
  readonly cpuMs?: number;
  /** Resident memory, bytes. */
  readonly rssBytes?: number;
}

/** How requests to the gateway were settled, since the host started. */
export interface RequestCounts {
  readonly succeeded: number;
  /** Answered with an error. */
  readonly failed: number;
  readonly timedOut: number;
  readonly cancelled: number;
  /** Rejected because the connection was lost or closed. */
  readonly lost: number;
  /** Rejected because too many were waiting. */
  readonly overloaded: number;
}

/** Replies that belonged to no request any more, or to none at all. */
export interface DroppedReplies {
  readonly late: number;
  readonly duplicate: number;
  readonly unknown: number;
  readonly malformed: number;
}

/** What the manager counts and measures of its gateway. */
export interface GatewayMetrics {
  /** Of the main process; absent without one of ours. */
  readonly process?: ProcessUsage;
  /** Requests that wait for their answers, the queue included. */
  readonly pending: number;
  readonly requests: RequestCounts;
  readonly droppedReplies: DroppedReplies;
  readonly invalidFrames: number;
  /** Gaps in the sequence of events: each has lost one event or more. */
  readonly eventGaps: number;
  /** Connections that became ready. */
  readonly connections: number;
  readonly roundTrips: DurationHistogram;
}

/** The answer to `metrics.snapshot`. Counters start with the host. */
export interface MetricsSnapshot extends GatewayMetrics {
  /** Epoch ms. */
  readonly at: number;
  readonly state: GatewayState;
  readonly health: HealthVerdict;
  /** How long the connection has been up, ms. */
  readonly uptimeMs?: number;
  /** The newest round trip, ms. */
  readonly latencyMs?: number;
  readonly restarts: number;
  /** Interruptions that nobody asked for. */
  readonly incidents: number;
  readonly host: ProcessUsage & { readonly version: string; readonly uptimeMs: number; readonly clients: number };
}

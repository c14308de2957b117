import type { GatewayMetrics } from '@deskclaw/protocol';
import type { GatewayConnection } from '../connection/connection.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

/** Reads the counters of the connection and the use of the process. Looks at one process of the system, so it is for every few seconds. */
export function readMetrics(parts: {
  readonly supervisor: Supervisor;
  readonly connection: GatewayConnection;
}): GatewayMetrics {
  const { counters, pending, roundTrips } = parts.connection.snapshot();
  const usage = parts.supervisor.usage();
  const { cpuMs, rssBytes } = usage ?? {};
  return {
    ...(usage === undefined
      ? {}
      : {
          process: { ...(cpuMs === undefined ? {} : { cpuMs }), ...(rssBytes === undefined ? {} : { rssBytes }) },
        }),
    pending: pending.length,
    requests: {
      succeeded: counters.results,
      failed: counters.errors,
      timedOut: counters.timedOut,
      cancelled: counters.cancelled,
      lost: counters.lost,
      overloaded: counters.overloaded,
    },
    droppedReplies: {
      late: counters.lateReplies,
      duplicate: counters.duplicateReplies,
      unknown: counters.unknownReplies,
      malformed: counters.malformedReplies,
    },
    invalidFrames: counters.invalidFrames,
    eventGaps: counters.gaps,
    connections: counters.sessions,
    roundTrips,
  };
}

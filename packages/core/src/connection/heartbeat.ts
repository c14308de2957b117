import type { HeartbeatPolicy } from './config.ts';
import type { Heartbeat } from './state.ts';

const PINGS_BEFORE_REPORT = 2;

export interface HeartbeatInput {
  readonly now: number;
  readonly lastFrameAt: number;
  /** How long silence is normal here: our interval, or what the peer promises where we cannot ping. */
  readonly intervalMs: number;
}

export type HeartbeatAction = 'ping' | 'probe' | 'report-unresponsive' | 'report-responsive' | 'replace';

export interface HeartbeatStep {
  readonly heartbeat: Heartbeat;
  readonly actions: readonly HeartbeatAction[];
}

/** Returns whether the peer was reported unresponsive, and not yet responsive again. */
export function isUnresponsive(heartbeat: Heartbeat): boolean {
  return heartbeat.phase === 'unresponsive' || (heartbeat.phase === 'waking' && heartbeat.isReported);
}

export function startHeartbeat(now: number, intervalMs: number): Heartbeat {
  return { phase: 'alive', dueAt: now + intervalMs };
}

/** After a sleep of the machine or a network change: sends one probe with a short limit before the peer is judged. */
export function wakeHeartbeat(heartbeat: Heartbeat, now: number, policy: HeartbeatPolicy): HeartbeatStep {
  const isReported = isUnresponsive(heartbeat);
  return {
    heartbeat: { phase: 'waking', since: now, dueAt: now + policy.wakeProbeMs, isReported },
    actions: ['ping', 'probe'],
  };
}

/** Returns to `alive` after a frame at `lastFrameAt`: the next ping is due after an interval of silence. */
export function aliveHeartbeat(heartbeat: Heartbeat, lastFrameAt: number, intervalMs: number): HeartbeatStep {
  return {
    heartbeat: { phase: 'alive', dueAt: lastFrameAt + intervalMs },
    actions: isUnresponsive(heartbeat) ? ['report-responsive'] : [],
  };
}

/** Takes the next step when `heartbeat.dueAt` has come. Any frame proves life; silence escalates one step at a time. */
export function checkHeartbeat(heartbeat: Heartbeat, input: HeartbeatInput, policy: HeartbeatPolicy): HeartbeatStep {
  const { now, lastFrameAt } = input;
  switch (heartbeat.phase) {
    case 'alive':
      // The same sum as in `aliveHeartbeat`: a difference may round the other way, and be due at once for ever.
      if (now < lastFrameAt + input.intervalMs) return aliveHeartbeat(heartbeat, lastFrameAt, input.intervalMs);
      return {
        heartbeat: { phase: 'pinged', missed: 0, since: now, dueAt: now + policy.timeoutMs },
        actions: ['ping'],
      };
    case 'pinged': {
      if (lastFrameAt > heartbeat.since) return aliveHeartbeat(heartbeat, lastFrameAt, input.intervalMs);
      const missed = heartbeat.missed + 1;
      if (missed < PINGS_BEFORE_REPORT)
        return { heartbeat: { ...heartbeat, missed, dueAt: now + policy.timeoutMs }, actions: ['ping'] };
      const reported: Heartbeat = { phase: 'unresponsive', since: now, dueAt: now + policy.probeMs };
      return { heartbeat: reported, actions: ['report-unresponsive', 'ping', 'probe'] };
    }
    case 'unresponsive':
    case 'waking':
      return lastFrameAt > heartbeat.since
        ? aliveHeartbeat(heartbeat, lastFrameAt, input.intervalMs)
        : { heartbeat, actions: ['replace'] };
    default:
      return heartbeat satisfies never;
  }
}

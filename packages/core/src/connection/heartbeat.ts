import type { HeartbeatPolicy } from './config.ts';
import type { Beat } from './state.ts';

const PINGS_BEFORE_TELLING = 2;

export interface BeatFacts {
  readonly now: number;
  readonly lastFrameAt: number;
  /** How long silence is normal here: our interval, or what the peer promises where we cannot ping. */
  readonly intervalMs: number;
}

export type BeatAct = 'ping' | 'probe' | 'tell-unresponsive' | 'tell-responsive' | 'replace';

export interface BeatStep {
  readonly beat: Beat;
  readonly acts: readonly BeatAct[];
}

/** Whether people were told that it does not answer, and not yet that it does again. */
export function isUnresponsive(beat: Beat): boolean {
  return beat.phase === 'unresponsive' || (beat.phase === 'waking' && beat.isTold);
}

export function startBeat(now: number, intervalMs: number): Beat {
  return { phase: 'alive', dueAt: now + intervalMs };
}

/** This machine slept, or its network changed: asks once, with a short limit, before anything is judged. */
export function wakeBeat(beat: Beat, now: number, policy: HeartbeatPolicy): BeatStep {
  const isTold = isUnresponsive(beat);
  return { beat: { phase: 'waking', since: now, dueAt: now + policy.wakeProbeMs, isTold }, acts: ['ping', 'probe'] };
}

/** It was heard at `lastFrameAt`: nothing to ask until it has been silent for an interval again. */
export function aliveBeat(beat: Beat, lastFrameAt: number, intervalMs: number): BeatStep {
  return {
    beat: { phase: 'alive', dueAt: lastFrameAt + intervalMs },
    acts: isUnresponsive(beat) ? ['tell-responsive'] : [],
  };
}

/** Called when `beat.dueAt` has come. Any frame is life; silence climbs one step at a time. */
export function checkBeat(beat: Beat, facts: BeatFacts, policy: HeartbeatPolicy): BeatStep {
  const { now, lastFrameAt } = facts;
  switch (beat.phase) {
    case 'alive':
      // The same sum as in `aliveBeat`: a difference may round the other way, and be due at once for ever.
      if (now < lastFrameAt + facts.intervalMs) return aliveBeat(beat, lastFrameAt, facts.intervalMs);
      return { beat: { phase: 'pinged', missed: 0, since: now, dueAt: now + policy.timeoutMs }, acts: ['ping'] };
    case 'pinged': {
      if (lastFrameAt > beat.since) return aliveBeat(beat, lastFrameAt, facts.intervalMs);
      const missed = beat.missed + 1;
      if (missed < PINGS_BEFORE_TELLING)
        return { beat: { ...beat, missed, dueAt: now + policy.timeoutMs }, acts: ['ping'] };
      const told: Beat = { phase: 'unresponsive', since: now, dueAt: now + policy.probeMs };
      return { beat: told, acts: ['tell-unresponsive', 'ping', 'probe'] };
    }
    case 'unresponsive':
    case 'waking':
      return lastFrameAt > beat.since ? aliveBeat(beat, lastFrameAt, facts.intervalMs) : { beat, acts: ['replace'] };
    default:
      return beat satisfies never;
  }
}

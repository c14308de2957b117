import type { HeartbeatPolicy } from './config.ts';
import type { Beat } from './state.ts';

/** A check that comes this much too late means that this machine or this program stood still. */
export const STANDSTILL_MS = 2_000;
const PINGS_BEFORE_TELLING = 2;

export interface BeatFacts {
  readonly now: number;
  readonly lastFrameAt: number;
  /** How far the wall clock ran ahead of the monotonic one since the last check: sleep that the latter does not count. */
  readonly sleptMs: number;
  /** How long silence is normal here: our interval, or what the peer promises where we cannot ping. */
  readonly intervalMs: number;
}

export type BeatAct = 'ping' | 'probe' | 'tell-unresponsive' | 'tell-responsive' | 'replace';

export interface BeatStep {
  readonly beat: Beat;
  readonly acts: readonly BeatAct[];
}

export function startBeat(now: number, intervalMs: number): Beat {
  return { phase: 'alive', dueAt: now + intervalMs };
}

/** Asks once, with a short limit, before anything is judged. */
export function wakeBeat(now: number, policy: HeartbeatPolicy): BeatStep {
  return { beat: { phase: 'waking', since: now, dueAt: now + policy.wakeProbeMs }, acts: ['ping', 'probe'] };
}

function alive(beat: Beat, facts: BeatFacts): BeatStep {
  const dueAt = Math.max(facts.now + 1, facts.lastFrameAt + facts.intervalMs);
  return { beat: { phase: 'alive', dueAt }, acts: beat.phase === 'unresponsive' ? ['tell-responsive'] : [] };
}

/** Called when `beat.dueAt` has come. Any frame is life; silence climbs one step at a time. */
export function checkBeat(beat: Beat, facts: BeatFacts, policy: HeartbeatPolicy): BeatStep {
  const { now, lastFrameAt } = facts;
  const late = Math.max(now - beat.dueAt, facts.sleptMs);
  if (late > STANDSTILL_MS) return wakeBeat(now, policy);
  switch (beat.phase) {
    case 'alive':
      if (now - lastFrameAt < facts.intervalMs) return alive(beat, facts);
      return { beat: { phase: 'pinged', missed: 0, since: now, dueAt: now + policy.timeoutMs }, acts: ['ping'] };
    case 'pinged': {
      if (lastFrameAt > beat.since) return alive(beat, facts);
      const missed = beat.missed + 1;
      if (missed < PINGS_BEFORE_TELLING)
        return { beat: { ...beat, missed, dueAt: now + policy.timeoutMs }, acts: ['ping'] };
      const told: Beat = { phase: 'unresponsive', since: now, dueAt: now + policy.probeMs };
      return { beat: told, acts: ['tell-unresponsive', 'ping', 'probe'] };
    }
    case 'unresponsive':
    case 'waking':
      return lastFrameAt > beat.since ? alive(beat, facts) : { beat, acts: ['replace'] };
    default:
      return beat satisfies never;
  }
}

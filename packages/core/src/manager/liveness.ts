import type { HealthVerdict } from '@deskclaw/protocol';

/** Silence alone never restarts anything. Durations in ms. */
export interface LivenessPolicy {
  /** Between active checks of a gateway that is well. */
  readonly checkEveryMs: number;
  /** Every sign of life must have been missing for so long before an owned process is restarted. */
  readonly unresponsiveAfterMs: number;
  /** Between looks while it is silent. */
  readonly lookEveryMs: number;
}

const LOOK_EVERY_MS = 5_000;
/** All questions of a look time out within 5 s; the rest is for a loaded machine. */
const LONGEST_LOOK_MS = 15_000;

/** A short limit needs closer looks, or the limit would pass unseen between two of them. */
export function livenessPolicy(limits: {
  readonly intervalMs: number;
  readonly unresponsiveAfterMs: number;
}): LivenessPolicy {
  return {
    checkEveryMs: limits.intervalMs,
    unresponsiveAfterMs: limits.unresponsiveAfterMs,
    lookEveryMs: Math.min(LOOK_EVERY_MS, limits.unresponsiveAfterMs / 4),
  };
}

/** CPU time that counts as work: a stopped process has none, an idle Node loop less than this between two looks. */
const WORKING_CPU_SHARE = 0.05;

export type SilenceVerdict = Extract<HealthVerdict, 'unknown' | 'busy' | 'unresponsive'>;

/** A gateway that does not answer just now, and the newest sign that it lives all the same. */
export interface Silence {
  readonly since: number;
  readonly lastSignAt: number;
  readonly lastLookAt: number;
  readonly lastCpuMs: number | undefined;
  /** `unknown` until somebody has looked. */
  readonly verdict: SilenceVerdict;
}

export interface Look {
  readonly at: number;
  /** `undefined`: the system does not tell. */
  readonly cpuMs: number | undefined;
  readonly httpAnswers: boolean;
  /** A frame or a pong came since the last look. */
  readonly heard: boolean;
}

export function beginSilence(at: number, cpuMs: number | undefined, verdict: SilenceVerdict): Silence {
  return { since: at, lastSignAt: at, lastLookAt: at, lastCpuMs: cpuMs, verdict };
}

function isWorking(silence: Silence, look: Look): boolean {
  if (look.cpuMs === undefined || silence.lastCpuMs === undefined) return false;
  return look.cpuMs - silence.lastCpuMs > (look.at - silence.lastLookAt) * WORKING_CPU_SHARE;
}

/** One look at a silent gateway: what it is, and whether the last step of the ladder is due. */
export function look(
  silence: Silence,
  seen: Look,
  policy: LivenessPolicy,
): { readonly silence: Silence; readonly restart: boolean } {
  // This machine may have slept between two looks: that silence is ours, not the gateway's.
  const slept = seen.at - silence.lastLookAt > policy.lookEveryMs + LONGEST_LOOK_MS;
  const working = isWorking(silence, seen);
  const sign = working || seen.httpAnswers || seen.heard || slept;
  const next: Silence = {
    since: silence.since,
    lastSignAt: sign ? seen.at : silence.lastSignAt,
    lastLookAt: seen.at,
    lastCpuMs: seen.cpuMs ?? silence.lastCpuMs,
    verdict: working ? 'busy' : 'unresponsive',
  };
  return { silence: next, restart: !sign && seen.at - next.lastSignAt >= policy.unresponsiveAfterMs };
}

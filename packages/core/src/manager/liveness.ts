import type { HealthVerdict } from '@deskclaw/protocol';

/** Behaviour, section 4: silence alone never restarts anything. Times are monotonic ms. */
export interface LivenessPolicy {
  /** Every sign of life must have been missing for so long before an owned process is restarted. Default 180000. */
  readonly unresponsiveAfterMs: number;
  /** Between looks while it is silent. */
  readonly lookEveryMs: number;
}
export const defaultLiveness: LivenessPolicy = { unresponsiveAfterMs: 180_000, lookEveryMs: 5_000 };

/** CPU time that counts as work: a stopped process has none, an idle Node loop less than this between two looks. */
const WORKING_CPU_SHARE = 0.05;

/** A gateway that does not answer just now, and the newest sign that it lives all the same. */
export interface Silence {
  readonly since: number;
  readonly lastSignAt: number;
  readonly lastLookAt: number;
  readonly lastCpuMs: number | undefined;
  readonly verdict: Extract<HealthVerdict, 'busy' | 'unresponsive'>;
}

export interface Look {
  readonly at: number;
  /** `undefined`: the system does not tell. */
  readonly cpuMs: number | undefined;
  readonly httpAnswers: boolean;
}

export function beginSilence(at: number, cpuMs: number | undefined): Silence {
  return { since: at, lastSignAt: at, lastLookAt: at, lastCpuMs: cpuMs, verdict: 'unresponsive' };
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
  const slept = seen.at - silence.lastLookAt > policy.lookEveryMs * 3;
  const working = isWorking(silence, seen);
  const sign = working || seen.httpAnswers || slept;
  const next: Silence = {
    since: silence.since,
    lastSignAt: sign ? seen.at : silence.lastSignAt,
    lastLookAt: seen.at,
    lastCpuMs: seen.cpuMs ?? silence.lastCpuMs,
    verdict: working ? 'busy' : 'unresponsive',
  };
  return { silence: next, restart: !sign && seen.at - next.lastSignAt >= policy.unresponsiveAfterMs };
}

import type { HealthVerdict } from '@deskclaw/protocol';

/** Silence alone never restarts anything. Durations in ms. */
export interface LivenessPolicy {
  /** Between active checks of a gateway that is well. */
  readonly checkIntervalMs: number;
  /** Every sign of life must have been missing for so long before an owned process is restarted. */
  readonly unresponsiveAfterMs: number;
  /** Between checks while the gateway is silent. */
  readonly pollIntervalMs: number;
}

const POLL_INTERVAL_MS = 5_000;
/** All requests of a check time out within 5 s; the rest is for a loaded machine. */
const MAX_CHECK_MS = 15_000;

/** Derives the policy from the limits. A short limit shortens the poll interval, so that it does not pass between two checks. */
export function livenessPolicy(limits: {
  readonly intervalMs: number;
  readonly unresponsiveAfterMs: number;
}): LivenessPolicy {
  return {
    checkIntervalMs: limits.intervalMs,
    unresponsiveAfterMs: limits.unresponsiveAfterMs,
    pollIntervalMs: Math.min(POLL_INTERVAL_MS, limits.unresponsiveAfterMs / 4),
  };
}

/** CPU time that counts as work: a stopped process has none, an idle Node loop less than this between two checks. */
const WORKING_CPU_SHARE = 0.05;

export type SilenceVerdict = Extract<HealthVerdict, 'unknown' | 'busy' | 'unresponsive'>;

/** A period in which the gateway does not answer, and the newest sign of life in it. */
export interface Silence {
  readonly since: number;
  readonly lastSignAt: number;
  readonly lastSampleAt: number;
  readonly lastCpuMs: number | undefined;
  /** `unknown` until the first sample. */
  readonly verdict: SilenceVerdict;
}

export interface LivenessSample {
  readonly at: number;
  /** `undefined` where the system does not report CPU time. */
  readonly cpuMs: number | undefined;
  readonly httpAnswers: boolean;
  /** Whether a frame or a pong arrived since the last sample. */
  readonly frameReceived: boolean;
}

export function beginSilence(at: number, cpuMs: number | undefined, verdict: SilenceVerdict): Silence {
  return { since: at, lastSignAt: at, lastSampleAt: at, lastCpuMs: cpuMs, verdict };
}

/** Where the system does not report CPU time, none is taken to be used. */
function isWorking(silence: Silence, sample: LivenessSample): boolean {
  const { cpuMs = 0 } = sample;
  const { lastCpuMs = cpuMs } = silence;
  return cpuMs - lastCpuMs > (sample.at - silence.lastSampleAt) * WORKING_CPU_SHARE;
}

/** Judges a silent gateway by one more sample, and whether its process is to be restarted. */
export function judgeSilence(
  silence: Silence,
  sample: LivenessSample,
  policy: LivenessPolicy,
): { readonly silence: Silence; readonly restart: boolean } {
  // A long gap between samples means that this machine slept: that silence does not count.
  const slept = sample.at - silence.lastSampleAt > policy.pollIntervalMs + MAX_CHECK_MS;
  const working = isWorking(silence, sample);
  const isAlive = working || sample.httpAnswers || sample.frameReceived || slept;
  const next: Silence = {
    since: silence.since,
    lastSignAt: isAlive ? sample.at : silence.lastSignAt,
    lastSampleAt: sample.at,
    lastCpuMs: sample.cpuMs ?? silence.lastCpuMs,
    verdict: working ? 'busy' : 'unresponsive',
  };
  return { silence: next, restart: !isAlive && sample.at - next.lastSignAt >= policy.unresponsiveAfterMs };
}

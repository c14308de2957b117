import type { CrashPolicy } from './crash-budget.ts';

/** How one gateway is started, stopped and brought back. Durations in ms. */
export interface SupervisorPolicy {
  /** From the spawn to being ready; moved out while the gateway itself reports progress. Default 120000. */
  readonly startup: { readonly timeoutMs: number };
  readonly stop: {
    /** How long running work may be finished before SIGTERM. Default 0: not asked. */
    readonly drainMs: number;
    /** From SIGTERM to SIGKILL of the whole tree. Default 5000. */
    readonly graceMs: number;
    /** How long SIGKILL may take before we say that it did not help. Default 5000. */
    readonly killMs: number;
  };
  readonly crash: CrashPolicy;
  /** Whether the gateway can repair its configuration; tried once per intent. */
  readonly repairs: boolean;
}

export const defaultPolicy: SupervisorPolicy = {
  startup: { timeoutMs: 120_000 },
  stop: { drainMs: 0, graceMs: 5_000, killMs: 5_000 },
  crash: { maxCrashes: 5, windowMs: 300_000, stableAfterMs: 60_000, baseDelayMs: 500, maxDelayMs: 30_000 },
  repairs: false,
};

import { judge } from './judge.ts';
import { makeInput } from './make-input.ts';
import { shrink } from './shrink.ts';
import type { Input, Target } from './target.ts';

export interface Failure {
  readonly target: string;
  readonly seed: number;
  readonly execution: number;
  readonly reason: string;
  /** The shrunk input. */
  readonly input: Input;
}

export interface TargetReport {
  readonly target: string;
  readonly executions: number;
  readonly seconds: number;
  /** How often each label was returned. */
  readonly labels: Readonly<Record<string, number>>;
  readonly failure?: Failure;
}

export interface RunLimits {
  readonly seed: number;
  /** Stops after so many executions, if given. */
  readonly executions?: number;
  /** Stops after so much time, if given, ms. */
  readonly forMs?: number;
  /** Called before each execution. */
  readonly began?: (execution: number) => void;
}

/** Runs one input after another until a limit is reached or one breaks a rule, which is then shrunk. */
export async function runTarget(target: Target, limits: RunLimits): Promise<TargetReport> {
  const { seed, executions = Number.POSITIVE_INFINITY, forMs = Number.POSITIVE_INFINITY } = limits;
  const began = performance.now();
  const labels: Record<string, number> = {};
  const report = (done: number, failure?: Failure): TargetReport => ({
    target: target.name,
    executions: done,
    seconds: (performance.now() - began) / 1_000,
    labels,
    ...(failure === undefined ? {} : { failure }),
  });
  for (let n = 0; n < executions; n += 1) {
    if (performance.now() - began >= forMs) return report(n);
    limits.began?.(n);
    const input = makeInput(target, seed, n);
    const outcome = await judge(target, input);
    if ('reason' in outcome) {
      const shrunk = await shrink(target, input, outcome.reason);
      return report(n + 1, { target: target.name, seed, execution: n, ...shrunk });
    }
    labels[outcome.label] = (labels[outcome.label] ?? 0) + 1;
  }
  return report(executions);
}

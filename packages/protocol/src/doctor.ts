import { type ExitCode, exitCodeFor, exitCodes } from './exit-codes.ts';
import type { ProblemAction, ProblemCode } from './problem.ts';

/** `warning`: it works, but something should be looked at. `fault`: the next start fails, or something does not work. */
export type CheckResult = 'ok' | 'warning' | 'fault';

/** One check of `doctor`. */
export interface CheckReport {
  /** Stable, for scripts: `port`, `openclaw.mode`. */
  readonly id: string;
  /** What was checked, for people. */
  readonly title: string;
  readonly result: CheckResult;
  /** What was found, as a sentence. */
  readonly why: string;
  readonly next: readonly Omit<ProblemAction, 'id'>[];
  /** The problem that a start would report. */
  readonly code?: ProblemCode;
  /** Whether `doctor --fix` repairs it. */
  readonly fixable?: true;
}

/** A change that `doctor --fix` made, and how it is undone. */
export interface AppliedFix {
  readonly what: string;
  /** The command or folder by which it is undone. */
  readonly undo: string;
}

export interface DoctorReport {
  readonly profile: string;
  readonly checks: readonly CheckReport[];
}

/** The exit code of `doctor`: that of a configuration, where one fault is of that kind. */
export function exitCodeForDoctor({ checks }: DoctorReport): ExitCode {
  const faults = checks.filter(({ result }) => result === 'fault');
  if (faults.length === 0) return exitCodes.ok;
  const isConfiguration = faults.some(
    ({ code }) => code !== undefined && exitCodeFor(code) === exitCodes.configuration,
  );
  return isConfiguration ? exitCodes.configuration : exitCodes.failure;
}

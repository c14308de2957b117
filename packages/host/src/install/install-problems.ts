import { GatewayError } from '@deskclaw/core';
import type { ProgramRun } from '@deskclaw/openclaw';
import { describeProblem, type Problem } from '@deskclaw/protocol';
import { npmErrorLines } from './npm.ts';
import { describeNpmEnd } from './npm-view.ts';
import { megabytes } from './plan.ts';

export function abortedError(at: number): GatewayError {
  return new GatewayError(
    describeProblem(
      'aborted',
      { detail: 'The installation was stopped. Nothing of it is left but what npm keeps.' },
      at,
    ),
  );
}

export function noSpaceMessage(facts: {
  readonly needed: number;
  readonly free: number;
  readonly folder: string;
}): string {
  return `${facts.folder} has ${megabytes(facts.free)} free, ${megabytes(facts.needed)} are needed.`;
}

export function diskFullError(detail: string, at: number): GatewayError {
  return new GatewayError(describeProblem('disk.full', { detail }, at));
}

/** Returns the problem for an error of the disk, `undefined` for any other error. */
export function toDiskError(error: unknown, folder: string, at: number): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const detail = `${folder}: ${error.message}`;
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return diskFullError(detail, at);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new GatewayError(describeProblem('state.read-only', { detail, folder }, at));
    default:
      return error;
  }
}

const LAST_LINES = 6;

function lastLines(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-LAST_LINES);
}

/** Why npm did not install. A full disk has numbers of its own and is told apart by its caller. */
export function npmProblem(
  run: Exclude<ProgramRun, { kind: 'aborted' }>,
  facts: { readonly version: string; readonly step: string },
  at: number,
): Problem {
  const errorLines = run.kind === 'ended' ? npmErrorLines(run.stderr) : [];
  const lines = errorLines.length > 0 || run.kind !== 'ended' ? errorLines : lastLines(run.stderr);
  return describeProblem('openclaw.install-failed', { ...facts, reason: describeNpmEnd(run), lastLines: lines }, at);
}

/** Why a program that was just installed is not taken: `undefined` where it ran and said its version. */
export function checkVersionOutput(
  run: ProgramRun,
  version: string,
): { readonly reason: string; readonly lines: readonly string[] } | undefined {
  switch (run.kind) {
    case 'ended':
      if (run.code !== 0) {
        return {
          reason: `asked for its version, it ended with ${String(run.code)}.`,
          lines: lastLines(run.stderr || run.stdout),
        };
      }
      return run.stdout.split(/[\s()v]+/).includes(version)
        ? undefined
        : { reason: 'it reported another version than expected.', lines: lastLines(run.stdout) };
    case 'timed-out':
      return { reason: 'asked for its version, it did not answer in time.', lines: [] };
    case 'failed':
      return { reason: `it cannot be run: ${run.message}.`, lines: [] };
    case 'aborted':
      return { reason: 'it was stopped.', lines: [] };
    default:
      return run satisfies never;
  }
}

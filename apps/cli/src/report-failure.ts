import { errorCode, GatewayError } from '@deskclaw/core';
import {
  describeProblem,
  type ExitCode,
  escapeJson,
  exitCodeForProblem,
  type Problem,
  systemLimitProblem,
} from '@deskclaw/protocol';
import { Interrupted, UsageError } from './exit.ts';
import { serializeProblem, serializeRpcError } from './output/documents.ts';
import { problemLines } from './output/problem.ts';
import type { Terminal } from './output/terminal.ts';

interface Failure {
  readonly problem: Problem;
  readonly rpc?: GatewayError['rpc'];
}

function usageProblem(error: UsageError, at: number): Problem {
  const help = error.command === undefined ? 'deskclaw help' : `deskclaw help ${error.command}`;
  return describeProblem('command.invalid', { detail: error.message, help }, at);
}

function failureOf(error: unknown, at: number): Failure {
  if (error instanceof GatewayError) return error;
  if (error instanceof UsageError) return { problem: usageProblem(error, at) };
  const limit = systemLimitProblem(errorCode(error), { during: 'while running this command' }, at);
  if (limit !== undefined) return { problem: limit };
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { problem: describeProblem('internal', { detail }, at) };
}

export interface FailureOutput {
  readonly err: Terminal;
  readonly json: boolean;
  readonly profile?: string | undefined;
  readonly now: number;
}

/** Prints a failure to stderr as text or JSON and returns its exit code. */
export function reportFailure(error: unknown, output: FailureOutput): ExitCode {
  if (error instanceof Interrupted) return error.exitCode;
  const { problem, rpc } = failureOf(error, output.now);
  const { err } = output;
  if (output.json) {
    const body = { ...serializeProblem(problem), ...(rpc === undefined ? {} : { rpc: serializeRpcError(rpc) }) };
    err.writeLines([escapeJson(JSON.stringify({ error: body }))]);
  } else {
    const lines = problemLines({ problem, profile: output.profile, rpc }, err.style, err.columns);
    err.writeLines(lines);
  }
  return exitCodeForProblem(problem);
}

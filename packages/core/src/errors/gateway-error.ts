import type { Problem, ProblemCode } from '@deskclaw/protocol';

/**
 * What is known about a failed request. `not-sent`: the peer never received it. `unknown`: it was sent and no answer came, so it
 * may or may not have taken effect. `answered`: the peer answered with an error.
 */
export type RequestOutcome = 'not-sent' | 'unknown' | 'answered';

/** The peer's own error, unchanged: JSON-RPC codes are integers, OpenClaw codes are strings. */
export interface RpcErrorFacts {
  readonly code: number | string;
  readonly message: string;
  readonly data?: unknown;
}

export interface GatewayErrorDetails {
  readonly rpc?: RpcErrorFacts;
  readonly outcome?: RequestOutcome;
  readonly cause?: unknown;
}

/** The error of every failed operation, with a stable `code` and a `problem` to show to users. */
export class GatewayError extends Error {
  readonly code: ProblemCode;
  readonly problem: Problem;
  declare readonly rpc?: RpcErrorFacts;
  declare readonly outcome?: RequestOutcome;

  constructor(problem: Problem, details: GatewayErrorDetails = {}) {
    super(`${problem.title}: ${problem.detail}`, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'GatewayError';
    this.code = problem.code;
    this.problem = problem;
    if (details.rpc !== undefined) this.rpc = details.rpc;
    if (details.outcome !== undefined) this.outcome = details.outcome;
  }
}

/**
 * Runs `work` so that errors created in it carry no stack. The stack would only show how a connection ends, and capturing it took
 * nine tenths of the cost of failing ten thousand requests together.
 */
export function withoutStacks(work: () => void): void {
  const limit: unknown = Reflect.get(Error, 'stackTraceLimit');
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    work();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit);
  }
}

import type { Problem, ProblemCode } from '@deskclaw/protocol';

/**
 * What became of a request that failed. `not-sent`: the peer never saw it. `unknown`: it was sent and no answer came,
 * so it may or may not have taken effect. `answered`: the peer answered with an error.
 */
export type RequestOutcome = 'not-sent' | 'unknown' | 'answered';

/** The peer's own error, as it came: JSON-RPC codes are integers, OpenClaw's are words. */
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

/** Everything that fails here fails with one of these: a stable `code`, and a `problem` fit for people. */
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
 * Errors made in `work` carry no stack: theirs would only show how a connection ends, and capturing it was nine tenths of what
 * ten thousand requests cost that are lost together.
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

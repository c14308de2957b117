import type { GatewayStatus, Problem, ProblemAction } from '@deskclaw/protocol';
import type { LifecycleRequest } from '../session/state.ts';

/** A next step: a request, a link to the logs, a command for a terminal, or advice. */
export type NextStep =
  | {
      readonly kind: 'request';
      readonly label: string;
      readonly request: LifecycleRequest;
      readonly rank: 'primary' | 'secondary';
    }
  | { readonly kind: 'logs'; readonly label: string }
  | { readonly kind: 'command'; readonly label: string; readonly command: string }
  | { readonly kind: 'advice'; readonly label: string };

export interface ProblemReport {
  readonly code: Problem['code'];
  readonly title: string;
  /** The first paragraph of what is known. */
  readonly summary: string;
  /** Further lines of the detail: usually program output. */
  readonly output: string | undefined;
  readonly steps: readonly NextStep[];
  readonly at: number;
  /** The whole report as text, to send to someone who can help. */
  readonly copy: string;
}

/** The port in the label of `other-port` is the one after the taken one. */
function requestOf(action: ProblemAction, port: number): LifecycleRequest | undefined {
  switch (action.id) {
    case 'start':
      return { method: 'gateway.start' };
    case 'retry':
      return { method: 'gateway.restart' };
    case 'reconnect':
      return { method: 'gateway.reconnect' };
    case 'builtin':
      return { method: 'gateway.start', params: { gateway: 'builtin' } };
    case 'force':
      return { method: 'gateway.stop', params: { force: true } };
    case 'stop-start':
      return { method: 'gateway.stop' };
    case 'wait-longer':
      return { method: 'gateway.start', params: { timeoutMs: 300_000 } };
    case 'other-port':
      return { method: 'gateway.start', params: { port: port + 1 } };
    default:
      return undefined;
  }
}

/** Requests that repeat what has failed. */
const repetitions: ReadonlySet<string> = new Set(['start', 'retry', 'reconnect']);

/**
 * Returns the action that can end a failure which a repetition cannot: the first step of the catalogue where it is a request of
 * another kind, such as another port.
 */
function remedy({ actions }: Problem): ProblemAction | undefined {
  const [first] = actions;
  return first === undefined || repetitions.has(first.id) || requestOf(first, 0) === undefined ? undefined : first;
}

/** Returns the action that can end the failure of a status; `undefined` where the gateway has not failed or may be tried again. */
export function remedyOf({ state, problem }: GatewayStatus): ProblemAction | undefined {
  return state === 'error' && problem !== undefined ? remedy(problem) : undefined;
}

/** Actions that this screen makes unnecessary: it already shows the status. */
const shownAlready: ReadonlySet<string> = new Set(['status']);

function nextStep(action: ProblemAction, port: number, isRemedy: boolean): NextStep {
  const { label } = action;
  const request = requestOf(action, port);
  if (request !== undefined) return { kind: 'request', label, request, rank: isRemedy ? 'primary' : 'secondary' };
  if (action.id === 'logs') return { kind: 'logs', label };
  return action.command === undefined ? { kind: 'advice', label } : { kind: 'command', label, command: action.command };
}

export interface ReportContext {
  /** Where the gateway listens: one next step takes the port after it. */
  readonly port: number;
  /** Requests that buttons beside the report already offer. */
  readonly offered?: readonly LifecycleRequest[];
}

function isSame(one: LifecycleRequest, other: LifecycleRequest): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function nextSteps(problem: Problem, { port, offered = [] }: ReportContext): readonly NextStep[] {
  const best = remedy(problem);
  return problem.actions
    .filter((action) => !shownAlready.has(action.id))
    .map((action) => nextStep(action, port, action === best))
    .filter((step) => step.kind !== 'request' || !offered.some((request) => isSame(request, step.request)));
}

/** What the catalogue says of a program without output. */
const NO_OUTPUT = 'It printed nothing.';

function copyText(problem: Problem): string {
  const steps = problem.actions.map((action) =>
    action.command === undefined ? `- ${action.label}` : `- ${action.label}: ${action.command}`,
  );
  const at = new Date(problem.at).toISOString();
  return [`${problem.title} (${problem.code}, ${at})`, problem.detail, ...steps].join('\n');
}

/** Builds the report of a problem with the next steps this screen offers. */
export function problemReport(problem: Problem, context: ReportContext): ProblemReport {
  const [summary = '', ...rest] = problem.detail.split('\n');
  const output = rest.join('\n');
  // A sentence about the output needs no box.
  const isSilent = output.trim() === NO_OUTPUT;
  return {
    code: problem.code,
    title: problem.title,
    summary: isSilent ? `${summary} ${NO_OUTPUT}` : summary,
    output: rest.length === 0 || isSilent ? undefined : output,
    steps: nextSteps(problem, context),
    at: problem.at,
    copy: copyText(problem),
  };
}

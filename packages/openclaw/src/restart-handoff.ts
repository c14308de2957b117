import type { RestartClaim } from '@deskclaw/core/internal';
import { isObject, parseJson } from '@deskclaw/protocol';
import type { OpenClawPlan } from './openclaw-plan.ts';
import { type ProgramPorts, type ProgramRun, runProgram } from './run-program.ts';

/** OpenClaw's contract for a supervisor that replaces a gateway which asked for a fresh process (cli/gateway/restart-and-supervision). */
const PROTOCOL = 'openclaw.gateway.restart-handoff';
const PROTOCOL_VERSION = 1;

/** A cold command line takes 2 to 9 s (2026.9.6, measured); the row itself lives 60 s from the moment the gateway asks. */
const TIMEOUT_MS = 30_000;
const KEEP_CHARS = 16_384;

/** What one call of the contract came to. */
type Answer =
  | { readonly kind: 'said'; readonly value: Readonly<Record<string, unknown>> }
  /** No answer of the contract: this version does not offer it, or its store cannot be read. */
  | { readonly kind: 'none'; readonly why: string };

function describeRun(run: Exclude<ProgramRun, { kind: 'ended' }>): string {
  switch (run.kind) {
    case 'timed-out':
      return `it did not answer within ${String(TIMEOUT_MS / 1_000)} s`;
    case 'aborted':
      return 'another request came first';
    case 'failed':
      return run.message;
    default:
      return run satisfies never;
  }
}

/** Reads one answer of the contract. Only code 0 with its own protocol and version is one: 2026.9.6 reports a damaged store in other words. */
export function readHandoffAnswer(run: ProgramRun): Answer {
  if (run.kind !== 'ended') return { kind: 'none', why: describeRun(run) };
  const value = parseJson(run.stdout);
  if (run.code !== 0) {
    const error = isObject(value) ? value['error'] : undefined;
    const said = isObject(error) && typeof error['message'] === 'string' ? error['message'] : run.stderr.trim();
    const [line = ''] = said.split('\n');
    return { kind: 'none', why: `exit code ${String(run.code)}${line === '' ? '' : `: ${line}`}` };
  }
  const isOurs =
    isObject(value) &&
    value['protocol'] === PROTOCOL &&
    value['protocolVersion'] === PROTOCOL_VERSION &&
    value['ok'] === true;
  return isOurs ? { kind: 'said', value } : { kind: 'none', why: 'its answer is not one of this contract' };
}

/** Whether an answer to `capabilities` offers to consume a handoff. */
export function offersHandoff(answer: Answer): boolean {
  const operations = answer.kind === 'said' ? answer.value['operations'] : undefined;
  return Array.isArray(operations) && operations.includes('consume');
}

/** Reads an answer to `consume`: only "accepted", for the process that exited, authorises a restart. */
export function readClaim(answer: Answer, pid: number): RestartClaim {
  if (answer.kind === 'none')
    return { accepted: false, detail: `The restart handoff could not be read: ${answer.why}.` };
  const { status, reason, handoff } = answer.value;
  if (status === 'accepted' && isObject(handoff) && handoff['pid'] === pid) {
    const why = typeof handoff['reason'] === 'string' ? ` (${handoff['reason']})` : '';
    return { accepted: true, detail: `OpenClaw asked for a fresh process${why}.` };
  }
  const what = `${String(status)}${typeof reason === 'string' ? `, ${reason}` : ''}`;
  return { accepted: false, detail: `OpenClaw left no restart handoff for process ${String(pid)} (${what}).` };
}

/**
 * Negotiates and consumes restart handoffs of one OpenClaw. Its capabilities are asked of the exact program, once per plan, and never read
 * from its version: 2026.5.28 and older offer none.
 */
export class RestartHandoff {
  readonly #plan: OpenClawPlan;
  readonly #env: Readonly<Record<string, string>>;
  readonly #ports: ProgramPorts;
  #offered: boolean | undefined;

  /** @param env the whole environment of the gateway: without its supervisor mode, a state that has an owner refuses every call. */
  constructor(plan: OpenClawPlan, env: Readonly<Record<string, string>>, ports: ProgramPorts) {
    this.#plan = plan;
    this.#env = env;
    this.#ports = ports;
  }

  /** Asks whether the gateway process that exited had left a handoff, and consumes it. Never rejects. */
  async claim(pid: number, signal: AbortSignal): Promise<RestartClaim> {
    if (this.#offered === undefined) {
      const answer = await this.#ask(['capabilities'], signal);
      if (signal.aborted) return readClaim({ kind: 'none', why: describeRun({ kind: 'aborted' }) }, pid);
      this.#offered = offersHandoff(answer);
    }
    if (!this.#offered) return { accepted: false, detail: 'This version of OpenClaw offers no restart handoff.' };
    return readClaim(await this.#ask(['consume', '--expected-pid', String(pid)], signal), pid);
  }

  async #ask(args: readonly string[], signal: AbortSignal): Promise<Answer> {
    const [file, entry = ''] = this.#plan.command;
    const request = { file, args: [entry, 'gateway', 'restart-handoff', ...args, '--json'], env: this.#env };
    const limits = { timeoutMs: TIMEOUT_MS, keepChars: KEEP_CHARS, signal };
    return readHandoffAnswer(await runProgram(request, limits, this.#ports));
  }
}

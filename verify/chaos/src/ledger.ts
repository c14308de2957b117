import { isObject, parseJson } from '@deskclaw/protocol';

/** `plain`: no second effect is allowed. `keyed`: no second effect in one gateway. `idempotent`: as often as it takes. */
export type RequestKind = 'plain' | 'keyed' | 'idempotent';
export type Settlement = 'result' | 'answered' | 'not-sent' | 'unknown';

interface Entry {
  readonly kind: RequestKind;
  readonly sentAt: number;
  settlement?: Settlement;
}

/** Entry that a gateway writes to the record file before it carries out a request. */
export interface Execution {
  readonly pid: number;
  readonly id: string;
}

/** Longer than any deadline that a request has: it will never be settled. */
const LOST_AFTER_MS = 30_000;

/** The lines of the gateways' own record. */
export function readExecutions(text: string): readonly Execution[] {
  return text.split('\n').flatMap((line) => {
    const value = parseJson(line);
    if (!isObject(value) || typeof value['pid'] !== 'number' || !isObject(value['params'])) return [];
    const id = value['params']['jobId'];
    return typeof id === 'string' ? [{ pid: value['pid'], id }] : [];
  });
}

/** Records every request of the run with its reported outcome, and checks the outcome against the gateways' records. */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  readonly #answersByFrame = new Map<string, number>();
  #twice: string[] = [];

  open(id: string, kind: RequestKind, at: number): void {
    this.#entries.set(id, { kind, sentAt: at });
  }

  settle(id: string, settlement: Settlement): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.settlement !== undefined) this.#twice.push(`${id} was settled again`);
    else entry.settlement = settlement;
  }

  /** An answer of a host to request `id` of connection `connection`, as it came in. */
  noteAnswer(connection: number, id: string): void {
    const key = `${String(connection)}/${id}`;
    const answers = (this.#answersByFrame.get(key) ?? 0) + 1;
    this.#answersByFrame.set(key, answers);
    if (answers > 1) this.#twice.push(`control request ${key} was answered ${String(answers)} times`);
  }

  get size(): number {
    return this.#entries.size;
  }

  count(kind: RequestKind, settlement: Settlement): number {
    return [...this.#entries.values()].filter((entry) => entry.kind === kind && entry.settlement === settlement).length;
  }

  /** Returns the requests that should have been settled by now. */
  lost(now: number, timeoutMs = LOST_AFTER_MS): readonly string[] {
    return [...this.#entries].flatMap(([id, { settlement, sentAt, kind }]) =>
      settlement === undefined && now - sentAt > timeoutMs ? [`${kind} ${id} was never settled`] : [],
    );
  }

  settledTwice(): readonly string[] {
    return this.#twice;
  }

  /** Returns requests that were carried out more often than their kind allows. */
  doubles(executions: readonly Execution[]): readonly string[] {
    const pids = Map.groupBy(executions, ({ id }) => id);
    return [...this.#entries].flatMap(([id, { kind }]) => {
      const done = (pids.get(id) ?? []).map(({ pid }) => pid);
      const allowed = kind === 'plain' ? 1 : new Set(done).size;
      return kind !== 'idempotent' && done.length > allowed
        ? [`${kind} ${id} was carried out ${String(done.length)} times, by ${done.join(', ')}`]
        : [];
    });
  }

  /** Returns the requests whose outcome, as reported to the sender, contradicts the record of the gateway. */
  untruths(executions: readonly Execution[]): readonly string[] {
    const carriedOut = new Set(executions.map(({ id }) => id));
    return [...this.#entries].flatMap(([id, { kind, settlement }]) => {
      if (kind === 'idempotent') return [];
      if (settlement === 'not-sent' && carriedOut.has(id)) return [`${kind} ${id}: "not sent", but it was carried out`];
      if (settlement === 'result' && !carriedOut.has(id)) return [`${kind} ${id}: has a result, but nobody did it`];
      return [];
    });
  }
}

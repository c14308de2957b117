import { GatewayError } from '@deskclaw/core';
import type { RequestOutcome } from '@deskclaw/core/internal';
import { isObject } from '@deskclaw/protocol';

type Settlement =
  | { readonly kind: 'result'; readonly at: number; readonly value: unknown }
  | {
      readonly kind: 'error';
      readonly at: number;
      readonly code: string;
      readonly outcome: RequestOutcome | undefined;
    };

export interface Entry {
  readonly token: string;
  readonly isRepeatable: boolean;
  readonly timeoutMs: number;
  readonly madeAt: number;
  /** Times it was handed to a socket. */
  sendings: number;
  /** Duration of each sleep of the machine while the request was pending. */
  readonly standStills: number[];
  settlements: number;
  settlement: Settlement | undefined;
}

/** A sleep of the machine shorter than this is not detected; after a longer one, timers are late by its length. */
const UNNOTICED_MS = 2_001;

const tokenInFrame = /"token":"(t\d+)"/g;

/** Records every request: the call, the frames on the wire, and the settlement. */
export class Ledger {
  readonly entries = new Map<string, Entry>();

  open(token: string, isRepeatable: boolean, timeoutMs: number, madeAt: number): Entry {
    const entry: Entry = {
      token,
      isRepeatable,
      timeoutMs,
      madeAt,
      sendings: 0,
      standStills: [],
      settlements: 0,
      settlement: undefined,
    };
    this.entries.set(token, entry);
    return entry;
  }

  watch(entry: Entry, reply: Promise<unknown>, now: () => number): void {
    const settle = (settlement: Settlement) => {
      entry.settlements += 1;
      entry.settlement = settlement;
    };
    reply.then(
      (value) => settle({ kind: 'result', at: now(), value }),
      (error: unknown) => {
        if (error instanceof GatewayError)
          settle({ kind: 'error', at: now(), code: error.code, outcome: error.outcome });
        else settle({ kind: 'error', at: now(), code: `not a GatewayError: ${String(error)}`, outcome: undefined });
      },
    );
  }

  stoodStill(ms: number): void {
    for (const entry of this.unsettled) entry.standStills.push(ms);
  }

  /** A text that was handed to a socket. */
  sent(text: string): void {
    for (const [, token] of text.matchAll(tokenInFrame)) {
      const entry = token === undefined ? undefined : this.entries.get(token);
      if (entry !== undefined) entry.sendings += 1;
    }
  }

  /**
   * Yields a message for each entry that breaks a rule.
   * @param now excludes the time in which the machine slept
   * @param standStills durations of the sleeps, in ms; each restarts the deadline of a request
   */
  *faults(now: number, standStills: number): Generator<string> {
    for (const entry of this.entries.values()) {
      yield* sendingFaults(entry);
      if (entry.settlement !== undefined) yield* settlementFaults(entry, entry.settlement);
      else if (now - entry.madeAt > entry.timeoutMs * (1 + standStills) + UNNOTICED_MS)
        yield `${entry.token} is past its timeout and not settled`;
    }
  }

  get unsettled(): readonly Entry[] {
    return [...this.entries.values()].filter((entry) => entry.settlement === undefined);
  }
}

function* sendingFaults(entry: Entry): Generator<string> {
  if (!entry.isRepeatable && entry.sendings > 1)
    yield `${entry.token} may be sent once and was sent ${String(entry.sendings)} times`;
  if (entry.settlements > 1) yield `${entry.token} settled ${String(entry.settlements)} times`;
}

function* settlementFaults(
  { token, sendings, madeAt, timeoutMs, standStills }: Entry,
  settlement: Settlement,
): Generator<string> {
  if (settlement.kind === 'result') {
    const { value } = settlement;
    if (!isObject(value) || value['token'] !== token)
      yield `${token} got somebody else's answer: ${JSON.stringify(value)}`;
    return;
  }
  const { outcome, code, at } = settlement;
  // A sleep longer than the request's timeout is always detected, because its own deadline fires late; a shorter one
  // may not be.
  const unnoticed = standStills.filter((ms) => ms <= timeoutMs + UNNOTICED_MS).reduce((sum, ms) => sum + ms, 0);
  if (code === 'request.timeout' && at - madeAt + unnoticed < timeoutMs - UNNOTICED_MS) {
    yield `${token} timed out after ${String(at - madeAt)} ms`;
  }
  if (outcome === undefined) yield `${token} failed without an outcome (${code})`;
  if (outcome === 'not-sent' && sendings > 0) yield `${token} was sent, but is called not sent (${code})`;
  if ((outcome === 'unknown' || outcome === 'answered') && sendings === 0)
    yield `${token} was not sent, but is called ${outcome} (${code})`;
}

export function outcomeInWords({ settlement }: Entry): string {
  if (settlement === undefined) return 'unsettled';
  return settlement.kind === 'result' ? 'result' : `${settlement.code}, ${settlement.outcome ?? 'no outcome'}`;
}

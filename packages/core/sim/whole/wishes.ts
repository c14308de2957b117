import type { LifecycleResult } from '@deskclaw/protocol';
import type { OperationKind } from '../../src/manager/intent.ts';
import type { ProcessIdentity } from '../../src/ports/spawner.ts';
import { GatewayError } from '../../src/rpc/gateway-error.ts';
import { count, type Tally } from '../tally.ts';
import type { HostedManager } from './hosted-manager.ts';
import { answerFaults, refusalFaults, type Seen } from './truth.ts';

/** What the machine shows when a wish is answered. */
export interface Sight {
  readonly seen: () => Seen;
  readonly mains: () => readonly ProcessIdentity[];
  readonly isAlive: (process: ProcessIdentity) => boolean;
  /** Living processes of this host, helpers too. */
  readonly ours: () => readonly number[];
}

interface Wish {
  readonly kind: OperationKind;
  /** A stop was asked for after it. */
  wasStopped: boolean;
}

export interface Fate {
  readonly code: string | undefined;
}

/** What the user asked one manager for, each answer held against what is. */
export class Wishes {
  readonly #hosted: HostedManager;
  readonly #sight: Sight;
  readonly #fault: (words: string) => void;
  readonly #tally: Tally;
  readonly #open = new Set<Wish>();
  #newest: Wish | undefined;

  constructor(hosted: HostedManager, sight: Sight, fault: (words: string) => void, tally: Tally) {
    this.#hosted = hosted;
    this.#sight = sight;
    this.#fault = fault;
    this.#tally = tally;
  }

  /** Those that wait for their answer. */
  get open(): readonly OperationKind[] {
    return [...this.#open].map(({ kind }) => kind);
  }

  /** @returns how it ended: with an error's code, or without. */
  async make(kind: OperationKind, force: boolean): Promise<Fate> {
    const wish: Wish = { kind, wasStopped: false };
    if (kind === 'stop') for (const other of this.#open) other.wasStopped = true;
    this.#open.add(wish);
    this.#newest = wish;
    const before = this.#sight.mains();
    const { manager } = this.#hosted;
    try {
      const result = await (kind === 'start' ? manager.start() : manager[kind]({ force }));
      this.#open.delete(wish);
      count(this.#tally, `${kind}: ${result.outcome}`);
      this.#judge(wish, result, before);
      return { code: undefined };
    } catch (error) {
      this.#open.delete(wish);
      const code = error instanceof GatewayError ? error.code : undefined;
      count(this.#tally, `${kind}: ${code ?? String(error)}`);
      const refused = { code, isLast: this.#newest === wish, wasStopped: wish.wasStopped };
      for (const words of refusalFaults(kind, refused, manager.getStatus())) this.#fault(words);
      return { code };
    }
  }

  #judge(wish: Wish, result: LifecycleResult, before: readonly ProcessIdentity[]): void {
    const { seen, isAlive, ours } = this.#sight;
    const { manager, timers } = this.#hosted;
    const answered = {
      kind: wish.kind,
      result,
      isLast: this.#newest === wish,
      status: manager.getStatus(),
      seen: seen(),
      survivors: before.filter(isAlive).map(({ pid }) => pid),
      ours: ours(),
      timers,
    };
    for (const words of answerFaults(answered)) this.#fault(words);
  }
}

import type { LifecycleResult } from '@deskclaw/protocol';
import type { Operation, OperationKind, UserIntent } from './lifecycle-request.ts';

export interface OperationPorts {
  /** That of the process, where one of ours is there. */
  readonly pid: () => number | undefined;
  /** A wish was taken up. */
  readonly intended: (operation: Operation) => void;
  /** Something a status is derived from has changed. */
  readonly changed: () => void;
}

export interface Wish {
  readonly kind: OperationKind;
  readonly intent: UserIntent;
  /** Without all waiting: for a drain, and for a process to end by itself. */
  readonly force: boolean;
}

/** A wish, and what tells its work that a newer one overtook it. */
export interface Work extends Operation {
  readonly signal: AbortSignal;
}

export interface Running extends Operation {
  readonly force: boolean;
  readonly result: Promise<LifecycleResult>;
  /** Ends the waiting of this operation, and its looking around: what it began is ended by its successor. */
  readonly abandon: (reason: Abandoned) => void;
}

export class Abandoned extends Error {
  readonly by: UserIntent['want'];
  /** What overtook it: by the time somebody asks, that may have been overtaken itself. */
  readonly successor: Running | undefined;
  constructor(by: UserIntent['want'], successor: Running | undefined) {
    super('abandoned');
    this.by = by;
    this.successor = successor;
  }
}

/** The user's wishes as work, one at a time: the newest is at work, and what it overtook is abandoned and still answered. */
export class Operations {
  readonly #io: OperationPorts;
  #intent: UserIntent = { want: 'down', generation: 0 };
  #running: Running | undefined;

  constructor(io: OperationPorts) {
    this.#io = io;
  }

  get intent(): UserIntent {
    return this.#intent;
  }

  get running(): Running | undefined {
    return this.#running;
  }

  isCurrent(operation: Operation): boolean {
    return this.#intent.generation === operation.generation;
  }

  overtaken(): Abandoned {
    return new Abandoned(this.#intent.want, this.#running);
  }

  result(outcome: LifecycleResult['outcome'], previousPid?: number): LifecycleResult {
    const pid = this.#io.pid();
    return {
      outcome,
      generation: this.#intent.generation,
      ...(pid === undefined ? {} : { pid }),
      ...(previousPid === undefined ? {} : { previousPid }),
    };
  }

  /** @param answer what it comes to for whoever asked, where a newer wish overtook it; may throw */
  begin(
    { kind, intent, force }: Wish,
    work: (operation: Work) => Promise<LifecycleResult>,
    answer: (abandoned: Abandoned) => Promise<LifecycleResult>,
  ): Promise<LifecycleResult> {
    const superseded = this.#running;
    this.#intent = intent;
    const operation: Operation = { kind, generation: intent.generation };
    const overtaken = new AbortController();
    let abandon: (reason: Abandoned) => void = () => undefined;
    const abandoned = new Promise<never>((_resolve, reject) => {
      abandon = (reason) => {
        overtaken.abort();
        reject(reason);
      };
    });
    let settle: (worked: Promise<LifecycleResult>) => void = () => undefined;
    const worked = new Promise<LifecycleResult>((resolve) => {
      settle = resolve;
    });
    const result = Promise.race([worked, abandoned])
      .catch((error: unknown) => {
        if (error instanceof Abandoned) return answer(error);
        throw error;
      })
      .finally(() => {
        if (this.#running === running) this.#running = undefined;
        this.#io.changed();
      });
    const running: Running = { ...operation, force, result, abandon };
    this.#running = running;
    this.#io.intended(operation);
    superseded?.abandon(new Abandoned(intent.want, running));
    // Whoever asked hears of a failure; the promise itself may have nobody else to hear it.
    result.catch(() => undefined);
    // Only now: what it does at once is seen by listeners, and belongs to it.
    settle(work({ ...operation, signal: overtaken.signal }));
    this.#io.changed();
    return result;
  }

  /** The answer of another operation, for somebody who waits for the same. */
  async follow(outcome: 'joined' | 'superseded', leader = this.#running): Promise<LifecycleResult> {
    const result = await (leader?.result ?? this.result(outcome));
    return { ...result, outcome };
  }
}

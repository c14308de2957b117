import { outcomeOf, type Redactor, type ReducerStep, RingBuffer } from '@deskclaw/core/internal';
import { encodeStepValue, isObject, type RecordedStep } from '@deskclaw/protocol';
import { RotatingFile } from './rotating-file.ts';

/** Steps in memory: hours of heartbeats, or the whole of an interruption. */
const RING_STEPS = 2_000;
/** How many steps before an interruption are written with it. */
const LEAD_STEPS = 60;
/** Steps that are written at once: redacting them takes some milliseconds, in which the host does nothing else. */
const BATCH_STEPS = 50;
const rotation = { maxBytes: 4 * 1024 * 1024, keep: 1 } as const;

interface Entry {
  readonly number: number;
  readonly at: number;
  readonly step: ReducerStep;
}

/**
 * Leaves out the methods and events that a gateway lists when it accepts a connection: some kilobytes in every step of a ready
 * connection, and its reducer does not read them.
 */
function withoutLists<T extends object>(value: T): T {
  if (!('session' in value) || !isObject(value.session)) return value;
  const { methods: _methods, events: _events, ...session } = value.session;
  return { ...value, session };
}

function recordOf({ number, at, step }: Entry): RecordedStep {
  const { state, effects } = outcomeOf(step);
  return {
    at,
    number,
    reducer: step.reducer,
    before: withoutLists(step.before),
    event: withoutLists(step.event),
    context: step.reducer === 'supervisor' ? { time: step.time, policy: step.policy } : { config: step.config },
    state,
    effects,
  };
}

export interface StepBookOptions {
  readonly path: string;
  /** Epoch ms. */
  readonly wallTime: () => number;
  readonly redactor: Redactor;
  readonly onError: (error: Error) => void;
}

/**
 * The newest steps of the reducers in memory, and in a file those that belong to an interruption: an export of it can be replayed.
 * Adding a step costs a reference; it becomes text when it is written.
 */
export class StepBook {
  readonly #options: StepBookOptions;
  readonly #ring = new RingBuffer<Entry>(RING_STEPS);
  readonly #file: RotatingFile;
  #count = 0;
  /** The number of the newest step that is in the file. */
  #written = 0;
  #wanted: number | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(options: StepBookOptions) {
    this.#options = options;
    this.#file = new RotatingFile(options.path, rotation, options.onError);
  }

  readonly add = (step: ReducerStep): void => {
    // Nothing changed and nothing is to be done: a replay does the same without it.
    const isSame = step.reducer === 'supervisor' ? step.before === step.after : step.before === step.after;
    if (isSame && step.effects.length === 0) return;
    this.#count += 1;
    this.#ring.push({ number: this.#count, at: this.#options.wallTime(), step });
  };

  /** Notes that an interruption began: what is recorded from a little before now on is to be written. */
  mark(): void {
    this.#wanted ??= this.#count - LEAD_STEPS;
  }

  /** Whether an interruption waits to be written. */
  get isMarked(): boolean {
    return this.#wanted !== undefined;
  }

  /** Writes what was marked; with `all`, everything in memory. Resolves when it is on the disk, or the disk takes no more. */
  save(options: { readonly all?: boolean } = {}): Promise<void> {
    const from = options.all === true ? 0 : (this.#wanted ?? this.#count);
    this.#wanted = undefined;
    const entries = this.#ring.items().filter(({ number }) => number > from);
    this.#saving = this.#saving.then(() => this.#write(entries));
    return this.#saving;
  }

  /** Writes in batches: the file takes only so much before it is on the disk, and others have their turn in between. */
  async #write(items: readonly Entry[]): Promise<void> {
    const { redactor } = this.#options;
    const entries = items.filter(({ number }) => number > this.#written);
    for (let first = 0; first < entries.length; first += BATCH_STEPS) {
      for (const entry of entries.slice(first, first + BATCH_STEPS)) {
        if (!this.#file.append(JSON.stringify(redactor.value(encodeStepValue(recordOf(entry)))))) return;
        this.#written = entry.number;
      }
      await this.#file.flush();
      if (this.#file.failure !== undefined) return;
    }
  }
}

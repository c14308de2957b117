import {
  describeEnd,
  type GatewayStatus,
  isObject,
  isRecoveryStatus,
  type LastExit,
  parseJson,
  type RecoveryStatus,
  type RecoveryStep,
  recoverySteps,
} from '@deskclaw/protocol';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import {
  initialLadder,
  type LadderContext,
  type LadderEffect,
  type LadderEvent,
  type LadderFailure,
  type LadderModel,
  type LadderState,
  reduceLadder,
  resumeLadder,
} from './ladder.ts';

/** `skipped`: the step does not apply, e.g. no configuration is known that worked. */
export type StepResult =
  | { readonly kind: 'done'; readonly did: string }
  | { readonly kind: 'skipped'; readonly why: string };

/** Something for the journal and for alerts. */
export interface RecoveryReport {
  readonly what: 'step' | 'skipped' | 'asked' | 'proven' | 'given-up';
  readonly message: string;
  readonly step?: RecoveryStep;
}

export interface RecoveryDeps {
  readonly clock: Clock;
  readonly policy: () => Pick<LadderContext, 'consent' | 'stableMs' | 'versionTrialMs'>;
  /** Takes a step; what changes the disk is whole or not done. Rejects where it failed and changed nothing. */
  readonly take: (step: RecoveryStep, reason: string) => Promise<StepResult>;
  /** Starts the gateway afresh, ending what is left of it. Rejects as `GatewayManager.restart`. */
  readonly start: (cause: string) => Promise<unknown>;
  /** The steps that would undo what differs from what proved itself. */
  readonly changed: () => readonly RecoveryStep[];
  /** Keeps what runs now as good. */
  readonly prove: () => void;
  /** What failed; `undefined` for what no step can help. */
  readonly failureOf: (status: Pick<GatewayStatus, 'problem' | 'lastExit'>) => LadderFailure | undefined;
  /** Whether no step can help against what ended the process. */
  readonly isForeignExit: (exit: LastExit) => boolean;
  /** Whether somebody else, such as an upgrade, handles failures now. */
  readonly isSuspended: () => boolean;
  readonly report: (report: RecoveryReport) => void;
  /** Called when the ladder's status has changed. */
  readonly changedStatus: () => void;
  /** Stores the ladder for the next host. */
  readonly save: (stored: StoredLadder) => void;
}

/** What outlives a host. */
export interface StoredLadder {
  readonly state: LadderState;
  readonly status?: RecoveryStatus | undefined;
  /** What was done since the gateway last proved itself or a user asked for something, oldest first. */
  readonly done: readonly string[];
}

const stepLabels: Readonly<Record<RecoveryStep, string>> = {
  configuration: 'put the last good configuration back',
  channels: 'start without channels',
  version: 'go back to the version before the upgrade',
};

function isSteps(value: unknown): value is readonly RecoveryStep[] {
  return Array.isArray(value) && value.every((each) => recoverySteps.some((step) => step === each));
}

function isLadderState(value: unknown): value is LadderState {
  if (!isObject(value) || !isSteps(value['tried'])) return false;
  const { name, failure, step } = value;
  if (name === 'resting') return true;
  if (name === 'trial') return isSteps(value['changed']) && typeof value['breaks'] === 'number';
  const isFailing = isObject(failure) && typeof failure['reason'] === 'string' && typeof failure['kind'] === 'string';
  if (name === 'given-up') return isFailing;
  return (name === 'asking' || name === 'stepping' || name === 'starting') && isFailing && isSteps([step]);
}

/** Reads what an earlier host stored; `undefined` for what is damaged. */
export function readStoredLadder(text: string): StoredLadder | undefined {
  const value = parseJson(text);
  if (!isObject(value) || !isLadderState(value['state'])) return undefined;
  const { state, status, done } = value;
  const sentences = Array.isArray(done) ? done.filter((each) => typeof each === 'string') : [];
  return { state, done: sentences, ...(isRecoveryStatus(status) ? { status } : {}) };
}

/** When the process last broke. An exit with success may be a restart that the gateway handed over; without one, the crash budget counts it. */
function exitAt({ lastExit }: GatewayStatus): number | undefined {
  return lastExit === undefined || lastExit.cause === 'requested' || lastExit.cause === 'clean'
    ? undefined
    : lastExit.at;
}

/** Climbs the recovery ladder for one gateway: hears of its status, takes the steps and says what it does. */
export class RecoveryLadder {
  readonly #deps: RecoveryDeps;
  #model: LadderModel = initialLadder;
  #status: RecoveryStatus | undefined;
  #before: GatewayStatus | undefined;
  #done: readonly string[] = [];
  #cancelTimer: Cancel | undefined;
  #settled: PromiseWithResolvers<void> | undefined;
  /** The step that is being taken, or was last; it goes on after a stop of the user. */
  #taking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(deps: RecoveryDeps, stored?: StoredLadder) {
    this.#deps = deps;
    if (stored === undefined) return;
    this.#model = { ...initialLadder, state: resumeLadder(stored.state) };
    this.#status = stored.status;
    // The host that took a step is gone, and the step is not taken again.
    if (this.#status?.state === 'recovering') this.#status = { ...this.#status, state: 'given-up' };
    this.#done = stored.done;
  }

  get state(): LadderState {
    return this.#model.state;
  }

  get status(): RecoveryStatus | undefined {
    return this.#status;
  }

  /** Whether a step is under way, or the start after it. */
  get isBusy(): boolean {
    const { name } = this.#model.state;
    return name === 'stepping' || name === 'starting';
  }

  /** What was done since the last proof or request, in sentences; `undefined` for nothing. */
  get account(): string | undefined {
    return this.#done.length === 0 ? undefined : this.#done.join(' ');
  }

  /** Resolves when no step is under way. */
  settled(): Promise<void> {
    if (!this.isBusy) return this.#taking;
    this.#settled ??= Promise.withResolvers<void>();
    return this.#settled.promise;
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#settled?.resolve();
  }

  /** Judges a new status of the gateway. */
  noteStatus(status: GatewayStatus): void {
    const before = this.#before;
    this.#before = status;
    if (this.#closed || status.ownership === 'attached') return;
    const exit = exitAt(status);
    const isBroken = exit !== undefined && before !== undefined && exit !== exitAt(before);
    if (before?.state === 'running' && status.state !== 'running') this.#dispatch({ type: 'lost' });
    if (this.#deps.isSuspended()) return;
    if (isBroken && status.lastExit !== undefined && !this.#deps.isForeignExit(status.lastExit))
      this.#dispatch({ type: 'broke', reason: `The gateway ended again: ${describeEnd(status.lastExit)}.` });
    if (status.state === 'running' && before?.state !== 'running') {
      this.#dispatch({ type: 'ready', changed: this.#deps.changed() });
    }
    if (status.state === 'error' && before?.state !== 'error') {
      const failure = this.#deps.failureOf(status);
      if (failure !== undefined) this.#dispatch({ type: 'failed', failure });
    }
  }

  /** Puts on trial what was changed while the gateway runs, if anything was. */
  recheck(): void {
    if (this.#before?.state !== 'running' || this.#before.ownership === 'attached' || this.#deps.isSuspended()) return;
    const changed = this.#deps.changed();
    if (changed.length > 0) this.#dispatch({ type: 'ready', changed });
  }

  /** A user asked for a start, restart or stop: that always wins, and what was done before is history. A start joins a step under way. */
  noteUser(want: 'up' | 'down'): void {
    if (want === 'up' && this.isBusy) return;
    const { state } = this.#model;
    if (state.name === 'resting' && state.tried.length === 0 && this.#status === undefined) return;
    this.#done = [];
    this.#status = undefined;
    this.#dispatch({ type: 'user', want });
    this.#save();
    this.#deps.changedStatus();
  }

  /** Takes the step that was asked for. Returns whether there was one. */
  accept(): boolean {
    if (this.#model.state.name !== 'asking') return false;
    this.#dispatch({ type: 'accepted' });
    return true;
  }

  #dispatch(event: LadderEvent): void {
    if (this.#closed) return;
    const before = this.#model;
    const context = { at: this.#deps.clock.now(), ...this.#deps.policy() };
    const { next, effects } = reduceLadder(before, event, context);
    if (next === before) return;
    this.#model = next;
    this.#describe(before.state);
    for (const effect of effects) this.#carryOut(effect);
    this.#setTimer();
    this.#save();
    this.#deps.changedStatus();
    if (!this.isBusy) {
      this.#settled?.resolve();
      this.#settled = undefined;
    }
  }

  /** Keeps the status that people see in step with the state; the effects report what is news. */
  #describe(before: LadderState): void {
    const { state } = this.#model;
    switch (state.name) {
      case 'resting':
        if (before.name === 'trial') this.#status = undefined;
        return;
      case 'trial': {
        const { deadline, changed } = state;
        const left = deadline === undefined ? 0 : deadline - this.#deps.clock.now();
        const what = changed.includes('version') ? 'The new version' : 'The configuration';
        const message = this.account ?? `${what} is on trial: it is kept once the gateway has stayed up.`;
        const until = deadline === undefined ? {} : { until: Math.round(this.#deps.clock.wallTime() + left) };
        this.#say('trial', message, until);
        return;
      }
      case 'asking':
      case 'stepping':
      case 'starting':
      case 'given-up':
        return;
      default:
        state satisfies never;
    }
  }

  #say(state: RecoveryStatus['state'], message: string, more: Partial<RecoveryStatus> = {}): void {
    this.#status = { state, at: Math.round(this.#deps.clock.wallTime()), message, ...more };
  }

  #carryOut(effect: LadderEffect): void {
    const { state } = this.#model;
    const reason = 'failure' in state ? state.failure.reason : '';
    switch (effect.type) {
      case 'take':
        this.#say('recovering', `${reason} DeskClaw tries to ${stepLabels[effect.step]}.`, { step: effect.step });
        this.#taking = this.#take(effect.step, effect.attempt, reason);
        return;
      case 'start':
        this.#say('recovering', this.account ?? reason, { step: effect.step });
        void this.#start(effect.attempt, reason);
        return;
      case 'ask': {
        const message = `${reason} DeskClaw can ${stepLabels[effect.step]}, and waits for your word.`;
        this.#say('asking', message, { step: effect.step });
        this.#deps.report({ what: 'asked', message, step: effect.step });
        return;
      }
      case 'prove':
        this.#prove();
        return;
      case 'give-up':
        if (this.account === undefined) {
          this.#status = undefined;
          return;
        }
        this.#say('given-up', `${this.account} It did not help: ${reason}`);
        this.#deps.report({ what: 'given-up', message: `No recovery step is left. ${reason}` });
        return;
      default:
        effect satisfies never;
    }
  }

  async #take(step: RecoveryStep, attempt: number, reason: string): Promise<void> {
    const result = await this.#deps.take(step, reason).catch((error: unknown): StepResult => {
      const why = error instanceof Error ? error.message : String(error);
      return { kind: 'skipped', why: `It failed: ${why}` };
    });
    if (result.kind === 'done') {
      // Also where a user's request came meanwhile: it has been done, and must be known.
      this.#done = [...this.#done, result.did];
      this.#deps.report({ what: 'step', message: `${result.did} Why: ${reason}`, step });
      this.#dispatch({ type: 'step-done', attempt });
      return;
    }
    this.#deps.report({ what: 'skipped', message: result.why, step });
    this.#dispatch({ type: 'step-skipped', attempt });
  }

  async #start(attempt: number, reason: string): Promise<void> {
    try {
      await this.#deps.start(`Recovery: ${reason}`);
      // Where the gateway was ready all the time, no change of the status tells.
      if (this.isBusy && this.#before?.state === 'running')
        this.#dispatch({ type: 'ready', changed: this.#deps.changed() });
    } catch (error) {
      const problem = error instanceof GatewayError ? error.problem : undefined;
      const failure = problem === undefined ? undefined : this.#deps.failureOf({ ...this.#before, problem });
      this.#dispatch({ type: 'start-failed', attempt, ...(failure === undefined ? {} : { failure }) });
    }
  }

  #prove(): void {
    this.#deps.prove();
    const { account } = this;
    this.#done = [];
    if (account === undefined) return;
    this.#say('recovered', account);
    this.#deps.report({ what: 'proven', message: `The gateway stays up. ${account}` });
  }

  #setTimer(): void {
    this.#cancelTimer?.();
    const { state } = this.#model;
    const deadline = state.name === 'trial' ? state.deadline : undefined;
    if (deadline === undefined) return;
    const { clock } = this.#deps;
    this.#cancelTimer = clock.schedule(Math.max(0, deadline - clock.now()), () => {
      // A timer of Node may come up to 1 ms early.
      if (clock.now() < deadline) this.#setTimer();
      else this.#dispatch({ type: 'deadline', deadline });
    });
  }

  #save(): void {
    this.#deps.save({ state: this.#model.state, status: this.#status, done: this.#done });
  }
}

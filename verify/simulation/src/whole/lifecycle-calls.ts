import { GatewayError } from '@deskclaw/core';
import type { OperationKind, ProcessIdentity } from '@deskclaw/core/internal';
import type { LifecycleResult } from '@deskclaw/protocol';
import { count, type Tally } from '../tally.ts';
import type { HostedManager } from './hosted-manager.ts';
import { answerFaults, refusalFaults, type Seen } from './invariants.ts';

/** Reads the state of the machine when a call is answered. */
export interface MachineView {
  readonly seen: () => Seen;
  readonly mains: () => readonly ProcessIdentity[];
  readonly isAlive: (process: ProcessIdentity) => boolean;
  /** Living processes of this host, helpers too. */
  readonly ours: () => readonly number[];
  /** Asks again once so much time could be used. */
  readonly later: (delayMs: number, run: () => void) => void;
  /** How long this process takes to die of SIGKILL, ms. */
  readonly resists: (process: ProcessIdentity) => number;
  /** How many calls of the system were made to fail so far. */
  readonly injected: () => number;
}

/** Limit of a forced stop: no drain and no grace, only the close handshake, one or two polls, and the kernel. */
const FORCED_WITHIN_MS = 600;

/** Pause between two looks at the other end of a connection. */
const LOOKUP_PAUSE_MS = 50;

const ends: ReadonlySet<string> = new Set(['drain', 'terminating']);

interface LifecycleCall {
  readonly kind: OperationKind;
  /** When it was made, or the oldest call that it may have joined. */
  readonly waitsSince: number;
  /** A stop was asked for after it. */
  wasStopped: boolean;
  /** Set when the call rejected; a rejection guarantees no state. */
  isRefused: boolean;
}

function namesInjected({ problem }: GatewayError): boolean {
  return problem.detail.includes('injected');
}

export interface CallListener {
  readonly made: () => void;
  readonly fault: (words: string) => void;
}

export interface Fate {
  readonly code: string | undefined;
}

/** Makes the lifecycle calls of one manager's user, and compares each answer with the state of the machine. */
export class LifecycleCalls {
  readonly #hosted: HostedManager;
  readonly #view: MachineView;
  readonly #tell: CallListener;
  readonly #tally: Tally;
  readonly #open = new Set<LifecycleCall>();
  #newest: LifecycleCall | undefined;

  constructor(hosted: HostedManager, view: MachineView, tell: CallListener, tally: Tally) {
    this.#hosted = hosted;
    this.#view = view;
    this.#tell = tell;
    this.#tally = tally;
  }

  /** Returns the kinds of the calls that wait for their answer. */
  get open(): readonly OperationKind[] {
    return [...this.#open].map(({ kind }) => kind);
  }

  /** @returns how it ended: with an error's code, or without. */
  async make(kind: OperationKind, force: boolean): Promise<Fate> {
    const now = () => this.#hosted.host.clock.now();
    const waitsSince = Math.min(now(), ...[...this.#open].map((other) => other.waitsSince));
    const call: LifecycleCall = { kind, waitsSince, wasStopped: false, isRefused: false };
    if (kind === 'stop') for (const other of this.#open) other.wasStopped = true;
    this.#tell.made();
    this.#open.add(call);
    this.#newest = call;
    const before = this.#view.mains();
    const { manager } = this.#hosted;
    const { pid, phase } = manager.getStatus();
    // A restart that is past the end of the old process is joined: the new one is what was asked for.
    const isPast = kind === 'restart' && this.open.filter((other) => other === kind).length > 1 && !ends.has(phase);
    const forced = before.find((process) => force && !isPast && process.pid === pid);
    if (forced !== undefined) this.#expectDeath(call, forced);
    try {
      const result = await (kind === 'start' ? manager.start() : manager[kind]({ force }));
      this.#open.delete(call);
      count(this.#tally, `${kind}: ${result.outcome}`);
      this.#judge(call, result, before);
      return { code: undefined };
    } catch (error) {
      this.#open.delete(call);
      call.isRefused = true;
      const code = error instanceof GatewayError ? error.code : undefined;
      count(this.#tally, `${kind}: ${code ?? String(error)}`);
      // What the system refuses is no fault of ours, if the problem says so.
      const isInjected = code === 'internal' && error instanceof GatewayError && namesInjected(error);
      const refused = {
        code: isInjected ? 'system.limit' : code,
        isLast: this.#newest === call,
        wasStopped: call.wasStopped,
        waitedMs: now() - call.waitsSince,
      };
      for (const words of refusalFaults(kind, refused, manager.getStatus())) this.#tell.fault(words);
      return { code };
    }
  }

  #expectDeath(call: LifecycleCall, forced: ProcessIdentity): void {
    const { isAlive, later, resists, injected } = this.#view;
    const before = injected();
    later(FORCED_WITHIN_MS + resists(forced), () => {
      const isHeld = this.#hosted.host.alive && this.#newest === call && !call.isRefused && isAlive(forced);
      // Without a list of processes none can be killed.
      if (isHeld && injected() === before)
        this.#tell.fault(`pid ${String(forced.pid)} lives on in spite of a forced ${call.kind}`);
    });
  }

  #judge(call: LifecycleCall, result: LifecycleResult, before: readonly ProcessIdentity[]): void {
    const { seen, isAlive, ours, later } = this.#view;
    const { manager, timers } = this.#hosted;
    // A look at the other end of a connection that has just ended is within its pause: it does nothing more.
    const isPause = call.kind === 'stop' && timers > 0;
    if (isPause)
      later(LOOKUP_PAUSE_MS, () => {
        const { host, timers: left } = this.#hosted;
        if (host.alive && this.#newest === call && left > 0)
          this.#tell.fault(`timers are left after a stop: ${String(left)}`);
      });
    const answered = {
      kind: call.kind,
      result,
      isLast: this.#newest === call,
      status: manager.getStatus(),
      seen: seen(),
      survivors: before.filter(isAlive).map(({ pid }) => pid),
      ours: ours(),
      timers: isPause ? 0 : timers,
    };
    for (const words of answerFaults(answered)) this.#tell.fault(words);
  }
}

import { isShortage } from '@deskclaw/protocol';
import type { Cancel } from '../ports/clock.ts';
import { errorCode } from '../ports/files.ts';
import type { ProcessIdentity, ProcessInfo, TreeRoot } from '../ports/spawner.ts';
import { AdoptedChild } from '../process/adopted-child.ts';
import { Child, type ProcessHandle } from '../process/child.ts';
import { doneWithin } from '../process/delay.ts';
import type { ExitInfo } from '../process/exit.ts';
import { killTree, killTreeUntilGone } from '../process/kill-process-tree.ts';
import { waitForPortRelease } from '../process/port-availability.ts';
import { type LaunchPlan, policyOf } from './launch-plan.ts';
import type { OwnershipRecords } from './ownership-records.ts';
import type { SupervisorPorts } from './ports.ts';

/** How long the pipes of a dead process are read: they hold its last lines, unless another process keeps them open. */
const DRAIN_LIMIT_MS = 100;
/** Node reports the exit of a dead child within a turn of the event loop, unless the loop is very late. */
const EXIT_LIMIT_MS = 2_000;

/** A survivor is held by the kernel, for seconds or days. A poll costs some milliseconds, on Windows a second in which nothing else runs. */
const SURVIVOR_POLL_MS = 500;
const SIGNAL_RETRY_MS = 100;
/** Least ratio of the pause after a poll to the duration of the poll. */
const PAUSE_PER_POLL = 20;

export interface ReaperDeps {
  readonly plan: LaunchPlan;
  readonly ports: SupervisorPorts;
  readonly records: OwnershipRecords;
  readonly tree: (leader: ProcessIdentity) => TreeRoot;
  readonly process: () => ProcessHandle;
  /** Called with the processes that survived SIGKILL. */
  readonly stuck: (survivors: readonly string[]) => void;
  /** Called once every process of the launch is proven dead and its port is free. */
  readonly gone: (child: ProcessIdentity, endedBy: ExitInfo['endedBy']) => void;
}

/** Kills the process tree of one launch and proves that it is gone. */
export class Reaper {
  readonly #deps: ReaperDeps;
  /** Number of attempts; only the newest one reports. */
  #attempts = 0;
  /** The last logged error of listing processes; a lasting error is logged once. */
  #lastLogged: string | undefined;
  /** Cancels the next poll of the survivors. */
  #survivorPoll: Cancel | undefined;
  /** Cancels the next attempt to send a signal. */
  #signalRetry: Cancel | undefined;

  constructor(deps: ReaperDeps) {
    this.#deps = deps;
  }

  terminate(child: ProcessIdentity): void {
    this.#persist(() => this.#deps.ports.processes.signal(child, 'SIGTERM'));
  }

  /** Sends SIGKILL to the tree of a child that nobody waits for. */
  discard(child: ProcessIdentity): void {
    this.#persist(() => killTree(this.#deps.tree(child), this.#deps.ports.processes));
  }

  /** Does what first looks at the processes, and again until it can: without a free descriptor that throws. */
  #persist(signal: () => void): void {
    const { clock, logger } = this.#deps.ports;
    try {
      signal();
    } catch (error) {
      const message = `The gateway cannot be sent a signal: ${String(error)}`;
      if (message !== this.#lastLogged) logger.log('warn', message);
      this.#lastLogged = message;
      this.#signalRetry = clock.schedule(SIGNAL_RETRY_MS, () => this.#persist(signal), { keepAlive: true });
    }
  }

  /** Sends SIGKILL to the tree, proves that it is gone, drains the output, waits for the port; then reports the exit. */
  async reap(child: ProcessIdentity, endedBy: ExitInfo['endedBy']): Promise<void> {
    const { ports, plan } = this.#deps;
    this.#survivorPoll?.();
    this.#signalRetry?.();
    this.#attempts += 1;
    const attempt = this.#attempts;
    let killsAgain = false;
    try {
      const left = await killTreeUntilGone(this.#deps.tree(child), ports, policyOf(plan).stop.killMs);
      if (left.length === 0) return await this.#finish(child, endedBy, attempt);
      this.#deps.stuck(left.map((info) => `${info.name} (pid ${String(info.pid)})`));
    } catch (error) {
      // Not proven dead: poll again, and let the next request try again. Without a free descriptor nothing is known of the process.
      const message = error instanceof Error ? error.message : String(error);
      killsAgain = isShortage(errorCode(error));
      if (killsAgain) this.#deps.ports.logger.log('warn', `Whether the gateway is gone cannot be seen: ${message}`);
      else this.#deps.stuck([`pid ${String(child.pid)} (${message})`]);
    }
    this.#watchSurvivors(child, endedBy, attempt, killsAgain);
  }

  /**
   * Polls for the end of survivors: no signal helps, and the system sends no notification.
   * @param killsAgain whether they are killed once they can be listed: before, none could be sent a signal
   */
  #watchSurvivors(child: ProcessIdentity, endedBy: ExitInfo['endedBy'], attempt: number, killsAgain: boolean): void {
    const { clock } = this.#deps.ports;
    const survivors = () => {
      const began = clock.now();
      const living = this.survivors(child);
      if (living?.length === 0) void this.#finish(child, endedBy, attempt);
      else if (living !== undefined && killsAgain) void this.reap(child, endedBy);
      else again(clock.now() - began);
    };
    const again = (tookMs = 0) => {
      this.#survivorPoll = clock.schedule(Math.max(SURVIVOR_POLL_MS, tookMs * PAUSE_PER_POLL), survivors);
    };
    // The `stuck` callback may have begun the next attempt.
    if (attempt === this.#attempts) again();
  }

  async #finish(child: ProcessIdentity, endedBy: ExitInfo['endedBy'], attempt: number): Promise<void> {
    const { ports, plan, records } = this.#deps;
    await this.#drainOutput();
    const release = await waitForPortRelease(plan.host, plan.port, ports);
    if (release.kind === 'held') {
      const by = release.by === undefined ? 'something' : `${release.by.name} (pid ${String(release.by.pid)})`;
      ports.logger.log('warn', `Port ${String(plan.port)} is held by ${by} now; it is not ours.`);
    }
    // A newer attempt reports the end, and the record on disk may belong to the next launch by now.
    if (attempt !== this.#attempts) return;
    await records.clear();
    if (attempt !== this.#attempts) return;
    this.#deps.process().releaseLifeline();
    this.#deps.gone(child, endedBy);
  }

  /** Returns the living processes of the tree, or `undefined` while the system cannot list them. */
  survivors(leader: ProcessIdentity): readonly ProcessInfo[] | undefined {
    try {
      return this.#deps.ports.processes.tree(this.#deps.tree(leader));
    } catch (error) {
      const message = `The processes cannot be listed: ${String(error)}`;
      if (message !== this.#lastLogged) this.#deps.ports.logger.log('warn', message);
      this.#lastLogged = message;
      return undefined;
    }
  }

  async #drainOutput(): Promise<void> {
    const handle = this.#deps.process();
    // The system reports an exit to the parent only.
    const isOurChild = handle instanceof Child && handle.exit === undefined;
    const limitMs = isOurChild ? EXIT_LIMIT_MS : DRAIN_LIMIT_MS;
    if (!(await doneWithin(this.#deps.ports.clock, handle.drained, limitMs))) handle.abandonOutput();
    if (handle instanceof AdoptedChild) handle.stopWatching();
  }
}

import type { Cancel } from '../ports/clock.ts';
import type { ProcessIdentity, ProcessInfo, TreeRoot } from '../ports/spawner.ts';
import { AdoptedChild } from '../process/adopted-child.ts';
import { Child, type ProcessHandle } from '../process/child.ts';
import { doneWithin } from '../process/delay.ts';
import type { ExitInfo } from '../process/exit.ts';
import { killTreeUntilGone } from '../process/kill-process-tree.ts';
import { waitForPortRelease } from '../process/port-availability.ts';
import { type LaunchPlan, policyOf } from './launch-plan.ts';
import type { OwnershipRecords } from './ownership-records.ts';
import type { SupervisorPorts } from './ports.ts';

/** How long the pipes of a dead process are read on: they hold its last words, unless something else holds them open. */
const DRAIN_LIMIT_MS = 100;
/** The exit of a child we know to be dead is told within a turn of the event loop, or the loop is very late. */
const EXIT_LIMIT_MS = 2_000;

/** Held by the kernel, it may take seconds or days: a look costs some milliseconds, on Windows a second in which nothing else is done. */
const SURVIVOR_POLL_MS = 500;
/** How much longer the pause after a look is than the look, at least. */
const PAUSE_PER_POLL = 20;

export interface ReaperDeps {
  readonly plan: LaunchPlan;
  readonly ports: SupervisorPorts;
  readonly records: OwnershipRecords;
  readonly tree: (leader: ProcessIdentity) => TreeRoot;
  readonly handle: () => ProcessHandle | undefined;
  /** These outlived SIGKILL. */
  readonly stuck: (survivors: readonly string[]) => void;
  /** Every process of the launch is proven dead and its port free. */
  readonly gone: (child: ProcessIdentity, endedBy: ExitInfo['endedBy']) => void;
}

/** Ends the tree of one launch, and does not believe that it is gone before it has looked. */
export class Reaper {
  readonly #deps: ReaperDeps;
  /** How often it was begun: only the newest try tells how it went. */
  #attempts = 0;
  /** What was logged last of a trouble with the list of processes: one that lasts is told once. */
  #lastLogged: string | undefined;
  /** The wait for what outlived SIGKILL. */
  #survivorPoll: Cancel | undefined;

  constructor(deps: ReaperDeps) {
    this.#deps = deps;
  }

  /** SIGKILL to whatever is left, the proof that nothing is, the last words, the free port; then the exit in full. */
  async reap(child: ProcessIdentity, endedBy: ExitInfo['endedBy']): Promise<void> {
    const { ports, plan } = this.#deps;
    this.#survivorPoll?.();
    this.#attempts += 1;
    const attempt = this.#attempts;
    try {
      const left = await killTreeUntilGone(this.#deps.tree(child), ports, policyOf(plan).stop.killMs);
      if (left.length === 0) return await this.#finish(child, endedBy, attempt);
      this.#deps.stuck(left.map((info) => `${info.name} (pid ${String(info.pid)})`));
    } catch (error) {
      // Unproven is not dead: it is looked at again, and whoever asks next tries again.
      const survivor = `pid ${String(child.pid)} (${error instanceof Error ? error.message : String(error)})`;
      this.#deps.stuck([survivor]);
    }
    this.#watchSurvivors(child, endedBy, attempt);
  }

  /** What outlived SIGKILL is the system's to let go: no signal helps, and nobody tells us when it has. */
  #watchSurvivors(child: ProcessIdentity, endedBy: ExitInfo['endedBy'], attempt: number): void {
    const { clock } = this.#deps.ports;
    const survivors = () => {
      const began = clock.now();
      if (this.survivors(child)?.length === 0) void this.#finish(child, endedBy, attempt);
      else again(clock.now() - began);
    };
    const again = (tookMs = 0) => {
      this.#survivorPoll = clock.schedule(Math.max(SURVIVOR_POLL_MS, tookMs * PAUSE_PER_POLL), survivors);
    };
    // Whoever was told may have begun the next try.
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
    // Somebody asked meanwhile: the try that began tells the end, and what is on the disk by now may be its successor's.
    if (attempt !== this.#attempts) return;
    await records.clear();
    if (attempt !== this.#attempts) return;
    this.#deps.handle()?.releaseLifeline();
    this.#deps.gone(child, endedBy);
  }

  /** Who of it lives; `undefined`: the system does not tell just now. */
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
    const handle = this.#deps.handle();
    if (handle === undefined) return;
    // Nobody is told of the exit of what is not his child.
    const isOurChild = handle instanceof Child && handle.exit === undefined;
    const limitMs = isOurChild ? EXIT_LIMIT_MS : DRAIN_LIMIT_MS;
    if (!(await doneWithin(this.#deps.ports.clock, handle.drained, limitMs))) handle.abandonOutput();
    if (handle instanceof AdoptedChild) handle.stopWatching();
  }
}

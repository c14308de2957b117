import type { Cancel } from '../ports/clock.ts';
import type { ProcessIdentity, ProcessInfo, TreeRoot } from '../ports/spawner.ts';
import { AdoptedChild } from '../process/adopted-child.ts';
import { Child, type Watched } from '../process/child.ts';
import { within } from '../process/delay.ts';
import type { Ending } from '../process/exit.ts';
import { portReleased } from '../process/port-release.ts';
import { endTree } from '../process/tree.ts';
import { type LaunchPlan, policyOf } from './launch-plan.ts';
import type { OwnershipRecords } from './ownership-records.ts';
import type { SupervisorPorts } from './ports.ts';

/** How long the pipes of a dead process are read on: they hold its last words, unless something else holds them open. */
const LAST_WORDS_MS = 100;
/** The exit of a child we know to be dead is told within a turn of the event loop, or the loop is very late. */
const EXIT_LATEST_MS = 2_000;

/** Held by the kernel, it may take seconds or days: a look costs some milliseconds, on Windows a second in which nothing else is done. */
const SURVIVOR_LOOK_MS = 500;
/** How much longer the pause after a look is than the look, at least. */
const PAUSE_PER_LOOK = 20;

export interface ReaperSurroundings {
  readonly plan: LaunchPlan;
  readonly ports: SupervisorPorts;
  readonly records: OwnershipRecords;
  readonly tree: (leader: ProcessIdentity) => TreeRoot;
  readonly watched: () => Watched | undefined;
  /** These outlived SIGKILL. */
  readonly stuck: (survivors: readonly string[]) => void;
  /** Every process of the launch is proven dead and its port free. */
  readonly gone: (child: ProcessIdentity, endedBy: Ending['endedBy']) => void;
}

/** Ends the tree of one launch, and does not believe that it is gone before it has looked. */
export class Reaper {
  readonly #io: ReaperSurroundings;
  /** How often it was begun: only the newest try tells how it went. */
  #reaps = 0;
  /** What was logged last of a trouble with the list of processes: one that lasts is told once. */
  #told: string | undefined;
  /** The wait for what outlived SIGKILL. */
  #vigil: Cancel | undefined;

  constructor(io: ReaperSurroundings) {
    this.#io = io;
  }

  /** SIGKILL to whatever is left, the proof that nothing is, the last words, the free port; then the exit in full. */
  async reap(child: ProcessIdentity, endedBy: Ending['endedBy']): Promise<void> {
    const { ports, plan } = this.#io;
    this.#vigil?.();
    this.#reaps += 1;
    const turn = this.#reaps;
    try {
      const left = await endTree(this.#io.tree(child), ports, policyOf(plan).stop.killMs);
      if (left.length === 0) return await this.#bury(child, endedBy, turn);
      this.#io.stuck(left.map((info) => `${info.name} (pid ${String(info.pid)})`));
    } catch (error) {
      // Unproven is not dead: it is looked at again, and whoever asks next tries again.
      const survivor = `pid ${String(child.pid)} (${error instanceof Error ? error.message : String(error)})`;
      this.#io.stuck([survivor]);
    }
    this.#watchSurvivors(child, endedBy, turn);
  }

  /** What outlived SIGKILL is the system's to let go: no signal helps, and nobody tells us when it has. */
  #watchSurvivors(child: ProcessIdentity, endedBy: Ending['endedBy'], turn: number): void {
    const { clock } = this.#io.ports;
    const look = () => {
      const began = clock.now();
      if (this.look(child)?.length === 0) void this.#bury(child, endedBy, turn);
      else again(clock.now() - began);
    };
    const again = (tookMs = 0) => {
      this.#vigil = clock.schedule(Math.max(SURVIVOR_LOOK_MS, tookMs * PAUSE_PER_LOOK), look);
    };
    // Whoever was told may have begun the next try.
    if (turn === this.#reaps) again();
  }

  async #bury(child: ProcessIdentity, endedBy: Ending['endedBy'], turn: number): Promise<void> {
    const { ports, plan, records } = this.#io;
    await this.#lastWords();
    const release = await portReleased(plan.host, plan.port, ports);
    if (release.kind === 'held') {
      const by = release.by === undefined ? 'something' : `${release.by.name} (pid ${String(release.by.pid)})`;
      ports.logger.log('warn', `Port ${String(plan.port)} is held by ${by} now; it is not ours.`);
    }
    // Somebody asked meanwhile: the try that began tells the end, and what is on the disk by now may be its successor's.
    if (turn !== this.#reaps) return;
    await records.clear();
    if (turn !== this.#reaps) return;
    this.#io.watched()?.releaseLifeline();
    this.#io.gone(child, endedBy);
  }

  /** Who of it lives; `undefined`: the system does not tell just now. */
  look(leader: ProcessIdentity): readonly ProcessInfo[] | undefined {
    try {
      return this.#io.ports.processes.tree(this.#io.tree(leader));
    } catch (error) {
      const words = `The processes cannot be listed: ${String(error)}`;
      if (words !== this.#told) this.#io.ports.logger.log('warn', words);
      this.#told = words;
      return undefined;
    }
  }

  async #lastWords(): Promise<void> {
    const watched = this.#io.watched();
    if (watched === undefined) return;
    // Nobody is told of the exit of what is not his child.
    const isTold = watched instanceof Child && watched.end === undefined;
    const patience = isTold ? EXIT_LATEST_MS : LAST_WORDS_MS;
    if (!(await within(this.#io.ports.clock, watched.drained, patience))) watched.abandonOutput();
    if (watched instanceof AdoptedChild) watched.forget();
  }
}

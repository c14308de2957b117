import { describeProblem, type ExitFacts, type Problem } from '@deskclaw/protocol';
import type { Cancel } from '../ports/clock.ts';
import type { ProcessIdentity, ProcessInfo, SpawnRequest, TreeRoot } from '../ports/spawner.ts';
import { AdoptedChild } from '../process/adopted-child.ts';
import { Child, type Watched } from '../process/child.ts';
import { commandName, fillCommand } from '../process/command.ts';
import { within } from '../process/delay.ts';
import { classifyExit, type Ending } from '../process/exit.ts';
import type { OutputLine } from '../process/output-line.ts';
import { markerOf, type OwnershipRecord, sameProcess } from '../process/ownership.ts';
import { portReleased } from '../process/port-release.ts';
import { portStranger } from '../process/port-stranger.ts';
import { spawnProblem } from '../process/spawn-problem.ts';
import { endTree, killTree } from '../process/tree.ts';
import type { LaunchEvent } from './event.ts';
import { type LeftProcess, takenOver } from './hand-over.ts';
import { type LaunchPlan, policyOf } from './launch-plan.ts';
import type { OwnershipRecords } from './ownership-records.ts';
import type { SupervisorPorts } from './ports.ts';
import { preflight } from './preflight.ts';
import type { Exit } from './state.ts';

/** How long the pipes of a dead process are read on: they hold its last words, unless something else holds them open. */
const LAST_WORDS_MS = 100;
/** The exit of a child we know to be dead is told within a turn of the event loop, or the loop is very late. */
const EXIT_LATEST_MS = 2_000;

/** Held by the kernel, it may take seconds or days: a look costs some milliseconds, on Windows a second in which nothing else is done. */
const SURVIVOR_LOOK_MS = 500;
/** How much longer the pause after a look is than the look, at least. */
const PAUSE_PER_LOOK = 20;

type WithoutLaunch<T> = T extends unknown ? Omit<T, 'launch'> : never;

export interface LaunchContext {
  readonly number: number;
  readonly generation: number;
  readonly plan: LaunchPlan;
  readonly ports: SupervisorPorts;
  readonly records: OwnershipRecords;
  readonly userPath: () => Promise<string | undefined>;
  readonly lastExit: Exit | undefined;
  readonly report: (event: LaunchEvent) => void;
  readonly line: (line: OutputLine) => void;
}

/** The hands of one launch: does what the reducer decided, and answers with events that carry its number. */
export class Launch {
  readonly #context: LaunchContext;
  readonly #abort = new AbortController();
  #nonce: string;
  #request: SpawnRequest | undefined;
  #record: OwnershipRecord | undefined;
  #child: Watched | undefined;
  /** Who was in the tree when its end was begun: once the main process is gone, nothing ties to it who left its group. */
  #known: readonly ProcessInfo[] = [];
  /** How often its end was begun: only the newest try tells how it went. */
  #reaps = 0;
  /** What was logged last of a trouble with the list of processes: one that lasts is told once. */
  #told: string | undefined;
  /** The wait for what outlived SIGKILL. */
  #vigil: Cancel | undefined;
  #since = 0;
  #memoryKills: number | undefined;
  #wasReady = false;
  #repaired: string | undefined;

  constructor(context: LaunchContext) {
    this.#context = context;
    this.#nonce = context.ports.random.uuid();
  }

  get plan(): LaunchPlan {
    return this.#context.plan;
  }

  get generation(): number {
    return this.#context.generation;
  }

  async preflight(wanted: { readonly repair: boolean; readonly adopt: boolean }): Promise<void> {
    const { repair, adopt } = wanted;
    const { plan, ports, records, userPath } = this.#context;
    const { signal } = this.#abort;
    const result = await preflight({
      plan,
      nonce: this.#nonce,
      adopt,
      repair: repair ? (aborted) => this.#repair(aborted) : undefined,
      userPath,
      records,
      ports,
      signal,
    }).catch((error: unknown) => {
      // A mistake of ours or of a plan's hook ends this launch, not the process that supervises.
      const detail = `The start could not be prepared: ${error instanceof Error ? error.message : String(error)}`;
      return { kind: 'refused', problem: describeProblem('internal', { detail }, ports.clock.wallTime()) } as const;
    });
    switch (result.kind) {
      case 'passed':
        if (signal.aborted) {
          await records.clear();
          this.#report({ type: 'preflight-cancelled' });
          return;
        }
        this.#request = result.request;
        this.#record = result.record;
        this.#report({ type: 'preflight-passed' });
        return;
      case 'adopt': {
        const { child, record } = result;
        const ours = takenOver(record, child, { plan, ports, records });
        await records.write(ours);
        // On a slow disk that takes long enough to die in: then there is nothing to take over any more.
        if (!sameProcess(child, ports.processes.find(child.pid))) return this.preflight(wanted);
        this.#record = ours;
        this.#nonce = record.nonce;
        this.#report({ type: 'adopted', child });
        return;
      }
      case 'refused':
        this.#report({ type: 'preflight-refused', problem: result.problem });
        return;
      case 'cancelled':
        this.#report({ type: 'preflight-cancelled' });
        return;
      default:
        result satisfies never;
    }
  }

  cancel(): void {
    this.#abort.abort();
  }

  async #repair(signal: AbortSignal): Promise<Problem | undefined> {
    const { plan, lastExit } = this.#context;
    const result = await plan.repair?.(lastExit, signal);
    if (result?.kind === 'failed') return result.problem;
    this.#repaired = result?.did;
    return undefined;
  }

  spawn(): void {
    const { ports, records, line } = this.#context;
    const request = this.#request;
    if (request === undefined) return;
    this.#memoryKills = ports.processes.outOfMemoryKills();
    this.#since = ports.clock.now();
    this.#child = new Child(ports, request, {
      spawned: (child) => {
        this.#since = ports.clock.now();
        if (this.#record !== undefined) {
          this.#record = { ...this.#record, child };
          void records.write(this.#record);
        }
        this.#report({ type: 'spawned', child });
      },
      failed: (failure) => {
        const problem = spawnProblem(failure, request, ports.clock.wallTime());
        void records.clear().then(() => this.#report({ type: 'spawn-failed', problem }));
      },
      line,
      exited: () => this.#report({ type: 'exited' }),
    });
  }

  watchAdopted(child: ProcessIdentity): void {
    const { ports, line } = this.#context;
    this.#memoryKills = ports.processes.outOfMemoryKills();
    this.#since = ports.clock.now();
    this.#child = new AdoptedChild(ports, child, { line, exited: () => this.#report({ type: 'exited' }) });
  }

  /** Leaves the process to the next supervisor, who finds it by its record. */
  leave(): LeftProcess {
    const { records } = this.#context;
    const pipeEnds = this.#child?.pipeEnds;
    return {
      ...(pipeEnds === undefined ? {} : { pipeEnds }),
      recorded: this.#record === undefined ? Promise.resolve() : records.write({ ...this.#record, left: true }),
    };
  }

  /** Why what answers on its port is not to be told a secret, if it is not. */
  stranger(child: ProcessIdentity, localPort: number | undefined): Promise<Problem | undefined> {
    const { plan, ports } = this.#context;
    const { host, port } = plan;
    const claim = { host, port, child, tree: this.#root(child), supervisor: ports.host.identity.pid };
    return portStranger(claim, localPort, ports);
  }

  becameReady(): void {
    this.#wasReady = true;
  }

  /** Windows has no SIGTERM: what goes by that name ends a process at once. There, the end of a lifeline is the polite way. */
  terminate(child: ProcessIdentity): void {
    const { plan, ports } = this.#context;
    // The end goes on without it; what it would have told is mostly told by the marker, too.
    this.#known = this.#look(child) ?? [];
    if (ports.host.platform === 'win32' && plan.lifeline) this.#child?.releaseLifeline();
    else ports.processes.signal(child, 'SIGTERM');
  }

  /** For a child that came up after everybody had stopped waiting for it. */
  discard(child: ProcessIdentity): void {
    this.#child?.forget();
    killTree(this.#root(child), this.#context.ports.processes);
  }

  /** SIGKILL to whatever is left, the proof that nothing is, the last words, the free port; then the exit in full. */
  async reap(child: ProcessIdentity, endedBy: Ending['endedBy']): Promise<void> {
    const { ports, plan } = this.#context;
    this.#vigil?.();
    this.#reaps += 1;
    const turn = this.#reaps;
    try {
      const left = await endTree(this.#root(child), ports, policyOf(plan).stop.killMs);
      if (left.length === 0) return await this.#bury(child, endedBy, turn);
      this.#report({ type: 'stuck', survivors: left.map((info) => `${info.name} (pid ${String(info.pid)})`) });
    } catch (error) {
      // Unproven is not dead: it is looked at again, and whoever asks next tries again.
      const survivor = `pid ${String(child.pid)} (${error instanceof Error ? error.message : String(error)})`;
      this.#report({ type: 'stuck', survivors: [survivor] });
    }
    this.#watchSurvivors(child, endedBy, turn);
  }

  /** What outlived SIGKILL is the system's to let go: no signal helps, and nobody tells us when it has. */
  #watchSurvivors(child: ProcessIdentity, endedBy: Ending['endedBy'], turn: number): void {
    const { clock } = this.#context.ports;
    const look = () => {
      const began = clock.now();
      if (this.#look(child)?.length === 0) void this.#bury(child, endedBy, turn);
      else again(clock.now() - began);
    };
    const again = (tookMs = 0) => {
      this.#vigil = clock.schedule(Math.max(SURVIVOR_LOOK_MS, tookMs * PAUSE_PER_LOOK), look);
    };
    // Whoever was told may have begun the next try.
    if (turn === this.#reaps) again();
  }

  async #bury(child: ProcessIdentity, endedBy: Ending['endedBy'], turn: number): Promise<void> {
    const { ports, plan, records } = this.#context;
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
    this.#child?.releaseLifeline();
    this.#report({ type: 'gone', ...this.#account(child, endedBy) });
  }

  #look(leader: ProcessIdentity): readonly ProcessInfo[] | undefined {
    try {
      return this.#context.ports.processes.tree(this.#root(leader));
    } catch (error) {
      const words = `The processes cannot be listed: ${String(error)}`;
      if (words !== this.#told) this.#context.ports.logger.log('warn', words);
      this.#told = words;
      return undefined;
    }
  }

  #root(leader: ProcessIdentity): TreeRoot {
    return { leader, marker: markerOf(this.#nonce), known: this.#known };
  }

  async #lastWords(): Promise<void> {
    const watched = this.#child;
    if (watched === undefined) return;
    // Nobody is told of the exit of what is not his child.
    const isTold = watched instanceof Child && watched.end === undefined;
    const patience = isTold ? EXIT_LATEST_MS : LAST_WORDS_MS;
    if (!(await within(this.#context.ports.clock, watched.drained, patience))) watched.abandonOutput();
    if (watched instanceof AdoptedChild) watched.forget();
  }

  #account(child: ProcessIdentity, endedBy: Ending['endedBy']): { exit: Exit; facts: ExitFacts } {
    const { plan, ports, number, generation } = this.#context;
    const { code, signal } = this.#child?.end ?? { code: null, signal: null };
    const transcript = this.#child?.transcript;
    const before = this.#memoryKills;
    const after = ports.processes.outOfMemoryKills();
    const ending: Ending = {
      code,
      signal,
      endedBy,
      wasReady: this.#wasReady,
      lines: transcript?.evidence() ?? [],
      memoryRanOut: before !== undefined && after !== undefined && after > before,
    };
    const cause = (endedBy === 'itself' ? plan.judgeExit?.(ending) : undefined) ?? classifyExit(ending);
    const lastLines = transcript?.lastLines() ?? [];
    return {
      exit: {
        pid: child.pid,
        launch: number,
        generation,
        code,
        signal,
        cause,
        at: ports.clock.wallTime(),
        livedMs: ports.clock.now() - this.#since,
        wasReady: this.#wasReady,
        lastLines,
        firstFailure: transcript?.firstFailure ?? [],
      },
      facts: {
        command: commandName(fillCommand(plan.command, plan)),
        code,
        signal,
        cause,
        lastLines,
        ...(this.#repaired === undefined ? {} : { repaired: this.#repaired }),
      },
    };
  }

  #report(event: WithoutLaunch<LaunchEvent>): void {
    this.#context.report({ ...event, launch: this.#context.number });
  }
}

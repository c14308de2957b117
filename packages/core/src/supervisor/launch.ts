import {
  describeProblem,
  type ExitCause,
  type ExitFacts,
  type LastOutput,
  type ListeningAddress,
  type Problem,
  systemLimitProblem,
} from '@deskclaw/protocol';
import { errorCode } from '../ports/files.ts';
import type { OpenConnection } from '../ports/sockets.ts';
import type { ProcessIdentity, ProcessInfo, ProcessTable, SpawnRequest, TreeRoot } from '../ports/spawner.ts';
import { AdoptedChild } from '../process/adopted-child.ts';
import { Child, type ProcessHandle } from '../process/child.ts';
import { commandName, fillCommand } from '../process/command.ts';
import { classifyExit, type ExitInfo } from '../process/exit.ts';
import { isInTree } from '../process/kill-process-tree.ts';
import type { OutputLine } from '../process/line-level.ts';
import { markerOf, type OwnershipRecord, sameProcess } from '../process/ownership.ts';
import { trustNobody } from '../process/peer-trust.ts';
import { checkPortOwner } from '../process/port-owner-check.ts';
import { refusedProgramProblem, spawnProblem } from '../process/spawn-problem.ts';
import type { Transcript } from '../process/transcript.ts';
import { CriticalWorkWatch } from './critical-work-watch.ts';
import type { LaunchEvent } from './event.ts';
import type { LaunchPlan, RestartClaim } from './launch-plan.ts';
import type { OwnershipRecords } from './ownership-records.ts';
import { adoptedRecord, type HandedOverProcess } from './ownership-records.ts';
import type { SupervisorPorts } from './ports.ts';
import { preflight } from './preflight.ts';
import { Reaper } from './reaper.ts';
import type { ExitRecord, LaunchExit } from './state.ts';

type WithoutLaunch<T> = T extends unknown ? Omit<T, 'launch'> : never;

/** Ends that a process cannot tell about: its last line says nothing of them. */
const silentEnds: ReadonlySet<ExitCause> = new Set<ExitCause>(['requested', 'killed', 'clean', 'out-of-memory']);

/** What the process said about its end. */
function lastWords({ lastMeaningfulLine }: Transcript, cause: ExitCause): Pick<ExitFacts, 'said'> {
  return lastMeaningfulLine === '' || silentEnds.has(cause) ? {} : { said: lastMeaningfulLine };
}

/** Returns how often the system killed for want of memory; `undefined`: it cannot tell now, as when no file descriptor is free. */
function countMemoryKills(processes: ProcessTable): number | undefined {
  try {
    return processes.outOfMemoryKills();
  } catch {
    return undefined;
  }
}

export interface LaunchContext {
  readonly number: number;
  readonly generation: number;
  readonly plan: LaunchPlan;
  readonly ports: SupervisorPorts;
  readonly records: OwnershipRecords;
  readonly userPath: () => Promise<string | undefined>;
  readonly lastExit: ExitRecord | undefined;
  readonly report: (event: LaunchEvent) => void;
  readonly line: (line: OutputLine) => void;
}

/** Carries out the effects of one launch and answers with events that carry its number. */
export class Launch {
  readonly #context: LaunchContext;
  readonly #abort = new AbortController();
  #nonce: string;
  #request: SpawnRequest | undefined;
  #isForeign = false;
  #record: OwnershipRecord | undefined;
  #child: ProcessHandle | undefined;
  /** Members of the tree when the stop began: once the main process is gone, nothing ties processes outside its group to it. */
  #known: readonly ProcessInfo[] = [];
  readonly #reaper: Reaper;
  #since = 0;
  #memoryKills: number | undefined;
  #wasReady = false;
  #repaired: string | undefined;
  readonly #criticalWork: CriticalWorkWatch;

  constructor(context: LaunchContext) {
    this.#context = context;
    this.#nonce = context.records.newNonce();
    const { plan, ports, records } = context;
    this.#criticalWork = new CriticalWorkWatch(ports.clock, plan.findCriticalWork, (problem) =>
      this.#report({ type: 'critical-work', ...(problem === undefined ? {} : { problem }) }),
    );
    this.#reaper = new Reaper({
      plan,
      ports,
      records,
      tree: (leader) => this.#root(leader),
      process: () => this.#process,
      stuck: (survivors) => this.#report({ type: 'stuck', survivors }),
      gone: (child, endedBy) => this.#report({ type: 'gone', ...this.#exitReport(child, endedBy) }),
    });
  }

  get plan(): LaunchPlan {
    return this.#context.plan;
  }

  get generation(): number {
    return this.#context.generation;
  }

  /** Prepares the launch and reports the result. An error of a hook or of the system ends the launch, not the supervising process. */
  async preflight(wanted: { readonly repair: boolean; readonly adopt: boolean }): Promise<void> {
    const { plan, ports } = this.#context;
    try {
      await this.#preflight(wanted);
    } catch (error) {
      const limit = systemLimitProblem(
        errorCode(error),
        { during: 'while preparing to start the gateway', maxDescriptors: ports.host.maxDescriptors },
        ports.clock.wallTime(),
      );
      const detail = `Preparing "${commandName(plan.command)}" failed: ${error instanceof Error ? error.message : String(error)}`;
      const problem = limit ?? describeProblem('internal', { detail }, ports.clock.wallTime());
      ports.logger.log('warn', problem.detail);
      this.#report(
        this.#abort.signal.aborted ? { type: 'preflight-cancelled' } : { type: 'preflight-refused', problem },
      );
    }
  }

  async #preflight(wanted: { readonly repair: boolean; readonly adopt: boolean }): Promise<void> {
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
    });
    switch (result.kind) {
      case 'passed':
        if (signal.aborted) {
          await records.clear();
          this.#report({ type: 'preflight-cancelled' });
          return;
        }
        this.#request = result.request;
        this.#isForeign = result.isForeign;
        this.#record = result.record;
        this.#report({ type: 'preflight-passed' });
        return;
      case 'adopt': {
        const { child, record } = result;
        const ours = adoptedRecord(record, child, { plan, ports, records });
        await records.write(ours);
        // On a slow disk the process may die during the write: then nothing is left to adopt.
        if (!sameProcess(child, ports.processes.find(child.pid))) return this.#preflight(wanted);
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

  /** Asks the program whether the process that exited handed its restart over to us. */
  async claimRestart(pid: number): Promise<void> {
    const { plan } = this.#context;
    let claim: RestartClaim = { accepted: false, detail: 'This program hands no restarts over.' };
    try {
      claim = (await plan.claimRestart?.(pid, this.#abort.signal)) ?? claim;
    } catch (error) {
      claim = { accepted: false, detail: error instanceof Error ? error.message : String(error) };
    }
    this.#report({ type: 'restart-claimed', claim });
  }

  spawn(): void {
    const { ports, records, line } = this.#context;
    const request = this.#request;
    if (request === undefined) return;
    this.#memoryKills = countMemoryKills(ports.processes);
    this.#since = ports.clock.now();
    this.#child = new Child(ports, request, {
      spawned: (child) => {
        this.#since = ports.clock.now();
        if (this.#record !== undefined) {
          this.#record = { ...this.#record, child };
          void records.write(this.#record);
        }
        this.#report({ type: 'spawned', child });
        this.#criticalWork.start(child, false);
      },
      failed: (failure) => {
        const problem = spawnProblem(failure, request, ports.clock.wallTime(), ports.host.maxDescriptors);
        ports.logger.log('warn', problem.detail);
        void records.clear().then(() => this.#report({ type: 'spawn-failed', problem }));
      },
      line,
      exited: () => this.#report({ type: 'exited' }),
    });
  }

  /** Asks whether a process that is not ready yet may be ended. */
  findCriticalWork(child: ProcessIdentity): void {
    this.#criticalWork.start(child, true);
  }

  watchAdopted(child: ProcessIdentity): void {
    const { ports, line } = this.#context;
    this.#memoryKills = countMemoryKills(ports.processes);
    this.#since = ports.clock.now();
    this.#child = new AdoptedChild(ports, child, { line, exited: () => this.#report({ type: 'exited' }) });
  }

  /** Hands the process over to the next supervisor, which finds it by its ownership record. */
  handOver(): HandedOverProcess {
    const { records } = this.#context;
    const { pipeEnds } = this.#process;
    return {
      ...(pipeEnds === undefined ? {} : { pipeEnds }),
      recorded: this.#record === undefined ? Promise.resolve() : records.write({ ...this.#record, handedOver: true }),
    };
  }

  /** Returns why the process on the port must not get a secret, or `undefined` if it may. */
  verifyPortOwner(child: ProcessIdentity, connection: OpenConnection): Promise<Problem | undefined> {
    const { plan, ports } = this.#context;
    const { host, port, trust = trustNobody } = plan;
    return checkPortOwner({ host, port, child, trust, tree: this.#root(child) }, connection, ports);
  }

  /** Where the processes of the tree listen. */
  async listens(child: ProcessIdentity): Promise<readonly ListeningAddress[]> {
    const { processes, tcpPorts } = this.#context.ports;
    const pids = new Set([child.pid, ...processes.tree(this.#root(child)).map(({ pid }) => pid)]);
    return (await Promise.all([...pids].map((pid) => tcpPorts.listening(pid)))).flat();
  }

  /** What the gateway's own repair did before this launch; `undefined` without one. */
  get repaired(): string | undefined {
    return this.#repaired;
  }

  get lastOutput(): LastOutput | undefined {
    return this.#child?.lastOutput;
  }

  get lastError(): string | undefined {
    return this.#child?.transcript.lastError;
  }

  /** Whether a process belongs to the gateway's tree. */
  owns(child: ProcessIdentity, pid: number): boolean {
    return isInTree(this.#root(child), pid, this.#context.ports.processes);
  }

  becameReady(): void {
    this.#criticalWork.stop();
    this.#wasReady = true;
  }

  /** Sends SIGTERM. Windows has none (the signal of that name kills at once): there the end of the lifeline asks the process to exit. */
  terminate(child: ProcessIdentity): void {
    this.#criticalWork.stop();
    const { plan, ports } = this.#context;
    // The stop works without this list; most of these processes are found by their marker, too.
    this.#known = this.#reaper.survivors(child) ?? this.#known;
    if (ports.host.platform === 'win32' && plan.lifeline) this.#process.releaseLifeline();
    else this.#reaper.terminate(child);
  }

  /** Kills a child that was spawned after its launch was over. */
  discard(child: ProcessIdentity): void {
    this.#criticalWork.stop();
    this.#process.stopWatching();
    this.#reaper.discard(child);
  }

  reap(child: ProcessIdentity, endedBy: ExitInfo['endedBy']): Promise<void> {
    this.#criticalWork.stop();
    return this.#reaper.reap(child, endedBy);
  }

  /** The process of this launch: every effect that needs it follows its spawn or adoption. */
  get #process(): ProcessHandle {
    if (this.#child === undefined) throw new Error('the launch has no process yet');
    return this.#child;
  }

  #root(leader: ProcessIdentity): TreeRoot {
    return { leader, marker: markerOf(this.#nonce), known: this.#known };
  }

  #exitReport(child: ProcessIdentity, endedBy: ExitInfo['endedBy']): LaunchExit {
    const { plan, ports, number, generation } = this.#context;
    const { transcript, exit } = this.#process;
    const { code, signal } = exit ?? { code: null, signal: null };
    const before = this.#memoryKills;
    const after = countMemoryKills(ports.processes);
    const ending: ExitInfo = {
      code,
      signal,
      endedBy,
      wasReady: this.#wasReady,
      lines: transcript.evidence(),
      memoryRanOut: before !== undefined && after !== undefined && after > before,
    };
    const cause = (endedBy === 'itself' ? plan.judgeExit?.(ending) : undefined) ?? classifyExit(ending);
    const lastLines = transcript.lastLines();
    const said = lastWords(transcript, cause);
    const file = this.#isForeign ? this.#request?.file : undefined;
    const problem = file === undefined ? undefined : refusedProgramProblem(file, ending, ports.clock.wallTime());
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
        ...said,
        firstFailure: transcript.firstFailure,
      },
      facts: {
        command: commandName(fillCommand(plan.command, plan)),
        code,
        signal,
        cause,
        lastLines,
        ...said,
        ...(this.#repaired === undefined ? {} : { repaired: this.#repaired }),
      },
      ...(problem === undefined ? {} : { problem }),
    };
  }

  #report(event: WithoutLaunch<LaunchEvent>): void {
    this.#context.report({ ...event, launch: this.#context.number });
  }
}

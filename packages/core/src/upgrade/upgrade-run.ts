import { join } from 'node:path';
import { endOrphanOf } from '../host/orphan.ts';
import type { RunningGateway } from '../host/running-gateway.ts';
import type { ForProfile } from '../managed/here.ts';
import type { InstallPorts } from '../managed/install.ts';
import { diskProblem } from '../managed/install-problems.ts';
import { syncFileSystem } from '../managed/sync.ts';
import { recordFile } from '../ports/node/record-file.ts';
import { writeSetting } from '../profile/edit-config.ts';
import { type Paths, resolvePaths } from '../profile/paths.ts';
import { copyPlace, copyState, restoreState } from './state-copy.ts';
import {
  type Doing,
  nextStep,
  type StepResult,
  type UpgradeEnd,
  type UpgradeState,
  type UpgradeStep,
} from './steps.ts';
import { type Undertaking, UpgradeJournal } from './undertaking.ts';
import { readUpgradeRecord, type UpgradeRecord } from './upgrade-record.ts';
import { reasonOf } from './upgrade-words.ts';

/** The steps that need the other version, and not only its name. */
export type AheadStep = 'copy' | 'try' | 'use' | 'start';

export interface UpgradeProgress {
  readonly step: UpgradeStep;
  readonly version: string;
}

export interface RunParts {
  readonly gateway: RunningGateway;
  readonly ports: InstallPorts;
  readonly who: ForProfile;
  readonly onProgress?: ((progress: UpgradeProgress) => void) | undefined;
  /** Default: none is taken; only the way back is gone. */
  readonly ahead?: (step: AheadStep) => Promise<void>;
}

/** Ends and removes what a trial left, this one's or one's that was killed. */
export async function clearTrial(paths: Paths, ports: InstallPorts): Promise<void> {
  const trial = join(paths.data, 'trial');
  await endOrphanOf(join(trial, 'owner.json'), ports.clock, { force: true });
  await ports.folders.remove(trial);
}

/** Carries an undertaking out to one of its ends, with every step written down before it is begun. */
export class UpgradeRun {
  readonly #undertaking: Undertaking;
  readonly #parts: RunParts;
  readonly #paths: Paths;
  readonly #journal: UpgradeJournal;
  #aside: string | undefined;
  #error: unknown;
  #running = false;

  constructor(undertaking: Undertaking, parts: RunParts) {
    this.#undertaking = undertaking;
    this.#parts = parts;
    this.#paths = resolvePaths(parts.who);
    this.#journal = new UpgradeJournal(this.#paths.upgradeJournal);
  }

  /** Where the way back put what the other version made of the state; `undefined`: it was not touched. */
  get aside(): string | undefined {
    return this.#aside;
  }

  /** What the step threw that failed last. */
  get error(): unknown {
    return this.#error;
  }

  async toItsEnd(begin: UpgradeState): Promise<UpgradeEnd> {
    const { origin, other } = this.#undertaking;
    let state = begin;
    if (state.kind === 'doing') this.#running = state.running;
    while (state.kind === 'doing') {
      const { step }: Doing = state;
      const old = step === 'stop' || step === 'use-old' || step === 'start-old';
      this.#parts.onProgress?.({ step, version: old ? origin.version : other });
      state = nextStep(state, await this.#attempt(state));
    }
    await this.#close(state);
    return state;
  }

  async #attempt(state: Doing): Promise<StepResult> {
    try {
      await this.#write(state);
      await this.#carryOut(state.step);
      return { ok: true };
    } catch (error) {
      this.#error = diskProblem(error, this.#paths.data, this.#parts.ports.clock.wallTime());
      return { ok: false, reason: reasonOf(this.#error) };
    }
  }

  async #write(state: Doing): Promise<void> {
    try {
      await this.#journal.save({ undertaking: this.#undertaking, state, by: this.#parts.ports.self });
    } catch (error) {
      // On the way back what is written already leads there too, and a full disk must not bar it.
      if (state.failure === undefined) throw error;
    }
  }

  async #carryOut(step: UpgradeStep): Promise<void> {
    const { gateway, ports, who } = this.#parts;
    const { origin, place, aside } = this.#undertaking;
    switch (step) {
      case 'copy':
      case 'try':
      case 'use':
      case 'start':
        if (this.#parts.ahead === undefined) throw new Error('only the way back is open');
        return this.#parts.ahead(step);
      case 'stop':
        return gateway.stop();
      case 'stop-new':
        await gateway.stop();
        // Its host may have died, too.
        await endOrphanOf(this.#paths.ownership, ports.clock);
        return;
      case 'keep': {
        const backup = this.#backup();
        if (backup !== undefined) await copyState(place, backup, ports.folders);
        await syncFileSystem(this.#paths.data, process.platform, ports);
        return this.#record();
      }
      case 'restore': {
        const backup = this.#backup();
        if (backup === undefined) return;
        const onDisk = () => syncFileSystem(join(place.stateDir, '..'), process.platform, ports);
        this.#aside = await restoreState(backup, place, aside, ports.folders, onDisk);
        return;
      }
      case 'use-old':
        writeSetting(this.#paths.config, who.profile, 'openclaw', origin.setting);
        return;
      case 'start-old':
        await gateway.start();
        return;
      default:
        return step satisfies never;
    }
  }

  #backup() {
    const { backup, place } = this.#undertaking;
    return backup === undefined ? undefined : copyPlace(backup, place, join);
  }

  async #record(): Promise<void> {
    const { origin, other, backup } = this.#undertaking;
    const kept = backup !== undefined && (await this.#parts.ports.folders.exists(backup));
    const record: UpgradeRecord = {
      from: origin.version,
      to: other,
      before: origin.setting,
      at: this.#parts.ports.clock.wallTime(),
      ...(kept ? { backup } : {}),
    };
    await recordFile(this.#paths.upgrade).save(`${JSON.stringify(record)}\n`);
  }

  async #close(end: UpgradeEnd): Promise<void> {
    const { earlier } = this.#undertaking;
    const { folders } = this.#parts.ports;
    await clearTrial(this.#paths, this.#parts.ports);
    switch (end.kind) {
      case 'upgraded': {
        await this.#journal.clear();
        // The way back is to the version before this upgrade, no further.
        const outdated = readUpgradeRecord(earlier ?? '')?.backup;
        if (outdated !== undefined) await folders.remove(outdated);
        return;
      }
      case 'rolled-back':
        await recordFile(this.#paths.upgrade).clear();
        await this.#journal.clear();
        return this.#dropBackup();
      case 'failed':
        if (typeof end.end === 'object') return this.#leaveOpen(end);
        if (this.#undertaking.kind === 'upgrade') await this.#forget();
        return this.#journal.clear();
      default:
        return end satisfies never;
    }
  }

  /** Nothing came of it: the way back is the one there was. */
  async #forget(): Promise<void> {
    const { earlier } = this.#undertaking;
    const file = recordFile(this.#paths.upgrade);
    await (earlier === undefined ? file.clear() : file.save(earlier));
    await this.#dropBackup();
  }

  /** It stands in its place again. */
  async #dropBackup(): Promise<void> {
    const { backup } = this.#undertaking;
    if (backup !== undefined) await this.#parts.ports.folders.remove(backup);
  }

  /** The next that comes by tries the step again that did not work. */
  async #leaveOpen({ failure, end }: Extract<UpgradeEnd, { kind: 'failed' }>): Promise<void> {
    if (typeof end === 'string') return;
    const { kind } = this.#undertaking;
    const state: Doing = {
      kind: 'doing',
      step: end.stuck.step,
      running: this.#running,
      ...(kind === 'upgrade' ? { failure } : {}),
    };
    await this.#journal.save({ undertaking: this.#undertaking, state, by: undefined }).catch(() => undefined);
  }
}

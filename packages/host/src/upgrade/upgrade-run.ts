import { join } from 'node:path';
import { recordFile } from '@deskclaw/core/internal';
import type { OpenClawProgram } from '@deskclaw/protocol';
import type { InstallPorts } from '../install/install.ts';
import { toDiskError } from '../install/install-problems.ts';
import type { ProfileRef } from '../install/install-service.ts';
import { syncFileSystem } from '../install/sync-file-system.ts';
import { writeSetting } from '../profile/edit-config.ts';
import { stopOrphan } from '../profile/orphan.ts';
import { type Paths, resolvePaths } from '../profile/paths.ts';
import { copyLocation, copyState, restoreState } from './state-copy.ts';
import { readUpgradeRecord, UpgradeJournal, type UpgradePlan, type UpgradeRecord } from './upgrade-journal.ts';
import {
  nextStep,
  type StepResult,
  type UpgradeInProgress,
  type UpgradeOutcome,
  type UpgradeState,
  type UpgradeStep,
} from './upgrade-machine.ts';
import { failureReason } from './upgrade-messages.ts';

/** The gateway of the profile, as its host runs it. Each call resolves when it is done, and rejects with the reason why it failed. */
export interface GatewayControl {
  /** The OpenClaw that runs now as a child of ours; `undefined`: none does. */
  readonly runningProgram: () => Promise<OpenClawProgram | undefined>;
  readonly stop: () => Promise<void>;
  /** @returns what runs now. */
  readonly start: () => Promise<OpenClawProgram | undefined>;
}

/** The forward steps: they need the installed target version, not only its name. */
export type ForwardStep = 'copy' | 'try' | 'use' | 'start';

export interface UpgradeProgress {
  readonly step: UpgradeStep;
  readonly version: string;
}

export interface UpgradeDeps {
  readonly gateway: GatewayControl;
  readonly ports: InstallPorts;
  readonly profile: ProfileRef;
  readonly onProgress?: ((progress: UpgradeProgress) => void) | undefined;
  /** Default: none is taken; only the way back is gone. */
  readonly forward?: (step: ForwardStep) => Promise<void>;
}

/** Stops and removes what a trial left behind, including one whose process was killed. */
export async function clearTrial(paths: Paths, ports: InstallPorts): Promise<void> {
  const trial = join(paths.data, 'trial');
  await stopOrphan(join(trial, 'owner.json'), ports.clock, { force: true });
  await ports.folders.remove(trial);
}

/** Runs a plan to one of its outcomes, saving every step before it begins. */
export class UpgradeRun {
  readonly #plan: UpgradePlan;
  readonly #deps: UpgradeDeps;
  readonly #paths: Paths;
  readonly #journal: UpgradeJournal;
  #quarantine: string | undefined;
  #error: unknown;
  #wasRunning = false;

  constructor(plan: UpgradePlan, deps: UpgradeDeps) {
    this.#plan = plan;
    this.#deps = deps;
    this.#paths = resolvePaths(deps.profile);
    this.#journal = new UpgradeJournal(this.#paths.upgradeJournal);
  }

  /** Where the way back put what the target version made of the state; `undefined`: it was not touched. */
  get quarantine(): string | undefined {
    return this.#quarantine;
  }

  /** The error of the step that failed last. */
  get error(): unknown {
    return this.#error;
  }

  async run(begin: UpgradeState): Promise<UpgradeOutcome> {
    const { origin, target } = this.#plan;
    let state = begin;
    if (state.kind === 'doing') this.#wasRunning = state.running;
    while (state.kind === 'doing') {
      const { step }: UpgradeInProgress = state;
      const old = step === 'stop' || step === 'use-old' || step === 'start-old';
      this.#deps.onProgress?.({ step, version: old ? origin.version : target });
      state = nextStep(state, await this.#attempt(state));
    }
    await this.#finish(state);
    return state;
  }

  async #attempt(state: UpgradeInProgress): Promise<StepResult> {
    try {
      await this.#saveProgress(state);
      await this.#execute(state.step);
      return { ok: true };
    } catch (error) {
      this.#error = toDiskError(error, this.#paths.data, this.#deps.ports.clock.wallTime());
      return { ok: false, reason: failureReason(this.#error) };
    }
  }

  async #saveProgress(state: UpgradeInProgress): Promise<void> {
    try {
      await this.#journal.save({ plan: this.#plan, state, owner: this.#deps.ports.self });
    } catch (error) {
      // During a rollback the journal already leads to the same end, so a full disk must not block it.
      if (state.failure === undefined) throw error;
    }
  }

  async #execute(step: UpgradeStep): Promise<void> {
    const { gateway, ports, profile } = this.#deps;
    const { origin, place, quarantine } = this.#plan;
    switch (step) {
      case 'copy':
      case 'try':
      case 'use':
      case 'start':
        if (this.#deps.forward === undefined) throw new Error('only the way back is open');
        return this.#deps.forward(step);
      case 'stop':
        return gateway.stop();
      case 'stop-new':
        await gateway.stop();
        // The host may have died as well.
        await stopOrphan(this.#paths.ownership, ports.clock);
        return;
      case 'keep': {
        const backup = this.#backup();
        if (backup !== undefined) await copyState(place, backup, ports.folders);
        await syncFileSystem(this.#paths.data, process.platform, ports);
        return this.#saveRecord();
      }
      case 'restore': {
        const backup = this.#backup();
        if (backup === undefined) return;
        const onDisk = () => syncFileSystem(join(place.stateDir, '..'), process.platform, ports);
        this.#quarantine = await restoreState(backup, place, quarantine, ports.folders, onDisk);
        return;
      }
      case 'use-old':
        writeSetting(this.#paths.config, profile.name, 'openclaw', origin.setting);
        return;
      case 'start-old':
        await gateway.start();
        return;
      default:
        return step satisfies never;
    }
  }

  #backup() {
    const { backup, place } = this.#plan;
    return backup === undefined ? undefined : copyLocation(backup, place, join);
  }

  async #saveRecord(): Promise<void> {
    const { origin, target, backup } = this.#plan;
    const hasBackup = backup !== undefined && (await this.#deps.ports.folders.exists(backup));
    const record: UpgradeRecord = {
      from: origin.version,
      to: target,
      before: origin.setting,
      at: this.#deps.ports.clock.wallTime(),
      ...(hasBackup ? { backup } : {}),
    };
    await recordFile(this.#paths.upgrade).save(`${JSON.stringify(record)}\n`);
  }

  async #finish(end: UpgradeOutcome): Promise<void> {
    const { previousRecord } = this.#plan;
    const { folders } = this.#deps.ports;
    await clearTrial(this.#paths, this.#deps.ports);
    switch (end.kind) {
      case 'upgraded': {
        await this.#journal.clear();
        // The way back is to the version before this upgrade, no further.
        const outdated = readUpgradeRecord(previousRecord ?? '')?.backup;
        if (outdated !== undefined) await folders.remove(outdated);
        return;
      }
      case 'rolled-back':
        await recordFile(this.#paths.upgrade).clear();
        await this.#journal.clear();
        return this.#removeBackup();
      case 'failed':
        if (typeof end.end === 'object') return this.#keepPending(end);
        if (this.#plan.kind === 'upgrade') await this.#restorePreviousRecord();
        return this.#journal.clear();
      default:
        return end satisfies never;
    }
  }

  /** Restores the record of the previous upgrade, because the current one changed nothing. */
  async #restorePreviousRecord(): Promise<void> {
    const { previousRecord } = this.#plan;
    const file = recordFile(this.#paths.upgrade);
    await (previousRecord === undefined ? file.clear() : file.save(previousRecord));
    await this.#removeBackup();
  }

  /** Removes the backup: the state is in its place again. */
  async #removeBackup(): Promise<void> {
    const { backup } = this.#plan;
    if (backup !== undefined) await this.#deps.ports.folders.remove(backup);
  }

  /** The next that comes by tries the step again that did not work. */
  async #keepPending({ failure, end }: Extract<UpgradeOutcome, { kind: 'failed' }>): Promise<void> {
    if (typeof end === 'string') return;
    const { kind } = this.#plan;
    const state: UpgradeInProgress = {
      kind: 'doing',
      step: end.stuck.step,
      running: this.#wasRunning,
      ...(kind === 'upgrade' ? { failure } : {}),
    };
    await this.#journal.save({ plan: this.#plan, state, owner: undefined }).catch(() => undefined);
  }
}

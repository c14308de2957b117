import { join } from 'node:path';
import { GatewayError } from '@deskclaw/core';
import { recordFile } from '@deskclaw/core/internal';
import { locateConfig } from '@deskclaw/openclaw';
import { describeProblem, type InterruptedUpgrade } from '@deskclaw/protocol';
import type { InstallPorts, InstallProgress } from '../install/install.ts';
import { acquireLock } from '../install/install-lock.ts';
import { noSpaceMessage } from '../install/install-problems.ts';
import {
  installForProfile,
  listOpenClaws,
  type ProfileRef,
  rejectEnvironmentOverride,
  selectOpenClaw,
} from '../install/install-service.ts';
import type { InstalledOpenClaw } from '../install/inventory.ts';
import type { Machine } from '../install/layout.ts';
import { installLayout } from '../install/layout.ts';
import { installPorts, thisMachine } from '../install/node-ports.ts';
import { loadConfig } from '../profile/config.ts';
import { type Paths, resolvePaths } from '../profile/paths.ts';
import { isolateLinks } from './isolate-links.ts';
import { findOrigin, type Origin } from './origin.ts';
import { resumeInterruptedUpgrade, upgradeLockPath } from './resume-interrupted.ts';
import { copyLocation, copyState, quarantinePath, type StateLocation } from './state-copy.ts';
import { tryVersion } from './trial.ts';
import type { UpgradePlan } from './upgrade-journal.ts';
import { beginUpgrade, type UpgradeOutcome } from './upgrade-machine.ts';
import { describeOutcome, stepDescriptions } from './upgrade-messages.ts';
import type { GatewayControl } from './upgrade-run.ts';
import { clearTrial, type ForwardStep, type UpgradeProgress, UpgradeRun } from './upgrade-run.ts';

export interface UpgradeOptions {
  /** An exact version, or a tag; default `latest`. */
  readonly version?: string | undefined;
  readonly gateway: GatewayControl;
  /** Hears of an upgrade or a rollback that was cut off, and is ended first. */
  readonly onInterrupted?: (end: InterruptedUpgrade) => void;
  /** Heeded until the running gateway is stopped; from then on only an end is an end. */
  readonly signal?: AbortSignal;
  readonly onInstall?: (progress: InstallProgress) => void;
  readonly onProgress?: (progress: UpgradeProgress) => void;
}

export interface UpgradeResult {
  readonly outcome: 'upgraded' | 'already-there';
  readonly from: string;
  readonly to: string;
  /** Whether a gateway of the new version runs now; otherwise the next start runs it. */
  readonly running: boolean;
  /** The copy of the state as the version before left it. */
  readonly backup?: string;
}

/**
 * Moves a profile to another version, and back by itself where that does not work: the version is tried on a copy of the state
 * while the old one runs, and only one that gets ready there is given the state itself.
 * @throws GatewayError `openclaw.upgrade-failed` with what failed and how things stand, or what `installOpenClawHere` throws.
 */
export async function upgradeOpenClaw(options: UpgradeOptions, profile: ProfileRef): Promise<UpgradeResult> {
  rejectEnvironmentOverride(profile);
  const ports = installPorts(profile.env);
  const paths = resolvePaths(profile);
  const { version, signal, onInstall, gateway } = options;
  const interrupted = await resumeInterruptedUpgrade({ gateway, ...(signal && { signal }) }, profile);
  if (interrupted !== undefined) options.onInterrupted?.(interrupted);
  const { settings } = loadConfig(paths.config, profile.name, {});
  const runs = await gateway.runningProgram();
  const origin = findOrigin(await listOpenClaws(profile), runs, settings.openclaw);
  const install = { version, ...(signal && { signal }), ...(onInstall && { onProgress: onInstall }) };
  const { installed } = await installForProfile(install, profile);
  if (origin === undefined) return { outcome: 'upgraded', from: 'none', to: installed.version, running: false };
  if (installed.version === origin.version) {
    return { outcome: 'already-there', from: origin.version, to: origin.version, running: runs !== undefined };
  }
  let waited = false;
  const release = await acquireLock(upgradeLockPath(paths), ports, signal, (pid) => {
    waited = true;
    onInstall?.({ step: 'waiting', pid });
  });
  if (waited) {
    // Another upgrade ran while this one waited for the lock: read the current version again.
    release();
    return upgradeOpenClaw(options, profile);
  }
  try {
    return await new Upgrader(options, profile, origin, installed, ports).run(runs !== undefined);
  } finally {
    release();
  }
}

class Upgrader {
  readonly #options: UpgradeOptions;
  readonly #profile: ProfileRef;
  readonly #origin: Origin;
  readonly #installed: InstalledOpenClaw;
  readonly #ports: InstallPorts;
  readonly #paths: Paths;
  readonly #machine: Machine;
  readonly #trial: string;

  constructor(
    options: UpgradeOptions,
    profile: ProfileRef,
    origin: Origin,
    installed: InstalledOpenClaw,
    ports: InstallPorts,
  ) {
    this.#options = options;
    this.#profile = profile;
    this.#origin = origin;
    this.#installed = installed;
    this.#ports = ports;
    this.#paths = resolvePaths(profile);
    this.#machine = thisMachine(profile.env);
    this.#trial = join(this.#paths.data, 'trial');
  }

  async run(running: boolean): Promise<UpgradeResult> {
    const plan = await this.#plan();
    const { gateway, onProgress } = this.#options;
    const forward = (step: ForwardStep) => this.#runForwardStep(step, plan.place);
    const run = new UpgradeRun(plan, {
      gateway,
      ports: this.#ports,
      profile: this.#profile,
      onProgress,
      forward,
    });
    const end = await run.run(beginUpgrade(running));
    if (end.kind === 'failed') throw this.#problem(end, plan, running, run.quarantine);
    const { backup } = plan;
    const hasBackup = backup !== undefined && (await this.#ports.folders.exists(backup));
    return {
      outcome: 'upgraded',
      from: this.#origin.version,
      to: this.#installed.version,
      running: end.running,
      ...(hasBackup ? { backup } : {}),
    };
  }

  async #plan(): Promise<UpgradePlan> {
    const place = await locateConfig(undefined, this.#machine, this.#ports.files);
    const at = this.#ports.clock.wallTime();
    const { backups } = installLayout(this.#paths.data, this.#machine.platform);
    const stamp = new Date(at).toISOString().replaceAll(/[:.]/g, '-');
    const { version: target } = this.#installed;
    return {
      kind: 'upgrade',
      origin: this.#origin,
      target,
      place: { stateDir: place.stateDir, configPath: place.configPath },
      backup: join(backups, `${this.#profile.name}-${this.#origin.version}-${stamp}`),
      quarantine: quarantinePath(place, target, at),
      previousRecord: await recordFile(this.#paths.upgrade).load(),
    };
  }

  async #runForwardStep(step: ForwardStep, place: StateLocation): Promise<void> {
    const copy = copyLocation(this.#trial, place, join);
    switch (step) {
      case 'copy':
        await clearTrial(this.#paths, this.#ports);
        await this.#checkSpace(place);
        await copyState(place, copy, this.#ports.folders);
        return isolateLinks(copy.stateDir, place.stateDir);
      case 'try': {
        const installedNodes = (await listOpenClaws(this.#profile)).nodes.map(({ file }) => file);
        const trial = {
          installed: this.#installed,
          copy,
          installedNodes,
          ownershipFile: join(this.#trial, 'owner.json'),
        };
        await tryVersion(trial, this.#machine, this.#ports, this.#options.signal);
        return clearTrial(this.#paths, this.#ports);
      }
      case 'use':
        await selectOpenClaw(this.#installed.version, this.#profile);
        return;
      case 'start': {
        const runs = await this.#options.gateway.start();
        if (runs?.path === this.#installed.package.root) return;
        throw new Error(`the host started ${runs === undefined ? 'no OpenClaw' : runs.path} instead.`);
      }
      default:
        return step satisfies never;
    }
  }

  async #checkSpace({ stateDir }: StateLocation): Promise<void> {
    const { folders } = this.#ports;
    const { data } = this.#paths;
    const needed = await folders.usedBytes(stateDir);
    const free = await folders.freeBytes(data);
    if (free < needed)
      throw new Error(`a copy of the state has no room: ${noSpaceMessage({ needed, free, folder: data })}`);
  }

  #problem(
    { failure, end }: Extract<UpgradeOutcome, { kind: 'failed' }>,
    plan: UpgradePlan,
    runs: boolean,
    quarantine: string | undefined,
  ): GatewayError {
    const facts = {
      from: this.#origin.version,
      to: this.#installed.version,
      step: stepDescriptions[failure.step],
      reason: failure.reason,
      now: describeOutcome({ end, plan, runs, quarantine }),
    };
    return new GatewayError(describeProblem('openclaw.upgrade-failed', facts, this.#ports.clock.wallTime()));
  }
}

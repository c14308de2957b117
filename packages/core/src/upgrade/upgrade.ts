import { join } from 'node:path';
import { describeProblem } from '@deskclaw/protocol';
import { endOrphanOf } from '../host/orphan.ts';
import {
  checkNotOverruled,
  type ForProfile,
  installOpenClawHere,
  listOpenClaws,
  useOpenClaw,
} from '../managed/here.ts';
import type { InstallPorts, InstallProgress } from '../managed/install.ts';
import { diskProblem, noRoom } from '../managed/install-problems.ts';
import type { InstalledOpenClaw } from '../managed/inventory.ts';
import { type ManagedLayout, managedLayout } from '../managed/layout.ts';
import type { Machine } from '../managed/machine.ts';
import { machinePorts, thisMachine } from '../managed/on-this-machine.ts';
import { takeTurn } from '../managed/turn.ts';
import { locateConfig } from '../openclaw/config-location.ts';
import { recordFile } from '../ports/node/record-file.ts';
import { loadConfig } from '../profile/config.ts';
import { writeSetting } from '../profile/edit-config.ts';
import { type Paths, resolvePaths } from '../profile/paths.ts';
import { GatewayError } from '../rpc/gateway-error.ts';
import { type Origin, originOf } from './origin.ts';
import type { RunningGateway } from './running-gateway.ts';
import { copyPlace, copyState, restoreState, type StatePlace } from './state-copy.ts';
import { beginUpgrade, nextStep, type StepResult, type UpgradeState, type UpgradeStep } from './steps.ts';
import { tryVersion } from './trial.ts';
import { readUpgradeRecord, type UpgradeRecord } from './upgrade-record.ts';
import { reasonOf, standing, stepWords } from './upgrade-words.ts';

export interface UpgradeProgress {
  readonly step: UpgradeStep;
  readonly version: string;
}

export interface UpgradeWish {
  /** An exact version, or a tag; default `latest`. */
  readonly version?: string | undefined;
  readonly gateway: RunningGateway;
  /** Heeded until the running gateway is stopped; from then on only an end is an end. */
  readonly signal?: AbortSignal;
  readonly onInstall?: (progress: InstallProgress) => void;
  readonly onProgress?: (progress: UpgradeProgress) => void;
}

export interface Upgrade {
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
export async function upgradeOpenClaw(wish: UpgradeWish, who: ForProfile): Promise<Upgrade> {
  checkNotOverruled(who);
  const ports = machinePorts(who.env);
  const paths = resolvePaths(who);
  const { version, signal, onInstall, gateway } = wish;
  const { settings } = loadConfig(paths.config, who.profile, {});
  const origin = originOf(await listOpenClaws(who), gateway.runs, settings.openclaw);
  const install = { version, ...(signal && { signal }), ...(onInstall && { onProgress: onInstall }) };
  const { installed } = await installOpenClawHere(install, who);
  if (origin === undefined) return { outcome: 'upgraded', from: 'none', to: installed.version, running: false };
  if (installed.version === origin.version) {
    return { outcome: 'already-there', from: origin.version, to: origin.version, running: gateway.runs !== undefined };
  }
  const lock = join(paths.data, 'upgrade.lock');
  const release = await takeTurn(lock, ports, signal, (pid) => onInstall?.({ step: 'waiting', pid }));
  try {
    return await new Upgrader(wish, who, origin, installed, ports).run();
  } finally {
    release();
  }
}

class Upgrader {
  readonly #wish: UpgradeWish;
  readonly #who: ForProfile;
  readonly #origin: Origin;
  readonly #installed: InstalledOpenClaw;
  readonly #ports: InstallPorts;
  readonly #paths: Paths;
  readonly #machine: Machine;
  readonly #layout: ManagedLayout;
  readonly #trial: string;
  readonly #backup: string;
  #place: StatePlace = { stateDir: '', configPath: '' };

  constructor(wish: UpgradeWish, who: ForProfile, origin: Origin, installed: InstalledOpenClaw, ports: InstallPorts) {
    this.#wish = wish;
    this.#who = who;
    this.#origin = origin;
    this.#installed = installed;
    this.#ports = ports;
    this.#paths = resolvePaths(who);
    this.#machine = thisMachine(who.env);
    this.#layout = managedLayout(this.#paths.data, this.#machine.platform);
    this.#trial = join(this.#paths.data, 'trial');
    const stamp = new Date(ports.clock.wallTime()).toISOString().replaceAll(/[:.]/g, '-');
    this.#backup = join(this.#layout.backups, `${who.profile}-${origin.version}-${stamp}`);
  }

  async run(): Promise<Upgrade> {
    this.#place = await locateConfig(undefined, this.#machine, this.#ports.files);
    const earlier = await recordFile(this.#paths.upgrade).load();
    let state: UpgradeState = beginUpgrade(this.#wish.gateway.runs !== undefined);
    while (state.kind === 'doing') {
      this.#wish.onProgress?.({ step: state.step, version: this.#versionOf(state.step) });
      state = nextStep(state, await this.#attempt(state.step));
    }
    await this.#clearTrial();
    if (state.kind === 'failed') {
      if (typeof state.end === 'string') await this.#forget(earlier);
      throw this.#problem(state);
    }
    // The way back is to the version before this upgrade, no further.
    const outdated = readUpgradeRecord(earlier ?? '')?.backup;
    if (outdated !== undefined) await this.#ports.folders.remove(outdated);
    return {
      outcome: 'upgraded',
      from: this.#origin.version,
      to: this.#installed.version,
      running: state.running,
      ...(await this.#kept()),
    };
  }

  /** Nothing came of it: the way back is the one there was. */
  async #forget(earlier: string | undefined): Promise<void> {
    const file = recordFile(this.#paths.upgrade);
    await (earlier === undefined ? file.clear() : file.save(earlier));
    await this.#ports.folders.remove(this.#backup);
  }

  async #kept(): Promise<{ readonly backup?: string }> {
    return (await this.#ports.folders.exists(this.#backup)) ? { backup: this.#backup } : {};
  }

  #versionOf(step: UpgradeStep): string {
    return step === 'stop' || step === 'use-old' || step === 'start-old'
      ? this.#origin.version
      : this.#installed.version;
  }

  async #attempt(step: UpgradeStep): Promise<StepResult> {
    try {
      await this.#carryOut(step);
      return { ok: true };
    } catch (error) {
      return { ok: false, reason: reasonOf(diskProblem(error, this.#paths.data, this.#ports.clock.wallTime())) };
    }
  }

  async #carryOut(step: UpgradeStep): Promise<void> {
    const { gateway } = this.#wish;
    const { folders } = this.#ports;
    const backup = copyPlace(this.#backup, this.#place, join);
    switch (step) {
      case 'copy': {
        await this.#clearTrial();
        await this.#makeRoom();
        return copyState(this.#place, copyPlace(this.#trial, this.#place, join), folders);
      }
      case 'try': {
        const copy = copyPlace(this.#trial, this.#place, join);
        const keptNodes = (await listOpenClaws(this.#who)).nodes.map(({ file }) => file);
        const trial = { installed: this.#installed, copy, keptNodes, ownershipFile: join(this.#trial, 'owner.json') };
        await tryVersion(trial, this.#machine, this.#ports, this.#wish.signal);
        return this.#clearTrial();
      }
      case 'stop':
      case 'stop-new':
        return gateway.stop();
      case 'keep':
        await copyState(this.#place, backup, folders);
        return this.#record();
      case 'use':
        await useOpenClaw(this.#installed.version, this.#who);
        return;
      case 'start': {
        const runs = await gateway.start();
        if (runs?.path === this.#installed.package.root) return;
        throw new Error(`the host started ${runs === undefined ? 'no OpenClaw' : runs.path} instead.`);
      }
      case 'start-old':
        await gateway.start();
        return;
      case 'restore': {
        const aside = `${this.#place.stateDir}.of-${this.#installed.version}-${String(this.#ports.clock.wallTime())}`;
        await restoreState(backup, this.#place, aside, folders);
        return;
      }
      case 'use-old':
        writeSetting(this.#paths.config, this.#who.profile, 'openclaw', this.#origin.setting);
        return;
      default:
        return step satisfies never;
    }
  }

  /** Ends and removes what a trial left, this one's or one's that was killed. */
  async #clearTrial(): Promise<void> {
    await endOrphanOf(join(this.#trial, 'owner.json'), this.#ports.clock, { force: true });
    await this.#ports.folders.remove(this.#trial);
  }

  async #makeRoom(): Promise<void> {
    const { folders } = this.#ports;
    const { data } = this.#paths;
    const needed = await folders.usedBytes(this.#place.stateDir);
    const free = await folders.freeBytes(data);
    if (free < needed) throw new Error(`a copy of the state has no room: ${noRoom({ needed, free, folder: data })}`);
  }

  async #record(): Promise<void> {
    const record: UpgradeRecord = {
      from: this.#origin.version,
      to: this.#installed.version,
      before: this.#origin.setting,
      at: this.#ports.clock.wallTime(),
      ...(await this.#kept()),
    };
    await recordFile(this.#paths.upgrade).save(`${JSON.stringify(record)}\n`);
  }

  #problem({ failure, end }: Extract<UpgradeState, { kind: 'failed' }>): GatewayError {
    const { version } = this.#origin;
    const runs = this.#wish.gateway.runs !== undefined;
    const facts = {
      from: version,
      to: this.#installed.version,
      step: stepWords[failure.step],
      reason: failure.reason,
      now: standing(end, version, runs, this.#backup),
    };
    return new GatewayError(describeProblem('openclaw.upgrade-failed', facts, this.#ports.clock.wallTime()));
  }
}

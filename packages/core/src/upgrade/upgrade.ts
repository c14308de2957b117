import { join } from 'node:path';
import { type CutOffEnd, describeProblem } from '@deskclaw/protocol';
import { GatewayError } from '../errors/gateway-error.ts';
import type { RunningGateway } from '../host/running-gateway.ts';
import {
  checkNotOverruled,
  type ForProfile,
  installOpenClawHere,
  listOpenClaws,
  useOpenClaw,
} from '../managed/here.ts';
import type { InstallPorts, InstallProgress } from '../managed/install.ts';
import { noRoom } from '../managed/install-problems.ts';
import type { InstalledOpenClaw } from '../managed/inventory.ts';
import { managedLayout } from '../managed/layout.ts';
import type { Machine } from '../managed/machine.ts';
import { machinePorts, thisMachine } from '../managed/on-this-machine.ts';
import { takeTurn } from '../managed/turn.ts';
import { locateConfig } from '../openclaw/config-location.ts';
import { recordFile } from '../ports/node/record-file.ts';
import { loadConfig } from '../profile/config.ts';
import { type Paths, resolvePaths } from '../profile/paths.ts';
import { type Origin, originOf } from './origin.ts';
import { settleUpgrade, upgradeLock } from './settle.ts';
import { asideOf, copyPlace, copyState, type StatePlace } from './state-copy.ts';
import { beginUpgrade, type UpgradeEnd } from './steps.ts';
import { tryVersion } from './trial.ts';
import type { Undertaking } from './undertaking.ts';
import { type AheadStep, clearTrial, type UpgradeProgress, UpgradeRun } from './upgrade-run.ts';
import { standing, stepWords } from './upgrade-words.ts';

export interface UpgradeWish {
  /** An exact version, or a tag; default `latest`. */
  readonly version?: string | undefined;
  readonly gateway: RunningGateway;
  /** Hears of an upgrade or a rollback that was cut off, and is ended first. */
  readonly onCutOff?: (end: CutOffEnd) => void;
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
  const cutOff = await settleUpgrade({ gateway, ...(signal && { signal }) }, who);
  if (cutOff !== undefined) wish.onCutOff?.(cutOff);
  const { settings } = loadConfig(paths.config, who.profile, {});
  const runs = await gateway.runs();
  const origin = originOf(await listOpenClaws(who), runs, settings.openclaw);
  const install = { version, ...(signal && { signal }), ...(onInstall && { onProgress: onInstall }) };
  const { installed } = await installOpenClawHere(install, who);
  if (origin === undefined) return { outcome: 'upgraded', from: 'none', to: installed.version, running: false };
  if (installed.version === origin.version) {
    return { outcome: 'already-there', from: origin.version, to: origin.version, running: runs !== undefined };
  }
  let waited = false;
  const release = await takeTurn(upgradeLock(paths), ports, signal, (pid) => {
    waited = true;
    onInstall?.({ step: 'waiting', pid });
  });
  if (waited) {
    // Whoever was at it has changed what this one comes from, or died over it.
    release();
    return upgradeOpenClaw(wish, who);
  }
  try {
    return await new Upgrader(wish, who, origin, installed, ports).run(runs !== undefined);
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
  readonly #trial: string;

  constructor(wish: UpgradeWish, who: ForProfile, origin: Origin, installed: InstalledOpenClaw, ports: InstallPorts) {
    this.#wish = wish;
    this.#who = who;
    this.#origin = origin;
    this.#installed = installed;
    this.#ports = ports;
    this.#paths = resolvePaths(who);
    this.#machine = thisMachine(who.env);
    this.#trial = join(this.#paths.data, 'trial');
  }

  async run(running: boolean): Promise<Upgrade> {
    const undertaking = await this.#undertaking();
    const { gateway, onProgress } = this.#wish;
    const ahead = (step: AheadStep) => this.#goAhead(step, undertaking.place);
    const run = new UpgradeRun(undertaking, { gateway, ports: this.#ports, who: this.#who, onProgress, ahead });
    const end = await run.toItsEnd(beginUpgrade(running));
    if (end.kind === 'failed') throw this.#problem(end, undertaking, running, run.aside);
    const { backup } = undertaking;
    const kept = backup !== undefined && (await this.#ports.folders.exists(backup));
    return {
      outcome: 'upgraded',
      from: this.#origin.version,
      to: this.#installed.version,
      running: end.running,
      ...(kept ? { backup } : {}),
    };
  }

  async #undertaking(): Promise<Undertaking> {
    const place = await locateConfig(undefined, this.#machine, this.#ports.files);
    const at = this.#ports.clock.wallTime();
    const { backups } = managedLayout(this.#paths.data, this.#machine.platform);
    const stamp = new Date(at).toISOString().replaceAll(/[:.]/g, '-');
    const { version: other } = this.#installed;
    return {
      kind: 'upgrade',
      origin: this.#origin,
      other,
      place: { stateDir: place.stateDir, configPath: place.configPath },
      backup: join(backups, `${this.#who.profile}-${this.#origin.version}-${stamp}`),
      aside: asideOf(place, other, at),
      earlier: await recordFile(this.#paths.upgrade).load(),
    };
  }

  async #goAhead(step: AheadStep, place: StatePlace): Promise<void> {
    const copy = copyPlace(this.#trial, place, join);
    switch (step) {
      case 'copy':
        await clearTrial(this.#paths, this.#ports);
        await this.#makeRoom(place);
        return copyState(place, copy, this.#ports.folders);
      case 'try': {
        const keptNodes = (await listOpenClaws(this.#who)).nodes.map(({ file }) => file);
        const trial = { installed: this.#installed, copy, keptNodes, ownershipFile: join(this.#trial, 'owner.json') };
        await tryVersion(trial, this.#machine, this.#ports, this.#wish.signal);
        return clearTrial(this.#paths, this.#ports);
      }
      case 'use':
        await useOpenClaw(this.#installed.version, this.#who);
        return;
      case 'start': {
        const runs = await this.#wish.gateway.start();
        if (runs?.path === this.#installed.package.root) return;
        throw new Error(`the host started ${runs === undefined ? 'no OpenClaw' : runs.path} instead.`);
      }
      default:
        return step satisfies never;
    }
  }

  async #makeRoom({ stateDir }: StatePlace): Promise<void> {
    const { folders } = this.#ports;
    const { data } = this.#paths;
    const needed = await folders.usedBytes(stateDir);
    const free = await folders.freeBytes(data);
    if (free < needed) throw new Error(`a copy of the state has no room: ${noRoom({ needed, free, folder: data })}`);
  }

  #problem(
    { failure, end }: Extract<UpgradeEnd, { kind: 'failed' }>,
    undertaking: Undertaking,
    runs: boolean,
    aside: string | undefined,
  ): GatewayError {
    const facts = {
      from: this.#origin.version,
      to: this.#installed.version,
      step: stepWords[failure.step],
      reason: failure.reason,
      now: standing({ end, undertaking, runs, aside }),
    };
    return new GatewayError(describeProblem('openclaw.upgrade-failed', facts, this.#ports.clock.wallTime()));
  }
}

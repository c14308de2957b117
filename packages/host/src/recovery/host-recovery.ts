import { existsSync, readFileSync } from 'node:fs';
import type { Clock, Environment, GatewayManager, GatewayStatus } from '@deskclaw/core';
import {
  type Cancel,
  type LadderFailure,
  nodeFiles,
  RecoveryLadder,
  type RecoveryReport,
  readStoredLadder,
  type StepResult,
  type StoredLadder,
} from '@deskclaw/core/internal';
import { hasChannels, locateConfig } from '@deskclaw/openclaw';
import {
  type ExitCause,
  isObject,
  type ProblemCode,
  type RecoveryStatus,
  type RecoveryStep,
  recoverySteps,
} from '@deskclaw/protocol';
import { thisMachine } from '../install/node-ports.ts';
import type { Settings } from '../profile/config.ts';
import { readJsonFile, writeJsonFile } from '../profile/json-file.ts';
import type { Paths } from '../profile/paths.ts';
import { withOwnProfile } from '../profile/start-command.ts';
import { assertRollbackPossible, rollbackOpenClaw } from '../upgrade/rollback-command.ts';
import { readUpgradeRecord, type UpgradeRecord } from '../upgrade/upgrade-journal.ts';
import type { GatewayControl } from '../upgrade/upgrade-run.ts';
import { KnownGoodConfig } from './known-good.ts';

/** The gateway stayed up for so long: its configuration is kept as good. */
const STABLE_MS = 60_000;
/** A new version may break later than a configuration does. */
const VERSION_TRIAL_MS = 300_000;
/** How often a change by hand of the configuration of a running gateway is looked for. */
const LOOK_EVERY_MS = 10_000;

export interface HostRecoveryDeps {
  readonly clock: Clock;
  readonly env: Environment;
  readonly paths: Paths;
  readonly manager: Pick<GatewayManager, 'start' | 'restart' | 'stop' | 'getStatus'>;
  readonly settings: () => Settings;
  /** Whether the gateway is an OpenClaw; nothing is known of the configuration and versions of other programs. */
  readonly isOpenClaw: () => boolean;
  /** Called before the ladder itself stops or starts the gateway. */
  readonly onOwnAct: () => void;
  readonly report: (report: RecoveryReport) => void;
  readonly changedStatus: () => void;
  readonly log: (level: 'info' | 'warn', text: string) => void;
}

/** Where the OpenClaw of the last start has its configuration, and its version. */
export interface LaunchedOpenClaw {
  readonly configPath: string;
  readonly version: string;
}

interface StoredRecovery {
  readonly channelsOff: boolean;
  /** When the upgrade was made that has proved itself, epoch ms. */
  readonly provenUpgrade: number | undefined;
  readonly ladder: StoredLadder | undefined;
}

const nothingStored: StoredRecovery = { channelsOff: false, provenUpgrade: undefined, ladder: undefined };

/** What may be cured by another configuration, by fewer channels or by another version. */
const curableProblems: ReadonlySet<ProblemCode> = new Set([
  'crash.loop',
  'gateway.exited',
  'gateway.start-timeout',
  'gateway.unresponsive',
]);
/** Exits whose causes lie outside the gateway and its settings. */
const foreignExits: ReadonlySet<ExitCause> = new Set([
  'requested',
  'port-in-use',
  'runtime',
  'not-started',
  'managed-elsewhere',
  'newer-state',
  'state-locked',
]);

/** Whether no step can help against what ended the process. */
function isForeignExit({ cause }: { readonly cause: ExitCause }): boolean {
  return foreignExits.has(cause);
}

/** Of a single failed start, a kill from outside or a want of memory says nothing either. */
function failedByChance({ problem, lastExit }: Pick<GatewayStatus, 'problem' | 'lastExit'>): boolean {
  if (lastExit === undefined || (problem?.code !== 'gateway.exited' && problem?.code !== 'crash.loop')) return false;
  const isKill = lastExit.cause === 'killed' || lastExit.cause === 'out-of-memory';
  return isForeignExit(lastExit) || (isKill && problem.code === 'gateway.exited');
}

/** Returns what an earlier host stored; `undefined` if none did. */
function readStored(path: string): StoredRecovery | undefined {
  const value = readJsonFile(path);
  if (!isObject(value)) return undefined;
  const { channelsOff, provenUpgrade, ladder } = value;
  return {
    channelsOff: channelsOff === true,
    provenUpgrade: typeof provenUpgrade === 'number' ? provenUpgrade : undefined,
    ladder: ladder === undefined ? undefined : readStoredLadder(JSON.stringify(ladder)),
  };
}

/** The recovery ladder of a host: OpenClaw's steps, what is known to work, and what the next host has to know. */
export class HostRecovery {
  readonly #deps: HostRecoveryDeps;
  readonly #ladder: RecoveryLadder;
  readonly #knownGood: KnownGoodConfig;
  #stored: StoredRecovery;
  #launched: LaunchedOpenClaw | undefined;
  #cancelLook: Cancel | undefined;
  #closed = false;

  constructor(deps: HostRecoveryDeps) {
    this.#deps = deps;
    const { clock, paths } = deps;
    const stored = readStored(paths.recovery);
    this.#stored = stored ?? nothingStored;
    // An upgrade from before there was a ladder, or whose trial is not on record, is not undone by itself.
    const earlier = stored === undefined ? this.#upgradeOnTrial() : undefined;
    if (earlier !== undefined) this.#save({ provenUpgrade: earlier.at });
    this.#knownGood = new KnownGoodConfig(paths.knownGood, clock);
    this.#ladder = new RecoveryLadder(
      {
        clock,
        policy: () => this.#policy(),
        take: (step) => this.#take(step),
        start: (cause) => {
          // A rollback that was cut off has to be finished first: a start would run one version on the state of another.
          if (existsSync(paths.upgradeJournal)) return Promise.reject(new Error('An upgrade is not finished.'));
          deps.onOwnAct();
          return deps.manager.restart({ cause });
        },
        changed: () => this.#changed(),
        prove: () => this.#prove(),
        failureOf: (status) => this.#failureOf(status),
        isForeignExit,
        isSuspended: () => existsSync(paths.upgradeJournal),
        report: deps.report,
        changedStatus: deps.changedStatus,
        save: (ladder) => this.#save({ ladder }),
      },
      this.#stored.ladder,
    );
    this.#look();
  }

  /** Whether the next start leaves the channels out. */
  get areChannelsOff(): boolean {
    return this.#stored.channelsOff;
  }

  get status(): RecoveryStatus | undefined {
    const { status } = this.#ladder;
    if (!this.areChannelsOff) return status;
    const message = `The gateway runs without its channels, because it did not stay up with them. ${this.#channelsOn()}`;
    const shown = status ?? { state: 'recovered', at: Math.round(this.#deps.clock.wallTime()), message };
    return { ...shown, channelsOff: true };
  }

  /** What the steps did since the last proof or request, in sentences. */
  get account(): string | undefined {
    return this.#ladder.account;
  }

  get isBusy(): boolean {
    return this.#ladder.isBusy;
  }

  settled(): Promise<void> {
    return this.#ladder.settled();
  }

  noteStatus(status: GatewayStatus): void {
    this.#ladder.noteStatus(status);
  }

  noteUser(want: 'up' | 'down'): void {
    this.#ladder.noteUser(want);
  }

  noteLaunch(launched: LaunchedOpenClaw | undefined): void {
    this.#launched = launched;
  }

  /** Takes the step that waits for the user. Resolves when it and the start after it are done; `false`: none waits. */
  async accept(): Promise<boolean> {
    if (!this.#ladder.accept()) return false;
    await this.settled();
    return true;
  }

  /** Lets the next start use the channels again. Returns whether they were off. */
  allowChannels(): boolean {
    if (!this.areChannelsOff) return false;
    this.#save({ channelsOff: false });
    this.#deps.changedStatus();
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#cancelLook?.();
    this.#ladder.close();
  }

  #policy() {
    const { configuration, channels, version, stableMs, versionTrialMs } = this.#deps.settings().recovery ?? {};
    const offers = this.#deps.isOpenClaw();
    const consent = {
      configuration: offers ? (configuration ?? 'auto') : 'never',
      channels: offers ? (channels ?? 'auto') : 'never',
      version: offers ? (version ?? 'auto') : 'never',
    } as const;
    return { consent, stableMs: stableMs ?? STABLE_MS, versionTrialMs: versionTrialMs ?? VERSION_TRIAL_MS };
  }

  #failureOf(status: Pick<GatewayStatus, 'problem' | 'lastExit'>): LadderFailure | undefined {
    const { problem } = status;
    if (problem === undefined) return undefined;
    // The first line has the gateway's own last words.
    const reason = problem.detail.split('\n', 1)[0] ?? problem.title;
    // Of DeskClaw's own settings too; only OpenClaw's file can be put back.
    if (problem.code === 'config.invalid')
      return this.#knownGood.isNamedIn(problem.detail) ? { kind: 'configuration', reason } : undefined;
    if (!curableProblems.has(problem.code) || failedByChance(status)) return undefined;
    return { kind: 'process', reason };
  }

  #save(change: Partial<StoredRecovery>): void {
    this.#stored = { ...this.#stored, ...change };
    try {
      writeJsonFile(this.#deps.paths.recovery, this.#stored);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#deps.log('warn', `What recovery did cannot be stored: ${why}`);
    }
  }

  /** Looks for changes by hand while nothing is on trial. */
  #look(): void {
    this.#cancelLook = this.#deps.clock.schedule(LOOK_EVERY_MS, () => {
      if (this.#closed) return;
      if (this.#ladder.state.name === 'resting' && this.#launched !== undefined) this.#ladder.recheck();
      this.#look();
    });
  }

  #upgradeOnTrial(): UpgradeRecord | undefined {
    try {
      const record = readUpgradeRecord(readFileSync(this.#deps.paths.upgrade, 'utf8'));
      return record === undefined || record.at === this.#stored.provenUpgrade ? undefined : record;
    } catch {
      return undefined;
    }
  }

  #changed(): readonly RecoveryStep[] {
    const launched = this.#launched;
    if (launched === undefined || !this.#deps.isOpenClaw()) return [];
    const changed: Readonly<Record<RecoveryStep, boolean>> = {
      configuration: this.#knownGood.isChanged(launched.configPath),
      channels: false,
      version: this.#upgradeOnTrial()?.to === launched.version,
    };
    return recoverySteps.filter((step) => changed[step]);
  }

  #prove(): void {
    const launched = this.#launched;
    if (launched === undefined) return;
    try {
      this.#knownGood.keep(launched.configPath);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#deps.log('warn', `The configuration cannot be kept as one that works: ${why}`);
    }
    const upgrade = this.#upgradeOnTrial();
    if (upgrade?.to === launched.version) this.#save({ provenUpgrade: upgrade.at });
  }

  #take(step: RecoveryStep): Promise<StepResult> {
    switch (step) {
      case 'configuration':
        return this.#restoreConfiguration();
      case 'channels':
        return this.#suppressChannels();
      case 'version':
        return this.#rollBack();
      default:
        return step satisfies never;
    }
  }

  async #restoreConfiguration(): Promise<StepResult> {
    const { configPath } = await locateConfig(undefined, thisMachine(this.#deps.env), nodeFiles);
    return this.#knownGood.restore(configPath, () => this.isBusy);
  }

  async #suppressChannels(): Promise<StepResult> {
    if (this.areChannelsOff) return { kind: 'skipped', why: 'The channels are off already.' };
    const { configPath } = await locateConfig(undefined, thisMachine(this.#deps.env), nodeFiles);
    const text = await nodeFiles.read(configPath);
    if (text === undefined || !hasChannels(text)) return { kind: 'skipped', why: 'No channels are configured.' };
    this.#save({ channelsOff: true });
    return { kind: 'done', did: `DeskClaw starts the gateway without its channels. ${this.#channelsOn()}` };
  }

  #channelsOn(): string {
    return withOwnProfile('To switch them on again: deskclaw recover --channels-on', this.#deps.paths.profile);
  }

  /** Only an upgrade that has not proved itself is undone: what was received since would leave the conversation. */
  async #rollBack(): Promise<StepResult> {
    const { paths, env, manager, onOwnAct } = this.#deps;
    const profile = { name: paths.profile, env };
    const upgrade = this.#upgradeOnTrial();
    if (upgrade === undefined || upgrade.to !== this.#launched?.version)
      return { kind: 'skipped', why: 'No upgrade is on trial.' };
    // Before the gateway is stopped: one that crashes now and then is better than none.
    await assertRollbackPossible(profile);
    onOwnAct();
    const { outcome } = await manager.stop({ cause: `Recovery: OpenClaw ${upgrade.to} is left.` });
    if (outcome === 'superseded' || !this.isBusy) return { kind: 'skipped', why: 'Another request came first.' };
    // The ladder starts it afterwards, unless a user wants it stopped by then.
    const gateway: GatewayControl = {
      runningProgram: () => Promise.resolve(undefined),
      stop: () => Promise.resolve(),
      start: () => Promise.resolve(undefined),
    };
    const options = { gateway, keepState: false, upgradedAt: upgrade.at };
    const { from, to, quarantine } = await rollbackOpenClaw(options, profile).catch((error: unknown) => {
      // Nothing was changed: the gateway that was stopped for it is supervised on.
      if (this.isBusy && !existsSync(paths.upgradeJournal)) void manager.start().catch(() => undefined);
      throw error;
    });
    const storedAt =
      quarantine === undefined
        ? ''
        : ` What ${from} made of the state, newer messages included, is kept at ${quarantine}.`;
    return {
      kind: 'done',
      did: `DeskClaw went back from OpenClaw ${from} to ${to}, on the state as ${to} left it.${storedAt}`,
    };
  }
}

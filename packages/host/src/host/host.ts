import {
  type Clock,
  ControlClient,
  type Environment,
  type FrameChannel,
  GatewayError,
  nodeClock,
  type PipeEnds,
  type SecretStore,
} from '@deskclaw/core';
import { memoryChannel, type RecoveryReport, WallTimes } from '@deskclaw/core/internal';
import {
  CONTROL_PROTOCOL,
  describeProblem,
  type GatewayStatus,
  type HostInfo,
  type InterruptedUpgrade,
} from '@deskclaw/protocol';
import { type Alerts, hostAlerts } from '../alerts/alerts.ts';
import { ControlServer } from '../control/server.ts';
import { type LoadedConfig, loadConfig } from '../profile/config.ts';
import { readOrphan } from '../profile/orphan.ts';
import { assertOwnFolders } from '../profile/own-folders.ts';
import { type Paths, resolvePaths } from '../profile/paths.ts';
import { TimeoutSecretStore } from '../profile/timeout-secret-store.ts';
import { HostRecovery } from '../recovery/host-recovery.ts';
import { resumeInterruptedUpgrade } from '../upgrade/resume-interrupted.ts';
import { ControlEndpoints } from './control-endpoints.ts';
import { Dashboard } from './dashboard.ts';
import { DEFAULT_SESSION_IDLE_MS } from './dashboard-sessions.ts';
import { noKeyring } from './host-device.ts';
import { createHostHandlers } from './host-handlers.ts';
import { HostLog, redactStatus } from './host-log.ts';
import { HostMetrics } from './host-metrics.ts';
import { HostPresence } from './host-presence.ts';
import { ProfileGateway } from './profile-gateway.ts';
import { acquireProfileLock } from './profile-lock.ts';
import type { BuiltinProgram } from './resolve-launch.ts';
import { isOutdated, type ResumeUpgrade, UpgradeResumer } from './upgrade-resumer.ts';

/** Longer than most interruptions. */
const SAVE_STEPS_MS = 15_000;
const METRICS_INTERVAL_MS = 5_000;

export interface HostOptions {
  readonly profile: string;
  readonly env: Environment;
  readonly kind: HostInfo['kind'];
  readonly version: string;
  /** How the built-in gateway is started on this installation. */
  readonly builtinGateway: BuiltinProgram;
  /** The host before us handed its gateway over, and its pipes with it (descriptors 3 to 5). Default false. */
  readonly inheritsPipes?: boolean;
  /** Finishes or undoes an interrupted upgrade. Default: `resumeInterruptedUpgrade`. */
  readonly resumeUpgrade?: ResumeUpgrade;
  /** The keyring of this system (`osKeyring`), for the key of the device. Default: none, and it is kept in its file. */
  readonly keyring?: SecretStore;
  /** The built dashboard's folder. Default: none, and `host.openDashboard` says so. */
  readonly webRoot?: string;
}

/** Methods by which a client makes a request of its own, for the journal. */
const requestMethods: ReadonlySet<string> = new Set([
  'gateway.start',
  'gateway.stop',
  'gateway.restart',
  'gateway.recover',
]);

/**
 * Owner of a profile's gateway; one process per profile. All clients, including those in the same process, use the
 * control API.
 */
export class Host {
  readonly info: HostInfo;
  /** Resolves when the gateway is stopped and every door closed. */
  readonly closed: Promise<void>;
  readonly #clock: Clock = nodeClock;
  readonly #paths: Paths;
  readonly #release: () => void;
  readonly #log: HostLog;
  readonly #gateway: ProfileGateway;
  readonly #server: ControlServer;
  readonly #presence: HostPresence;
  readonly #endpoints: ControlEndpoints;
  readonly #dashboard: Dashboard;
  readonly #metrics: HostMetrics;
  #cancelMetrics: (() => void) | undefined;
  #cancelSaving: (() => void) | undefined;
  readonly #alerts: Alerts;
  readonly #upgradeResumer: UpgradeResumer;
  readonly #recovery: HostRecovery;
  readonly #finish: PromiseWithResolvers<void> = Promise.withResolvers();
  #interruptedUpgrade: InterruptedUpgrade | undefined;
  /** Monotonic ms. */
  readonly #startedAt = this.#clock.now();
  readonly #wallTimes = new WallTimes(this.#clock);
  #shutdown: Promise<void> | undefined;
  #isShuttingDown = false;

  private constructor(options: HostOptions, paths: Paths, config: LoadedConfig, release: () => void) {
    this.#paths = paths;
    this.#release = release;
    this.closed = this.#finish.promise;
    this.info = {
      pid: process.pid,
      version: options.version,
      controlProtocol: CONTROL_PROTOCOL,
      startedAt: this.#wallTimes.of(this.#startedAt),
      profile: options.profile,
      stateFolder: paths.state,
      kind: options.kind,
    };
    this.#log = new HostLog(paths, this.#clock, {
      onLog: (record) => this.#server.publish('log', record),
      onJournal: (record) => this.#server.publish('timeline', record),
    });
    this.#presence = new HostPresence({
      path: paths.hostSeen,
      clock: this.#clock,
      info: this.info,
      record: (record) => this.#log.journal.add(record),
      lastRecordAt: () => this.#log.journal.lastAt,
      log: (text) => this.#log.log('warn', text),
    });
    this.#endpoints = new ControlEndpoints({
      sockets: [paths.stateSocket, paths.socket],
      version: options.version,
      clock: this.#clock,
      onChannel: (channel) => this.#server.serve(channel),
      log: (level, text) => this.#log.log(level, text),
    });
    // One for all that ask it, so that no second prompt appears on top of the first.
    const keyring = new TimeoutSecretStore(options.keyring ?? noKeyring, this.#clock);
    const gatewayOptions = { ...options, keyring };
    this.#gateway = new ProfileGateway(gatewayOptions, {
      paths,
      config,
      log: this.#log,
      clock: this.#clock,
      onLaunch: (program) => {
        if (this.#interruptedUpgrade !== undefined && isOutdated(this.#interruptedUpgrade, program))
          this.#interruptedUpgrade = undefined;
      },
      onPlan: (plan) => this.#recovery.noteLaunch(plan),
      areChannelsOff: () => this.#recovery.areChannelsOff,
    });
    this.#dashboard = new Dashboard({
      root: options.webRoot,
      paths,
      clock: this.#clock,
      sessionIdleMs: () => this.#gateway.settings.dashboard?.sessionIdleMs ?? DEFAULT_SESSION_IDLE_MS,
      onChannel: (channel) => this.#server.serve(channel, 'page'),
      log: (level, text) => this.#log.log(level, text),
    });
    const { manager } = this.#gateway;
    this.#metrics = new HostMetrics({
      clock: this.#clock,
      version: options.version,
      startedAt: this.#startedAt,
      manager,
      clients: () => this.#server.clients,
    });
    this.#alerts = hostAlerts({
      clock: this.#clock,
      env: options.env,
      profile: options.profile,
      settings: (read) => this.#gateway.alertSettings(read),
      log: this.#log,
    });
    this.#upgradeResumer = new UpgradeResumer({
      resume:
        options.resumeUpgrade ??
        ((gateway, restart) =>
          resumeInterruptedUpgrade({ gateway, restart }, { name: options.profile, env: options.env })),
      journal: paths.upgradeJournal,
      gateway: () => {
        const before = this.#gateway.stops;
        return {
          runningProgram: () => Promise.resolve(this.#gateway.program),
          stop: async () => {
            await manager.stop();
          },
          start: async () => {
            this.#checkNotStopped(before);
            await manager.start();
            return this.#gateway.program;
          },
        };
      },
      clock: this.#clock,
      onResult: (end) => this.#recordInterruptedUpgrade(end),
      onError: (error) => this.#log.log('error', error instanceof GatewayError ? error.problem.detail : String(error)),
    });
    this.#recovery = new HostRecovery({
      clock: this.#clock,
      env: options.env,
      paths,
      manager,
      settings: () => this.#gateway.settings,
      isOpenClaw: () => this.#gateway.choice.kind === 'openclaw',
      onOwnAct: () => {
        this.#gateway.client = 'recovery';
      },
      report: (report) => this.#recordRecovery(report),
      changedStatus: () => this.#publishStatus(manager.getStatus()),
      log: (level, text) => this.#log.log(level, text),
    });
    const { redactor } = this.#log;
    this.#server = new ControlServer({
      clock: this.#clock,
      redact: (value) => redactor.value(value),
      onDisconnect: () => void this.#upgradeResumer.watch(),
      onSubscribe: (topics) => {
        if (topics.includes('metrics')) this.#publishMetrics();
      },
      onRequest: (client, method) => {
        if (requestMethods.has(method)) this.#gateway.client = client;
      },
      onFault: (error) =>
        this.#log.log(
          'error',
          `A request failed inside: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        ),
      handlers: createHostHandlers({
        info: () => this.#currentInfo(),
        finishPendingUpgrade: () => this.#finishPendingUpgrade(),
        manager,
        status: () => this.#describe(manager.getStatus()),
        logs: this.#log.logs,
        journal: this.#log.journal,
        config: () => this.#gateway.reload(),
        repeatedRequest: () => this.#gateway.repeatedRequest(),
        request: () => this.#gateway.request,
        settings: () => this.#gateway.settings,
        isShuttingDown: () => this.#isShuttingDown,
        choice: () => this.#gateway.choice,
        setRequest: (request) => this.#gateway.setRequest(request),
        stop: (stopping) => this.#gateway.stop(stopping),
        dashboard: this.#dashboard,
        metrics: this.#metrics,
        env: options.env,
        keyring,
        saveSteps: async () => {
          await this.#log.steps.save({ all: true });
          return { path: paths.steps };
        },
        recovery: this.#recovery,
        doctor: async () => (await import('./run-doctor.ts')).runDoctor({ name: options.profile, env: options.env }),
        rotateToken: () => this.#gateway.rotateToken(),
        beginShutdown: () => {
          this.#isShuttingDown = true;
        },
        shutdown: (force) => {
          void this.shutdown({ force });
        },
        clock: this.#clock,
      }),
    });
    manager.on('status', (status) => {
      // First: alerts and clients are to know whether a step follows.
      this.#recovery.noteStatus(status);
      this.#publishStatus(status);
    });
    manager.on('notification', ({ method, params }) =>
      this.#server.publish('gateway.notification', { method, params: redactor.withoutKnown(params) }),
    );
    manager.on('health', (report) => this.#server.publish('health', report));
    for (const warning of config.warnings) this.#log.log('warn', warning);
  }

  static async start(options: HostOptions): Promise<Host> {
    const paths = resolvePaths({ name: options.profile, env: options.env });
    assertOwnFolders(paths, options.env);
    const config = loadConfig(paths.config, options.profile, options.env);
    const release = await acquireProfileLock(paths);
    try {
      const host = new Host(options, paths, config, release);
      await host.#endpoints.openSockets();
      host.#presence.begin();
      host.#log.log('info', `Host ${options.version} (pid ${String(process.pid)}) owns profile "${options.profile}"`);
      void host.#dashboard.resume();
      void host.#serveMetrics(config.settings.metrics?.port);
      host.#adoptOrphan();
      return host;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Opens a channel within this process to the control API. */
  channel(): FrameChannel {
    const [ours, theirs] = memoryChannel();
    this.#server.serve(ours, 'own-program');
    return theirs;
  }

  client(): ControlClient {
    return new ControlClient(this.channel(), { clock: this.#clock });
  }

  /** Stops the gateway (`force`: without waiting for it), closes all endpoints and unlocks the profile. Joins a shutdown under way. */
  shutdown(options: { readonly force?: boolean } = {}): Promise<void> {
    if (options.force === true && this.#shutdown !== undefined)
      void this.#gateway.manager.stop({ force: true }).catch(() => undefined);
    this.#isShuttingDown = true;
    this.#shutdown ??= this.#stopAndClose(options);
    return this.#shutdown;
  }

  /**
   * Leaves the gateway running to another host, which `successor` starts with these pipes to inherit; closes every door and lets
   * go of the profile before. Resolves with what that resolves with; `undefined`: no gateway runs that could be left, and nothing
   * has changed.
   */
  async handOver<T>(successor: (pipes: PipeEnds | undefined) => Promise<T>): Promise<T | undefined> {
    const left = this.#shutdown === undefined ? this.#gateway.manager.handOver() : undefined;
    if (left === undefined) return undefined;
    this.#log.log('info', 'Host hands its gateway over to another');
    this.#shutdown = left.recorded.then(() => this.#close('It handed its gateway over to another host.'));
    await this.#shutdown;
    try {
      return await successor(left.pipeEnds);
    } finally {
      left.pipeEnds?.release();
      // The gateway may have printed while it changed hands.
      await this.#log.logs.flush();
    }
  }

  async #stopAndClose(options: { readonly force?: boolean }): Promise<void> {
    // A step under way must start nothing after the stop.
    this.#recovery.close();
    this.#gateway.client = 'shutdown';
    await this.#gateway.stop(options).catch((error: unknown) => {
      this.#log.log(
        'error',
        `The gateway could not be stopped: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    this.#log.log('info', 'Host ends');
    await this.#close();
  }

  async #close(cause?: string): Promise<void> {
    this.#alerts.close();
    this.#cancelMetrics?.();
    this.#cancelSaving?.();
    this.#recovery.close();
    this.#upgradeResumer.close();
    this.#server.close();
    // A token that the gateway has just given us would otherwise go with us.
    await this.#gateway.flush();
    await Promise.all([
      this.#endpoints.close(),
      this.#dashboard.close(),
      this.#metrics.close(),
      this.#presence.end(cause),
    ]);
    await this.#log.flush();
    this.#release();
    this.#finish.resolve();
  }

  /** Publishes the metrics now and at intervals, until nobody follows them. */
  #publishMetrics(): void {
    this.#cancelMetrics?.();
    this.#cancelMetrics = undefined;
    if (!this.#server.hasSubscribers('metrics')) return;
    this.#server.publish('metrics', this.#metrics.snapshot());
    this.#cancelMetrics = this.#clock.schedule(METRICS_INTERVAL_MS, () => this.#publishMetrics());
  }

  /** Writes the steps of an interruption when it is over in all likelihood. The end of the host writes what is left. */
  #saveStepsSoon(): void {
    const { steps } = this.#log;
    if (steps.isMarked) return;
    steps.mark();
    this.#cancelSaving = this.#clock.schedule(SAVE_STEPS_MS, () => void steps.save());
  }

  /** Never rejects: a port that is taken keeps no gateway from running. */
  async #serveMetrics(port: number | undefined): Promise<void> {
    if (port === undefined) return;
    try {
      const { url } = await this.#metrics.serve(port);
      this.#log.log('info', `Metrics are served on ${url}`);
    } catch (error) {
      const reason = error instanceof GatewayError ? error.problem.detail : String(error);
      this.#log.log('warn', `The metrics cannot be served. ${reason} See: deskclaw config get metrics.port`);
    }
  }

  #describe(status: GatewayStatus): GatewayStatus {
    const { status: recovery } = this.#recovery;
    const described = { ...this.#gateway.describe(status), ...(recovery && { recovery }) };
    return redactStatus(described, this.#log.redactor);
  }

  #publishStatus(status: GatewayStatus): void {
    const described = this.#describe(status);
    this.#alerts.noteStatus(described);
    if (this.#metrics.noteStatus(described)) this.#saveStepsSoon();
    this.#server.publish('gateway.status', described);
  }

  #recordRecovery({ what, message, step }: RecoveryReport): void {
    const text = this.#log.redactor.line(message);
    this.#log.log(what === 'skipped' || what === 'proven' ? 'info' : 'warn', `Recovery: ${text}`);
    const at = Math.round(this.#clock.wallTime());
    this.#log.journal.add({ at, category: 'recovery', what, cause: text, ...(step && { data: { step } }) });
    if (what === 'step' || what === 'asked') this.#alerts.noteRecovery(text, what === 'asked');
  }

  /** Resumes an interrupted upgrade first: that may stop the gateway which would be adopted. */
  #adoptOrphan(): void {
    const orphan = readOrphan(this.#paths.ownership);
    if (!this.#upgradeResumer.isPending) {
      this.#gateway.adopt(orphan);
      return;
    }
    // Starts no gateway: a start comes when a client asks for it, and waits for this to finish.
    this.#upgradeResumer.resume(false).then(
      () => this.#gateway.adopt(orphan),
      () => undefined,
    );
  }

  /** @throws GatewayError `aborted` where it was to be stopped meanwhile: nothing is started after that. */
  async #finishPendingUpgrade(): Promise<void> {
    const [wasOpen, before] = [this.#upgradeResumer.isPending, this.#gateway.stops];
    await this.#upgradeResumer.resume(true);
    if (wasOpen) this.#checkNotStopped(before);
  }

  #checkNotStopped(stopsBefore: number): void {
    if (this.#gateway.stops === stopsBefore) return;
    const detail = 'A stop was requested while an interrupted upgrade was being finished.';
    throw new GatewayError(describeProblem('aborted', { detail }, this.#clock.wallTime()));
  }

  #recordInterruptedUpgrade(end: InterruptedUpgrade): void {
    this.#interruptedUpgrade = end;
    this.#log.log('warn', end.message);
    const { outcome, from, to, message, at } = end;
    this.#log.journal.add({ at, category: 'upgrade', what: 'resumed', cause: message, data: { outcome, from, to } });
  }

  #currentInfo(): HostInfo {
    const { openclaw, statedChoice } = this.#gateway;
    const warnings = [...this.#gateway.settingsWarnings, ...this.#log.warnings];
    return {
      ...this.info,
      startedAt: this.#wallTimes.of(this.#startedAt),
      ...(statedChoice && { choice: statedChoice }),
      ...(openclaw && { openclaw }),
      ...(this.#interruptedUpgrade && { interruptedUpgrade: this.#interruptedUpgrade }),
      ...(warnings.length > 0 && { warnings }),
    };
  }
}

/**
 * Becomes the host of a profile: its gateway stays stopped until a client asks for it. An interrupted upgrade or rollback is
 * resumed first, and also one whose process dies while this host runs.
 * @throws GatewayError `state.locked` where another process is, `config.invalid`, `state.read-only`, `disk.full`.
 */
export function startHost(options: HostOptions): Promise<Host> {
  return Host.start(options);
}

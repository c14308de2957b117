import {
  type Clock,
  type EndOptions,
  type Environment,
  GatewayError,
  GatewayManager,
  type GatewayTarget,
  nodeProcessTable,
  type SecretStore,
  type StoredDevice,
} from '@deskclaw/core';
import {
  headerSecrets,
  maskCommand,
  secretsOfCommand,
  secretsOfEnvironment,
  secretsOfUrl,
} from '@deskclaw/core/internal';
import type { OpenClawPlan } from '@deskclaw/openclaw';
import {
  describeProblem,
  type GatewayStatus,
  type JournalRecord,
  type LifecycleResult,
  type OpenClawProgram,
  type StartRequest,
  type TokenRotation,
} from '@deskclaw/protocol';
import type { ClientKind } from '../control/server.ts';
import { recordKnownGood } from '../install/install-service.ts';
import { type LoadedConfig, loadConfig } from '../profile/config.ts';
import { choiceOf, lacksSecrets, loadLastStart, restoreSecrets, saveLastStart } from '../profile/last-start.ts';
import { type Orphan, stopOrphan } from '../profile/orphan.ts';
import type { Paths } from '../profile/paths.ts';
import { rotateStoredToken } from '../profile/secrets.ts';
import { failureStore } from './failure-store.ts';
import { createHostDevice } from './host-device.ts';
import type { HostLog } from './host-log.ts';
import { addJournalDetails, measureResources } from './journal-details.ts';
import { chooseGateway, settingsMark } from './launch-target.ts';
import { nextStart } from './next-start.ts';
import { type BuiltinProgram, resolveLaunch } from './resolve-launch.ts';

export interface ProfileGatewayOptions {
  readonly env: Environment;
  readonly version: string;
  readonly builtinGateway: BuiltinProgram;
  readonly inheritsPipes?: boolean;
  readonly keyring: SecretStore;
}

export interface ProfileGatewayDeps {
  readonly paths: Paths;
  readonly config: LoadedConfig;
  readonly log: HostLog;
  readonly clock: Clock;
  /** An OpenClaw is about to be launched. */
  readonly onLaunch: (program: OpenClawProgram) => void;
  readonly onPlan: (plan: OpenClawPlan | undefined) => void;
  /** Whether an OpenClaw is started without its channels. */
  readonly areChannelsOff: () => boolean;
}

/** The gateway of a profile: the user's last request, the settings, and the manager that runs it. */
export class ProfileGateway {
  readonly manager: GatewayManager;
  /** Maker of the newest request: a kind of client, or the host itself as it adopts a gateway, climbs the recovery ladder or ends. For the journal. */
  client: ClientKind | 'adoption' | 'shutdown' | 'recovery' | undefined;
  readonly #options: ProfileGatewayOptions;
  readonly #paths: Paths;
  readonly #log: HostLog;
  readonly #clock: Clock;
  readonly #device: StoredDevice;
  readonly #deps: ProfileGatewayDeps;
  #stops = 0;
  #config: LoadedConfig;
  #request: StartRequest = {};
  /** What the settings said about program and port when `#request` was made. */
  #requestedUnder: string | undefined;
  #openclaw: OpenClawProgram | undefined;
  /** The target of the last start of an OpenClaw. */
  #lastOpenClaw: GatewayTarget | undefined;
  /** Whether the last start uses the token that DeskClaw made. */
  #usesOwnToken = false;

  constructor(options: ProfileGatewayOptions, deps: ProfileGatewayDeps) {
    const { paths, config, log, clock } = deps;
    const { env, keyring } = options;
    this.#options = options;
    this.#paths = paths;
    this.#config = config;
    this.#log = log;
    this.#clock = clock;
    this.#deps = deps;
    this.#device = createHostDevice({
      paths,
      env,
      settings: () => this.#config.settings,
      keyring,
      learnSecret: log.learnSecret,
      log: (text) => log.log('info', text),
    });
    this.#learnSettings();
    this.#loadChoice();
    this.manager = this.#createManager();
    this.#listen();
  }

  /** The request of the gateway that runs or starts, or of the last one. */
  get request(): StartRequest {
    return this.#request;
  }

  get choice(): ReturnType<typeof chooseGateway> {
    return chooseGateway(this.#request, this.#config.settings);
  }

  /** What the settings say that is ignored. */
  get settingsWarnings(): LoadedConfig['warnings'] {
    return this.#config.warnings;
  }

  get settings(): LoadedConfig['settings'] {
    return this.#config.settings;
  }

  /** Status of the manager; while it is stopped, with the program and address of the next start. */
  get status(): GatewayStatus {
    return this.describe(this.manager.getStatus());
  }

  describe(status: GatewayStatus): GatewayStatus {
    if (status.state !== 'stopped') return status;
    const { settings } = this.#config;
    const next = nextStart(this.#areSettingsNewer ? {} : this.#request, settings, {
      version: this.#options.version,
      lastOpenClaw: this.#lastOpenClaw,
    });
    return { ...status, ...next };
  }

  /** How many stops were requested. */
  get stops(): number {
    return this.#stops;
  }

  /** The OpenClaw of the last launch. */
  get openclaw(): OpenClawProgram | undefined {
    return this.#openclaw;
  }

  /** Resolves when pending writes of the device record are done. */
  async flush(): Promise<void> {
    await this.#device.settled();
  }

  /** Takes over what the last start of an earlier host chose. */
  #loadChoice(): void {
    const stored = loadLastStart(this.#paths.lastStart);
    if (stored === undefined) return;
    this.#request = choiceOf(stored.request);
    this.#requestedUnder = stored.settings;
  }

  /** Whether what the settings say about program and port was changed since the last start. */
  get #areSettingsNewer(): boolean {
    return this.#requestedUnder !== undefined && this.#requestedUnder !== settingsMark(this.#config.settings);
  }

  /**
   * Returns the request that a start without options repeats: the last one, unless what the settings say about program and port
   * was changed since. Whichever was said last counts.
   * @throws GatewayError `command.invalid` for a command whose secret arguments are not known any more.
   */
  repeatedRequest(): StartRequest {
    try {
      this.reload();
    } catch {
      // The start reports settings that cannot be read; until then the ones before count.
    }
    if (this.#areSettingsNewer) {
      this.#log.log(
        'info',
        'The settings were changed since the last start: they count, not the options of that start',
      );
      return {};
    }
    if (lacksSecrets(this.#request)) {
      const detail =
        'The command of the last start has secret arguments, which DeskClaw does not store. Name the whole command again.';
      throw new GatewayError(
        describeProblem('command.invalid', { detail, help: 'deskclaw help start' }, this.#clock.wallTime()),
      );
    }
    return this.#request;
  }

  /** What the last start chose by its options; `undefined` for nothing. Secret arguments are masked. */
  get statedChoice(): StartRequest | undefined {
    const { command, ...choice } = choiceOf(this.#request);
    const stated = command === undefined ? choice : { ...choice, command: maskCommand(command) };
    return Object.keys(stated).length === 0 ? undefined : stated;
  }

  setRequest(request: StartRequest): void {
    this.#request = request;
    this.#requestedUnder = settingsMark(this.#config.settings);
    for (const secret of secretsOfCommand(request.command ?? [])) this.#log.learnSecret(secret);
    try {
      saveLastStart(this.#paths.lastStart, { request, settings: this.#requestedUnder });
    } catch (error) {
      // Without it the next host cannot adopt this gateway; the start goes on.
      this.#log.log(
        'warn',
        `What was started cannot be kept: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** The OpenClaw that runs now as our child; `undefined` if none does. */
  get program(): OpenClawProgram | undefined {
    const { ownership, pid } = this.manager.getStatus();
    return ownership === 'owned' && pid !== undefined ? this.#openclaw : undefined;
  }

  /** Starts the gateway of a dead host with the request it was started by: the supervisor finds it alive and adopts it. */
  adopt(orphan: Orphan | undefined): void {
    const stored = orphan === undefined ? undefined : loadLastStart(this.#paths.lastStart);
    if (orphan === undefined || stored === undefined) return;
    const request = restoreSecrets(stored.request, nodeProcessTable.commandLine(orphan.pid));
    if (request === undefined) {
      const why = 'its command has secret arguments, which are not stored; start it with the whole command';
      this.#log.log('warn', `The gateway (pid ${String(orphan.pid)}) of a host that is gone is not taken back: ${why}`);
      return;
    }
    this.#log.log('info', `Taking back the gateway (pid ${String(orphan.pid)}) of a host that is gone`);
    // Not stored: the next start repeats what was chosen, not the port that this one got.
    this.#request = { ...request, port: orphan.port };
    for (const secret of secretsOfCommand(request.command ?? [])) this.#log.learnSecret(secret);
    this.client = 'adoption';
    this.manager.start().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      this.#log.log('warn', `The gateway of a host that is gone could not be taken back: ${why}`);
    });
  }

  /** Stops the gateway, and an orphan that was not adopted yet: after a stop nothing of ours runs. */
  async stop(options: EndOptions = {}): Promise<LifecycleResult> {
    this.#stops += 1;
    const result = await this.manager.stop(options);
    if (result.outcome === 'superseded') return result;
    const ended = await stopOrphan(this.#paths.ownership, this.#clock, options);
    return ended === undefined ? result : { ...result, outcome: 'applied', previousPid: ended.pid };
  }

  /** Replaces the token that DeskClaw made, and restarts the gateway that has the old one. */
  async rotateToken(): Promise<TokenRotation> {
    if (!rotateStoredToken(this.#paths.token)) return { outcome: 'none' };
    this.#log.log('info', 'The token of the gateway was replaced');
    const { ownership, state } = this.manager.getStatus();
    if (!this.#usesOwnToken || ownership !== 'owned' || state === 'stopped') return { outcome: 'rotated' };
    const { pid, previousPid } = await this.manager.restart();
    return {
      outcome: 'restarted',
      ...(pid === undefined ? {} : { pid }),
      ...(previousPid === undefined ? {} : { previousPid }),
    };
  }

  /** Loads the settings again; changes apply from the next start on. */
  reload(): LoadedConfig {
    this.#config = loadConfig(this.#paths.config, this.#paths.profile, this.#options.env);
    this.#learnSettings();
    return this.#config;
  }

  /** The settings of alerts; those from before where the file cannot be read now. */
  alertSettings(read: 'cached' | 'again'): LoadedConfig['settings']['alerts'] {
    if (read === 'again') {
      try {
        this.reload();
      } catch {
        // The next start reports it.
      }
    }
    return this.#config.settings.alerts;
  }

  /** Everything in the settings that may be a secret: the gateway is given it, and may print it. */
  #learnSettings(): void {
    const { env = {}, headers, command = [], url, path, healthPath } = this.#config.settings;
    const addresses = [url, path, healthPath].flatMap((each) => (each === undefined ? [] : secretsOfUrl(each)));
    const loginSecrets = headerSecrets(headers).flatMap(({ token, password }) => [token ?? '', password ?? '']);
    for (const secret of [...secretsOfEnvironment(env), ...secretsOfCommand(command), ...addresses, ...loginSecrets])
      this.#log.learnSecret(secret);
  }

  #createManager(): GatewayManager {
    const {
      gateway: _which,
      repair: _allowed,
      openclaw: _where,
      auth: _auth,
      deviceKeys: _deviceKeys,
      dashboard: _dashboard,
      metrics: _metrics,
      mcp: _mcp,
      alerts: _alerts,
      recovery: _recovery,
      ...settings
    } = this.#config.settings;
    return new GatewayManager({
      ...settings,
      // An address says enough: the manager wants both said.
      ...(settings.url === undefined ? {} : { mode: 'attach' }),
      ownershipFile: this.#paths.ownership,
      keepRunning: true,
      recordStep: this.#log.steps.add,
      bootTimesFile: this.#paths.bootTimes,
      failures: failureStore({
        path: this.#paths.lastFailure,
        profile: this.#paths.profile,
        request: () => this.#request,
        redactor: this.#log.redactor,
        log: (text) => this.#log.log('warn', text),
      }),
      inheritsPipes: this.#options.inheritsPipes ?? false,
      redact: (text) => this.#log.redactor.line(text),
      prepare: async () => {
        this.#usesOwnToken = false;
        const launch = await resolveLaunch({
          request: this.#request,
          settings: this.reload().settings,
          paths: this.#paths,
          env: this.#options.env,
          builtin: this.#options.builtinGateway,
          version: this.#options.version,
          clock: this.#clock,
          learnSecret: this.#log.learnSecret,
          device: this.#device,
          log: (text) => this.#log.log('info', text),
          onRepair: (what, cause) =>
            this.#log.journal.add({ at: Math.round(this.#clock.wallTime()), category: 'configuration', what, cause }),
          onOpenClaw: (plan) => this.#recordPlan(plan),
          skipChannels: this.#deps.areChannelsOff(),
          onOwnToken: () => {
            this.#usesOwnToken = true;
          },
        });
        if (launch.ok && this.#openclaw !== undefined) this.#lastOpenClaw = launch.target;
        return launch;
      },
      logger: { log: (level, text) => this.#log.log(level, text) },
    });
  }

  #recordPlan(plan: OpenClawPlan | undefined): void {
    this.#openclaw = undefined;
    this.#deps.onPlan(plan);
    if (plan === undefined) return;
    const { version, packageRoot: path, node } = plan;
    this.#openclaw = { version, path, node };
    this.#deps.onLaunch(this.#openclaw);
    this.#log.log('info', `OpenClaw ${version} at ${path}, on Node ${node.version} (${node.file})`);
  }

  #recordKnownGood(): void {
    if (this.#openclaw === undefined) return;
    const profile = { name: this.#paths.profile, env: this.#options.env };
    recordKnownGood(this.#openclaw.path, profile).catch((error: unknown) => {
      this.#log.log('warn', `That it runs cannot be kept: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  /** Adds a record of the manager to the journal, with what only the host knows. */
  #record(record: JournalRecord): void {
    const details = addJournalDetails(record, {
      choice: this.choice,
      openclaw: this.#openclaw,
      request: this.statedChoice ?? {},
      client: this.client,
      resources: () => measureResources(this.#paths.state),
    });
    this.#log.journal.add(details);
  }

  #listen(): void {
    const { manager } = this;
    manager.on('log', (record) => this.#log.logs.add(record));
    manager.on('timeline', (record) => {
      this.#record(record);
      if (record.category === 'process' && record.what === 'exit' && record.cause !== undefined)
        this.#log.log('info', `The gateway process ended: ${record.cause}`);
    });
    let silence: string | undefined;
    manager.on('status', ({ problem }) => {
      const detail = problem?.code === 'gateway.unresponsive' ? problem.detail : undefined;
      if (detail !== undefined && detail !== silence) this.#log.log('warn', `${problem?.title ?? ''}: ${detail}`);
      silence = detail;
    });
    manager.on('error', (error) => this.#log.log('warn', error.message));
    manager.on('transition', ({ from, to, status }) => {
      if (to === 'running' && status.ownership === 'owned') this.#recordKnownGood();
      const why = status.problem === undefined ? '' : `: ${status.problem.title}. ${status.problem.detail}`;
      this.#log.log(to === 'error' ? 'error' : 'info', `Gateway ${from} -> ${to} (${status.phase})${why}`);
    });
  }
}

import type { LifecycleResult, OpenClawProgram, StartRequest } from '@deskclaw/protocol';
import type { KeptDevice } from '../connection/kept-device.ts';
import { recordKnownGood } from '../install/install-service.ts';
import { GatewayManager } from '../manager/gateway-manager.ts';
import type { Clock } from '../ports/clock.ts';
import type { SecretStore } from '../ports/secret-store.ts';
import type { Environment } from '../process/environment.ts';
import { type LoadedConfig, loadConfig } from '../profile/config.ts';
import type { Paths } from '../profile/paths.ts';
import type { Chronicle } from './chronicle.ts';
import { hostDevice } from './host-device.ts';
import { keepLastStart, lastStart } from './last-start.ts';
import { chooseGateway } from './launch.ts';
import { type BuiltinProgram, machineLaunch } from './machine-launch.ts';
import { endOrphanOf, type Orphan } from './orphan.ts';

export interface ProfileGatewayOptions {
  readonly env: Environment;
  readonly builtinGateway: BuiltinProgram;
  readonly inheritsPipes?: boolean;
  readonly keyring?: SecretStore;
}

export interface ProfileGatewaySurroundings {
  readonly paths: Paths;
  readonly config: LoadedConfig;
  readonly chronicle: Chronicle;
  readonly clock: Clock;
  /** An OpenClaw is about to be launched. */
  readonly onLaunch: (program: OpenClawProgram) => void;
}

/** The gateway of a profile: what its user asked for last, what is configured, and the manager that sees to it. */
export class ProfileGateway {
  readonly manager: GatewayManager;
  readonly #options: ProfileGatewayOptions;
  readonly #paths: Paths;
  readonly #chronicle: Chronicle;
  readonly #clock: Clock;
  readonly #device: KeptDevice;
  readonly #onLaunch: ProfileGatewaySurroundings['onLaunch'];
  #stops = 0;
  #config: LoadedConfig;
  #request: StartRequest = {};
  #openclaw: OpenClawProgram | undefined;

  constructor(options: ProfileGatewayOptions, around: ProfileGatewaySurroundings) {
    const { paths, config, chronicle, clock } = around;
    const { env, keyring } = options;
    this.#options = options;
    this.#paths = paths;
    this.#config = config;
    this.#chronicle = chronicle;
    this.#clock = clock;
    this.#onLaunch = around.onLaunch;
    this.#device = hostDevice({
      paths,
      env,
      settings: () => this.#config.settings,
      keyring,
      clock: this.#clock,
      learnSecret: chronicle.learnSecret,
      tell: (text) => chronicle.note('info', text),
    });
    this.manager = this.#createManager();
    this.#listen();
  }

  get request(): StartRequest {
    return this.#request;
  }

  get choice(): ReturnType<typeof chooseGateway> {
    return chooseGateway(this.#request, this.#config.settings);
  }

  /** How often it was to be stopped. */
  get stops(): number {
    return this.#stops;
  }

  /** The OpenClaw it was launched from last. */
  get openclaw(): OpenClawProgram | undefined {
    return this.#openclaw;
  }

  /** Resolves when what it was given to keep is kept. */
  async settled(): Promise<void> {
    await this.#device.settled();
  }

  choose(request: StartRequest): void {
    this.#request = request;
    try {
      keepLastStart(this.#paths.lastStart, request);
    } catch (error) {
      // It costs the next host the way back to this gateway, never the start.
      this.#chronicle.note(
        'warn',
        `What was started cannot be kept: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** The OpenClaw it runs, where it is one of ours. */
  get program(): OpenClawProgram | undefined {
    const { ownership, pid } = this.manager.getStatus();
    return ownership === 'owned' && pid !== undefined ? this.#openclaw : undefined;
  }

  /** The gateway of a host that died is started "again", as it was: the supervisor finds it alive and adopts it. */
  takeBack(orphan: Orphan | undefined): void {
    const request = orphan === undefined ? undefined : lastStart(this.#paths.lastStart);
    if (orphan === undefined || request === undefined) return;
    this.#chronicle.note('info', `Taking back the gateway (pid ${String(orphan.pid)}) of a host that is gone`);
    this.choose({ ...request, port: orphan.port });
    this.manager.start().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      this.#chronicle.note('warn', `The gateway of a host that is gone could not be taken back: ${why}`);
    });
  }

  /** Also ends what could not be taken back, or not yet: after a stop nothing of ours runs. */
  async stop(options: { readonly force?: boolean } = {}): Promise<LifecycleResult> {
    this.#stops += 1;
    const result = await this.manager.stop(options);
    if (result.outcome === 'superseded') return result;
    const ended = await endOrphanOf(this.#paths.ownership, this.#clock, options);
    return ended === undefined ? result : { ...result, outcome: 'applied', previousPid: ended.pid };
  }

  /** What the user wrote since counts from the next start on. */
  reload(): LoadedConfig {
    this.#config = loadConfig(this.#paths.config, this.#paths.profile, this.#options.env);
    return this.#config;
  }

  #createManager(): GatewayManager {
    const {
      gateway: _which,
      repair: _allowed,
      openclaw: _where,
      auth: _auth,
      deviceKeys: _kept,
      ...settings
    } = this.#config.settings;
    return new GatewayManager({
      ...settings,
      // An address says enough: the manager wants both said.
      ...(settings.url === undefined ? {} : { mode: 'attach' }),
      ownershipFile: this.#paths.ownership,
      bootTimesFile: this.#paths.bootTimes,
      inheritsPipes: this.#options.inheritsPipes ?? false,
      redact: (text) => this.#chronicle.redactor.text(text),
      prepare: () =>
        machineLaunch({
          request: this.#request,
          settings: this.reload().settings,
          paths: this.#paths,
          env: this.#options.env,
          builtin: this.#options.builtinGateway,
          clock: this.#clock,
          learnSecret: this.#chronicle.learnSecret,
          device: this.#device,
          tell: (text) => this.#chronicle.note('info', text),
          onOpenClaw: (program) => this.#launches(program),
        }),
      logger: { log: (level, text) => this.#chronicle.note(level, text) },
    });
  }

  #launches(program: OpenClawProgram | undefined): void {
    this.#openclaw = program;
    if (program === undefined) return;
    this.#onLaunch(program);
    const { version, path, node } = program;
    this.#chronicle.note('info', `OpenClaw ${version} at ${path}, on Node ${node.version} (${node.file})`);
  }

  #noteGood(): void {
    if (this.#openclaw === undefined) return;
    const profile = { name: this.#paths.profile, env: this.#options.env };
    recordKnownGood(this.#openclaw.path, profile).catch((error: unknown) => {
      this.#chronicle.note(
        'warn',
        `That it runs cannot be kept: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }

  #listen(): void {
    const { manager } = this;
    manager.on('log', (record) => this.#chronicle.logs.add(record));
    manager.on('timeline', (record) => this.#chronicle.journal.add(record));
    manager.on('error', (error) => this.#chronicle.note('warn', error.message));
    manager.on('transition', ({ from, to, status }) => {
      if (to === 'running' && status.ownership === 'owned') this.#noteGood();
      const why = status.problem === undefined ? '' : `: ${status.problem.title}. ${status.problem.detail}`;
      this.#chronicle.note(to === 'error' ? 'error' : 'info', `Gateway ${from} -> ${to} (${status.phase})${why}`);
    });
  }
}

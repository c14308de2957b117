import { rmSync } from 'node:fs';
import {
  CONTROL_PROTOCOL,
  type CutOffEnd,
  describeProblem,
  type HostInfo,
  type LifecycleResult,
  type OpenClawProgram,
  type StartRequest,
} from '@deskclaw/protocol';
import type { KeptDevice } from '../connection/kept-device.ts';
import { ControlClient } from '../control/client.ts';
import { memoryChannel } from '../control/memory-channel.ts';
import { ControlServer } from '../control/server.ts';
import { Journal } from '../journal/journal.ts';
import { LogBook } from '../journal/log-book.ts';
import { Redactor } from '../journal/redact.ts';
import { noteKnownGood } from '../managed/here.ts';
import { GatewayManager } from '../manager/gateway-manager.ts';
import type { Clock } from '../ports/clock.ts';
import { nodeClock } from '../ports/node/node-clock.ts';
import type { SecretStore } from '../ports/secret-store.ts';
import type { PipeEnds } from '../ports/spawner.ts';
import { type LoadedConfig, loadConfig } from '../profile/config.ts';
import { type Environment, type Paths, resolvePaths } from '../profile/paths.ts';
import type { FrameChannel } from '../rpc/channel.ts';
import { GatewayError } from '../rpc/gateway-error.ts';
import { CutOffUpgrade, isOver, type SettleUpgrade } from './cut-off-upgrade.ts';
import { hostHandlers } from './handlers.ts';
import { hostDevice } from './host-device.ts';
import { keepLastStart, lastStart } from './last-start.ts';
import { chooseGateway } from './launch.ts';
import { type BuiltinProgram, machineLaunch } from './machine-launch.ts';
import { endOrphanOf, type Orphan, orphanOf } from './orphan.ts';
import { takeLock } from './profile-lock.ts';
import { type Door, openSocketDoor } from './socket-door.ts';
import { openWebDoor, type WebDoor } from './web-door.ts';

export interface HostOptions {
  readonly profile: string;
  readonly env: Environment;
  readonly kind: HostInfo['kind'];
  readonly version: string;
  /** How the built-in gateway is started on this installation. */
  readonly builtinGateway: BuiltinProgram;
  /** The host before us handed its gateway over, and its pipes with it (descriptors 3 to 5). Default false. */
  readonly inheritsPipes?: boolean;
  /** How an upgrade is ended that was cut off. Default: none is looked for. */
  readonly settleUpgrade?: SettleUpgrade;
  /** The keyring of this system (`osKeyring`), for the key of the device. Default: none, and it is kept in its file. */
  readonly keyring?: SecretStore;
  /** The built dashboard's folder. Default: none, and `host.openDashboard` says so. */
  readonly webRoot?: string;
}

/** The one process that owns a profile's gateway. Shells, its own included, reach it through the control API. */
export class Host {
  readonly info: HostInfo;
  /** Resolves when the gateway is stopped and every door closed. */
  readonly closed: Promise<void>;
  readonly #clock: Clock = nodeClock;
  readonly #paths: Paths;
  readonly #options: HostOptions;
  readonly #release: () => void;
  readonly #redactor = new Redactor();
  readonly #learnSecret = (secret: string) => this.#redactor.learn(secret);
  readonly #device: KeptDevice;
  readonly #server: ControlServer;
  readonly #journal: Journal;
  readonly #logs: LogBook;
  readonly #manager: GatewayManager;
  readonly #cutOff: CutOffUpgrade;
  readonly #finish: PromiseWithResolvers<void> = Promise.withResolvers();
  #config: LoadedConfig;
  #request: StartRequest = {};
  #openclaw: OpenClawProgram | undefined;
  #cutOffEnd: CutOffEnd | undefined;
  /** How often it was to be stopped. */
  #stops = 0;
  #door: Door | undefined;
  #web: Promise<WebDoor> | undefined;
  #ending: Promise<void> | undefined;

  private constructor(options: HostOptions, paths: Paths, config: LoadedConfig, release: () => void) {
    this.#options = options;
    this.#paths = paths;
    this.#config = config;
    this.#release = release;
    this.closed = this.#finish.promise;
    this.info = {
      pid: process.pid,
      version: options.version,
      controlProtocol: CONTROL_PROTOCOL,
      startedAt: this.#clock.wallTime(),
      profile: options.profile,
      kind: options.kind,
    };
    const trouble = (what: string) => (error: Error) =>
      this.#note('warn', `${what} cannot be written: ${error.message}`);
    this.#logs = new LogBook({
      folder: paths.logs,
      redactor: this.#redactor,
      onRecord: (record) => this.#server.tell('log', record),
      // To the log itself would ask the full disk once more.
      onTrouble: () => undefined,
    });
    this.#journal = new Journal({
      path: paths.journal,
      onRecord: (record) => this.#server.tell('timeline', record),
      onTrouble: trouble('The journal'),
    });
    this.#device = hostDevice({
      paths,
      env: options.env,
      settings: () => this.#config.settings,
      keyring: options.keyring,
      clock: this.#clock,
      learnSecret: this.#learnSecret,
      tell: (text) => this.#note('info', text),
    });
    this.#manager = this.#createManager();
    this.#cutOff = new CutOffUpgrade({
      settle: options.settleUpgrade ?? (() => Promise.resolve(undefined)),
      journal: paths.upgradeJournal,
      gateway: () => {
        const before = this.#stops;
        return {
          runs: () => Promise.resolve(this.#runs()),
          stop: async () => {
            await this.#manager.stop();
          },
          start: async () => {
            this.#checkWanted(before);
            await this.#manager.start();
            return this.#runs();
          },
        };
      },
      clock: this.#clock,
      onEnd: (end) => this.#endedWell(end),
      onTrouble: (error) => this.#note('error', error instanceof GatewayError ? error.problem.detail : String(error)),
    });
    this.#server = new ControlServer({
      clock: this.#clock,
      onLeave: () => void this.#cutOff.watch(),
      onFault: (error) =>
        this.#note(
          'error',
          `A request failed inside: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        ),
      handlers: hostHandlers({
        info: () => ({
          ...this.info,
          ...(this.#openclaw && { openclaw: this.#openclaw }),
          ...(this.#cutOffEnd && { cutOff: this.#cutOffEnd }),
        }),
        settled: () => this.#settled(),
        manager: this.#manager,
        logs: this.#logs,
        journal: this.#journal,
        config: () => this.#reload(),
        running: () => this.#request,
        choice: () => chooseGateway(this.#request, this.#config.settings),
        choose: (request) => this.#choose(request),
        stop: (stopping) => this.#stop(stopping),
        openDashboard: (port) => this.#openDashboard(port),
        shutdown: (force) => {
          void this.shutdown({ force });
        },
        clock: this.#clock,
      }),
    });
    this.#listen();
    for (const warning of config.warnings) this.#note('warn', warning);
  }

  static async start(options: HostOptions): Promise<Host> {
    const paths = resolvePaths({ profile: options.profile, env: options.env });
    const config = loadConfig(paths.config, options.profile, options.env);
    const release = takeLock(paths);
    try {
      const host = new Host(options, paths, config, release);
      host.#door = await openSocketDoor(paths.socket, nodeClock, (channel) => host.#server.serve(channel));
      host.#note('info', `Host ${options.version} (pid ${String(process.pid)}) owns profile "${options.profile}"`);
      host.#begin();
      return host;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** A channel of one's own, as any other shell has. */
  channel(): FrameChannel {
    const [ours, theirs] = memoryChannel();
    this.#server.serve(ours);
    return theirs;
  }

  client(): ControlClient {
    return new ControlClient(this.channel(), { clock: this.#clock });
  }

  /** Stops the gateway (`force`: without waiting for it), closes every door, lets go of the profile. Joins one under way. */
  shutdown(options: { readonly force?: boolean } = {}): Promise<void> {
    if (options.force === true && this.#ending !== undefined)
      void this.#manager.stop({ force: true }).catch(() => undefined);
    this.#ending ??= this.#end(options);
    return this.#ending;
  }

  /**
   * Leaves the gateway running to another host, which `successor` starts with these pipes to inherit; closes every door and lets
   * go of the profile before. Resolves with what that resolves with; `undefined`: no gateway runs that could be left, and nothing
   * has changed.
   */
  async handOver<T>(successor: (pipes: PipeEnds | undefined) => Promise<T>): Promise<T | undefined> {
    const left = this.#ending === undefined ? this.#manager.leave() : undefined;
    if (left === undefined) return undefined;
    this.#note('info', 'Host hands its gateway over to another');
    this.#ending = left.recorded.then(() => this.#close());
    await this.#ending;
    try {
      return await successor(left.pipeEnds);
    } finally {
      left.pipeEnds?.release();
      // What it printed while it changed hands.
      await this.#logs.flush();
    }
  }

  async #end(options: { readonly force?: boolean }): Promise<void> {
    await this.#stop(options).catch((error: unknown) => {
      this.#note(
        'error',
        `The gateway could not be stopped: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    this.#note('info', 'Host ends');
    await this.#close();
  }

  async #close(): Promise<void> {
    this.#cutOff.close();
    this.#server.close();
    const web = await this.#web?.catch(() => undefined);
    // A token that the gateway has just given us would otherwise go with us.
    await this.#device.settled();
    await Promise.all([this.#door?.close(), web?.close(), this.#journal.flush(), this.#logs.flush()]);
    if (process.platform !== 'win32') rmSync(this.#paths.socket, { force: true });
    this.#release();
    this.#finish.resolve();
  }

  #choose(request: StartRequest): void {
    this.#request = request;
    try {
      keepLastStart(this.#paths.lastStart, request);
    } catch (error) {
      // It costs the next host the way back to this gateway, never the start.
      this.#note('warn', `What was started cannot be kept: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** What was left open goes first: it may end the gateway that would be taken back. */
  #begin(): void {
    const orphan = orphanOf(this.#paths.ownership);
    if (!this.#cutOff.isOpen) {
      this.#takeBack(orphan);
      return;
    }
    // Nothing is started that nobody asked for: a start comes when a shell asks, and waits for this.
    this.#cutOff.settle(false).then(
      () => this.#takeBack(orphan),
      () => undefined,
    );
  }

  #runs(): OpenClawProgram | undefined {
    const { ownership, pid } = this.#manager.getStatus();
    return ownership === 'owned' && pid !== undefined ? this.#openclaw : undefined;
  }

  /** @throws GatewayError `aborted` where it was to be stopped meanwhile: nothing is started after that. */
  async #settled(): Promise<void> {
    const [wasOpen, before] = [this.#cutOff.isOpen, this.#stops];
    await this.#cutOff.settle(true);
    if (wasOpen) this.#checkWanted(before);
  }

  #checkWanted(stopsBefore: number): void {
    if (this.#stops === stopsBefore) return;
    const detail = 'It was to be stopped while an upgrade that had been cut off was ended.';
    throw new GatewayError(describeProblem('aborted', { detail }, this.#clock.wallTime()));
  }

  #endedWell(end: CutOffEnd): void {
    this.#cutOffEnd = end;
    this.#note('warn', end.words);
  }

  /** The gateway of a host that died is started "again", as it was: the supervisor finds it alive and adopts it. */
  #takeBack(orphan: Orphan | undefined): void {
    const request = orphan === undefined ? undefined : lastStart(this.#paths.lastStart);
    if (orphan === undefined || request === undefined) return;
    this.#note('info', `Taking back the gateway (pid ${String(orphan.pid)}) of a host that is gone`);
    this.#choose({ ...request, port: orphan.port });
    this.#manager.start().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      this.#note('warn', `The gateway of a host that is gone could not be taken back: ${why}`);
    });
  }

  /** Also ends what could not be taken back, or not yet: after a stop nothing of ours runs. */
  async #stop(options: { readonly force?: boolean } = {}): Promise<LifecycleResult> {
    this.#stops += 1;
    const result = await this.#manager.stop(options);
    if (result.outcome === 'superseded') return result;
    const ended = await endOrphanOf(this.#paths.ownership, this.#clock, options);
    return ended === undefined ? result : { ...result, outcome: 'applied', previousPid: ended.pid };
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
      redact: (text) => this.#redactor.text(text),
      prepare: () =>
        machineLaunch({
          request: this.#request,
          settings: this.#reload().settings,
          paths: this.#paths,
          env: this.#options.env,
          builtin: this.#options.builtinGateway,
          clock: this.#clock,
          learnSecret: this.#learnSecret,
          device: this.#device,
          tell: (text) => this.#note('info', text),
          onOpenClaw: (program) => this.#launches(program),
        }),
      logger: { log: (level, text) => this.#note(level, text) },
    });
  }

  /** What the user wrote since counts from the next start on. */
  #reload(): LoadedConfig {
    this.#config = loadConfig(this.#paths.config, this.#options.profile, this.#options.env);
    return this.#config;
  }

  #note(level: 'debug' | 'info' | 'warn' | 'error', text: string): void {
    this.#logs.add({ at: this.#clock.wallTime(), source: 'supervisor', level, text });
  }

  #launches(program: OpenClawProgram | undefined): void {
    this.#openclaw = program;
    if (program === undefined) return;
    if (this.#cutOffEnd !== undefined && isOver(this.#cutOffEnd, program)) this.#cutOffEnd = undefined;
    const { version, path, node } = program;
    this.#note('info', `OpenClaw ${version} at ${path}, on Node ${node.version} (${node.file})`);
  }

  #noteGood(): void {
    if (this.#openclaw === undefined) return;
    const who = { profile: this.#paths.profile, env: this.#options.env };
    noteKnownGood(this.#openclaw.path, who).catch((error: unknown) => {
      this.#note('warn', `That it runs cannot be kept: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  #listen(): void {
    const manager = this.#manager;
    manager.on('status', (status) => this.#server.tell('gateway.status', status));
    manager.on('notification', (notification) => this.#server.tell('gateway.notification', notification));
    manager.on('health', (report) => this.#server.tell('health', report));
    manager.on('log', (record) => this.#logs.add(record));
    manager.on('timeline', (record) => this.#journal.add(record));
    manager.on('error', (error) => this.#note('warn', error.message));
    manager.on('transition', ({ from, to, status }) => {
      if (to === 'running' && status.ownership === 'owned') this.#noteGood();
      const why = status.problem === undefined ? '' : `: ${status.problem.title}. ${status.problem.detail}`;
      this.#note(to === 'error' ? 'error' : 'info', `Gateway ${from} -> ${to} (${status.phase})${why}`);
    });
  }

  #openDashboard(port: number): Promise<WebDoor> {
    const root = this.#options.webRoot;
    if (root === undefined) {
      const detail = 'This host was started without the dashboard’s files.';
      throw new GatewayError(describeProblem('request.invalid', { detail }, this.#clock.wallTime()));
    }
    this.#web ??= openWebDoor({ port, root, clock: this.#clock, onChannel: (channel) => this.#server.serve(channel) });
    // A door that could not be opened may be tried again, on another port.
    this.#web.catch(() => {
      this.#web = undefined;
    });
    return this.#web;
  }
}

/**
 * Becomes the host of a profile: its gateway is stopped until a shell asks for it.
 * @throws GatewayError `state.locked` where another process is, `config.invalid`, `state.read-only`, `disk.full`.
 */
export function startHost(options: HostOptions): Promise<Host> {
  return Host.start(options);
}

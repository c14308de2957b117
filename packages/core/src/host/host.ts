import { CONTROL_PROTOCOL, type CutOffEnd, describeProblem, type HostInfo } from '@deskclaw/protocol';
import { ControlClient } from '../control/client.ts';
import { memoryChannel } from '../control/memory-channel.ts';
import { ControlServer } from '../control/server.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Clock } from '../ports/clock.ts';
import { nodeClock } from '../ports/node/node-clock.ts';
import type { SecretStore } from '../ports/secret-store.ts';
import type { PipeEnds } from '../ports/spawner.ts';
import type { Environment } from '../process/environment.ts';
import { type LoadedConfig, loadConfig } from '../profile/config.ts';
import { type Paths, resolvePaths } from '../profile/paths.ts';
import type { FrameChannel } from '../rpc/channel.ts';
import { Chronicle } from './chronicle.ts';
import { CutOffUpgrade, isOver, type SettleUpgrade } from './cut-off-upgrade.ts';
import { Doors } from './doors.ts';
import { hostHandlers } from './handlers.ts';
import type { BuiltinProgram } from './machine-launch.ts';
import { orphanOf } from './orphan.ts';
import { ProfileGateway } from './profile-gateway.ts';
import { takeLock } from './profile-lock.ts';

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
  readonly #release: () => void;
  readonly #chronicle: Chronicle;
  readonly #gateway: ProfileGateway;
  readonly #server: ControlServer;
  readonly #doors: Doors;
  readonly #cutOff: CutOffUpgrade;
  readonly #finish: PromiseWithResolvers<void> = Promise.withResolvers();
  #cutOffEnd: CutOffEnd | undefined;
  #ending: Promise<void> | undefined;

  private constructor(options: HostOptions, paths: Paths, config: LoadedConfig, release: () => void) {
    this.#paths = paths;
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
    this.#chronicle = new Chronicle(paths, this.#clock, {
      onLog: (record) => this.#server.tell('log', record),
      onTimeline: (record) => this.#server.tell('timeline', record),
    });
    this.#doors = new Doors(paths.socket, options.version, this.#clock, (channel) => this.#server.serve(channel));
    this.#gateway = new ProfileGateway(options, {
      paths,
      config,
      chronicle: this.#chronicle,
      clock: this.#clock,
      onLaunch: (program) => {
        if (this.#cutOffEnd !== undefined && isOver(this.#cutOffEnd, program)) this.#cutOffEnd = undefined;
      },
    });
    const { manager } = this.#gateway;
    this.#cutOff = new CutOffUpgrade({
      settle: options.settleUpgrade ?? (() => Promise.resolve(undefined)),
      journal: paths.upgradeJournal,
      gateway: () => {
        const before = this.#gateway.stops;
        return {
          runs: () => Promise.resolve(this.#gateway.program),
          stop: async () => {
            await manager.stop();
          },
          start: async () => {
            this.#checkWanted(before);
            await manager.start();
            return this.#gateway.program;
          },
        };
      },
      clock: this.#clock,
      onEnd: (end) => this.#endedWell(end),
      onTrouble: (error) =>
        this.#chronicle.note('error', error instanceof GatewayError ? error.problem.detail : String(error)),
    });
    this.#server = new ControlServer({
      clock: this.#clock,
      onLeave: () => void this.#cutOff.watch(),
      onFault: (error) =>
        this.#chronicle.note(
          'error',
          `A request failed inside: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        ),
      handlers: hostHandlers({
        info: () => this.#tellInfo(),
        settled: () => this.#settled(),
        manager,
        logs: this.#chronicle.logs,
        journal: this.#chronicle.journal,
        config: () => this.#gateway.reload(),
        running: () => this.#gateway.request,
        choice: () => this.#gateway.choice,
        choose: (request) => this.#gateway.choose(request),
        stop: (stopping) => this.#gateway.stop(stopping),
        openDashboard: (port) => this.#doors.openDashboard(options.webRoot, port),
        shutdown: (force) => {
          void this.shutdown({ force });
        },
        clock: this.#clock,
      }),
    });
    manager.on('status', (status) => this.#server.tell('gateway.status', status));
    manager.on('notification', (notification) => this.#server.tell('gateway.notification', notification));
    manager.on('health', (report) => this.#server.tell('health', report));
    for (const warning of config.warnings) this.#chronicle.note('warn', warning);
  }

  static async start(options: HostOptions): Promise<Host> {
    const paths = resolvePaths({ name: options.profile, env: options.env });
    const config = loadConfig(paths.config, options.profile, options.env);
    const release = takeLock(paths);
    try {
      const host = new Host(options, paths, config, release);
      await host.#doors.openSocket();
      host.#chronicle.note(
        'info',
        `Host ${options.version} (pid ${String(process.pid)}) owns profile "${options.profile}"`,
      );
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
      void this.#gateway.manager.stop({ force: true }).catch(() => undefined);
    this.#ending ??= this.#end(options);
    return this.#ending;
  }

  /**
   * Leaves the gateway running to another host, which `successor` starts with these pipes to inherit; closes every door and lets
   * go of the profile before. Resolves with what that resolves with; `undefined`: no gateway runs that could be left, and nothing
   * has changed.
   */
  async handOver<T>(successor: (pipes: PipeEnds | undefined) => Promise<T>): Promise<T | undefined> {
    const left = this.#ending === undefined ? this.#gateway.manager.leave() : undefined;
    if (left === undefined) return undefined;
    this.#chronicle.note('info', 'Host hands its gateway over to another');
    this.#ending = left.recorded.then(() => this.#close());
    await this.#ending;
    try {
      return await successor(left.pipeEnds);
    } finally {
      left.pipeEnds?.release();
      // What it printed while it changed hands.
      await this.#chronicle.logs.flush();
    }
  }

  async #end(options: { readonly force?: boolean }): Promise<void> {
    await this.#gateway.stop(options).catch((error: unknown) => {
      this.#chronicle.note(
        'error',
        `The gateway could not be stopped: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    this.#chronicle.note('info', 'Host ends');
    await this.#close();
  }

  async #close(): Promise<void> {
    this.#cutOff.close();
    this.#server.close();
    // A token that the gateway has just given us would otherwise go with us.
    await this.#gateway.settled();
    await this.#doors.close();
    await this.#chronicle.flush();
    this.#release();
    this.#finish.resolve();
  }

  /** What was left open goes first: it may end the gateway that would be taken back. */
  #begin(): void {
    const orphan = orphanOf(this.#paths.ownership);
    if (!this.#cutOff.isOpen) {
      this.#gateway.takeBack(orphan);
      return;
    }
    // Nothing is started that nobody asked for: a start comes when a shell asks, and waits for this.
    this.#cutOff.settle(false).then(
      () => this.#gateway.takeBack(orphan),
      () => undefined,
    );
  }

  /** @throws GatewayError `aborted` where it was to be stopped meanwhile: nothing is started after that. */
  async #settled(): Promise<void> {
    const [wasOpen, before] = [this.#cutOff.isOpen, this.#gateway.stops];
    await this.#cutOff.settle(true);
    if (wasOpen) this.#checkWanted(before);
  }

  #checkWanted(stopsBefore: number): void {
    if (this.#gateway.stops === stopsBefore) return;
    const detail = 'It was to be stopped while an upgrade that had been cut off was ended.';
    throw new GatewayError(describeProblem('aborted', { detail }, this.#clock.wallTime()));
  }

  #endedWell(end: CutOffEnd): void {
    this.#cutOffEnd = end;
    this.#chronicle.note('warn', end.words);
  }

  #tellInfo(): HostInfo {
    const { openclaw } = this.#gateway;
    return { ...this.info, ...(openclaw && { openclaw }), ...(this.#cutOffEnd && { cutOff: this.#cutOffEnd }) };
  }
}

/**
 * Becomes the host of a profile: its gateway is stopped until a shell asks for it.
 * @throws GatewayError `state.locked` where another process is, `config.invalid`, `state.read-only`, `disk.full`.
 */
export function startHost(options: HostOptions): Promise<Host> {
  return Host.start(options);
}

import { describeProblem, type GatewayStatus, type HealthReport } from '@deskclaw/protocol';
import { GatewayConnection } from '../connection/connection.ts';
import { isUnresponsive } from '../connection/heartbeat.ts';
import type { DisconnectInfo } from '../connection/state.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Emitter } from '../events/emitter.ts';
import type { HandedOverProcess } from '../supervisor/hand-over.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { attachProbe } from './attach-probe.ts';
import { drain } from './drain.ts';
import type { ManagerEvents } from './events.ts';
import { GatewayEvents } from './gateway-events.ts';
import type { DrainHook, GatewayTarget } from './gateway-target.ts';
import { checkHealth } from './health-check.ts';
import { JournalRecorder } from './journal-recorder.ts';
import { Lifecycle } from './lifecycle.ts';
import { livenessPolicy } from './liveness.ts';
import { LivenessWatch } from './liveness-watch.ts';
import { type GatewayManagerOptions, managerDefaults } from './options.ts';
import type { ManagerPorts } from './ports.ts';
import { StatusBoard } from './status-board.ts';
import { targetFromOptions, targetUrl } from './target.ts';
import { verifiedSockets } from './verified-sockets.ts';

/** Ties the three that know something together: the process, the connection, and what the user wants. */
export class Engine {
  readonly supervisor: Supervisor;
  readonly connection: GatewayConnection;
  readonly lifecycle: Lifecycle;
  readonly voice: GatewayEvents;
  readonly #ports: ManagerPorts;
  readonly #events: Emitter<ManagerEvents>;
  readonly #fallback: GatewayTarget;
  readonly #liveness: LivenessWatch;
  readonly #board: StatusBoard;
  readonly #timeline: JournalRecorder;
  #launch: number | undefined;
  /** That of the gateway that runs: the aim may be another's by the time it is stopped. */
  #finishWork: DrainHook | undefined;

  constructor(options: GatewayManagerOptions, ports: ManagerPorts, events: Emitter<ManagerEvents>) {
    this.#ports = ports;
    this.#events = events;
    this.#fallback = targetFromOptions(options);
    const limits = { ...managerDefaults.health, ...options.health };
    this.supervisor = new Supervisor(ports);
    const targetOf = () => this.#target;
    this.connection = new GatewayConnection({
      url: () => this.#url(),
      // Read at every attempt: the next start may aim at another gateway.
      get dialect() {
        return targetOf().dialect;
      },
      get auth() {
        return targetOf().auth ?? {};
      },
      socketFactory: verifiedSockets(ports.sockets, (localPort) => this.#admit(localPort)),
      client: { platform: ports.host.platform },
      clock: ports.clock,
      random: ports.random,
      logger: ports.logger,
      reconnect: { ...managerDefaults.reconnect, ...options.reconnect },
      request: { ...managerDefaults.request, ...options.request },
      heartbeat: { ...managerDefaults.heartbeat, ...options.heartbeat },
    });
    this.lifecycle = new Lifecycle({
      clock: ports.clock,
      ports: ports.tcpPorts,
      supervisor: this.supervisor,
      connection: this.connection,
      prepare: options.prepare ?? (() => Promise.resolve({ ok: true, target: this.#fallback })),
      probe: attachProbe(ports),
      crash: options.crash,
      intended: ({ kind, generation }) => {
        this.#timeline.add('intent', kind, { data: { generation } });
        // Else the end of the connection, which is still to come, lets it rest.
        if (kind === 'stop' && this.connection.state.name === 'closed') this.voice.clear();
      },
      changed: () => this.#board.refresh(),
    });
    this.#timeline = new JournalRecorder(ports.clock, (record) => events.emit('timeline', record));
    this.voice = new GatewayEvents({
      clock: ports.clock,
      connection: this.connection,
      events,
      launch: () => this.#launch,
    });
    this.#liveness = new LivenessWatch({
      clock: ports.clock,
      policy: livenessPolicy(limits),
      check: () => this.checkHealth(),
      cpuMs: () => this.supervisor.cpuMs(),
      silentForMs: () => this.connection.snapshot().silentForMs,
      restart: (detail) => this.#reap(detail),
      changed: () => this.#board.refresh(),
    });
    this.#board = new StatusBoard({
      clock: ports.clock,
      supervisor: this.supervisor,
      connection: this.connection,
      lifecycle: this.lifecycle,
      liveness: this.#liveness,
      events,
      unresponsiveAfterMs: limits.unresponsiveAfterMs,
      aim: () => ({ target: this.#target, port: this.#port, url: this.#url() }),
    });
    this.#listenToProcess();
    this.#listenToConnection();
  }

  status(): GatewayStatus {
    return this.#board.read();
  }

  async checkHealth(): Promise<HealthReport> {
    const { connection, supervisor } = this;
    const { state } = connection;
    const { clock, http, processes } = this.#ports;
    const target = this.#target;
    const { child } = supervisor;
    const report = await checkHealth(
      {
        clock,
        http,
        healthUrl: targetUrl({ ...target, path: target.healthPath }, this.#port).replace(/^ws/, 'http'),
        rpc: state.name === 'ready' ? (timeoutMs) => connection.probe({ timeoutMs }) : undefined,
        processAlive: child === undefined ? undefined : processes.find(child.pid)?.startMark === child.startMark,
      },
      state.name === 'ready' ? Math.round(clock.now() - state.since) : undefined,
    );
    this.#events.emit('health', report);
    return report;
  }

  leave(): HandedOverProcess | undefined {
    const left = this.supervisor.handOver();
    if (left === undefined) return undefined;
    this.dispose();
    void this.connection.disconnect();
    return left;
  }

  dispose(): void {
    this.#liveness.stop();
    this.voice.close();
  }

  get #target(): GatewayTarget {
    return this.lifecycle.aim?.target ?? this.#fallback;
  }

  get #port(): number {
    return this.lifecycle.aim?.port ?? this.#target.port;
  }

  #url(): string {
    return targetUrl(this.#target, this.#port);
  }

  #listenToProcess(): void {
    const { supervisor, connection } = this;
    const arrive = (launch: number) => {
      this.#launch = launch;
      this.#finishWork = this.#target.drainHook;
      connection.connect('booting');
    };
    supervisor.on('spawned', ({ launch, child }) => {
      this.#timeline.add('process', 'spawned', { data: { pid: child.pid } });
      arrive(launch);
    });
    supervisor.on('adopted', ({ launch, child }) => {
      this.#timeline.add('process', 'adopted', { cause: 'An earlier host had started it.', data: { pid: child.pid } });
      arrive(launch);
    });
    supervisor.on('transition', ({ from, to, cause }) => {
      this.#timeline.processTransition(from, to, cause);
      const draining = to.name === 'terminating' && to.stage.step === 'draining';
      if (this.#launch !== undefined && to.name !== 'booting' && to.name !== 'running' && !draining) this.#letGo();
      if (to.name === 'failed' && connection.state.name === 'closed') connection.giveUp(to.problem);
      this.#board.refresh();
    });
    supervisor.on('drain', ({ launch, limitMs }) => {
      void drain(connection, this.#finishWork, limitMs).then((did) => {
        if (did !== undefined) this.#timeline.add('process', 'drained', { cause: did });
        supervisor.reportDrained(launch);
      });
    });
    supervisor.on('exit', (exit) => {
      this.#timeline.exit(exit);
      this.#events.emit('exit', exit);
    });
    supervisor.on('line', (line) => {
      this.#events.emit('log', {
        at: line.at,
        source: 'gateway',
        stream: line.stream,
        level: line.level,
        text: line.text,
      });
      // It printed something: perhaps it listens by now. A hint, never a proof.
      if (supervisor.state.name === 'booting') connection.retrySoon();
    });
  }

  /**
   * A gateway that was attached to is spoken with whoever it is; one of ours only where it is itself that answers, each time:
   * one that restarts in its process lets go of its port meanwhile.
   */
  #admit(localPort: number | undefined): boolean | Promise<boolean> {
    const launch = this.#launch;
    return launch === undefined || this.supervisor.verifyPortOwner(launch, localPort);
  }

  /** The process goes: whoever waits for an answer from it is told at once, not at their timeout. */
  #letGo(): void {
    this.#launch = undefined;
    this.#liveness.stop();
    this.connection.suspend('The gateway’s process ended.');
  }

  #listenToConnection(): void {
    const { connection, supervisor } = this;
    connection.on('transition', ({ from, to }) => {
      this.#timeline.connectionTransition(from, to);
      if (to.name === 'ready') this.#ready();
      else if (to.name === 'closed') this.#closed();
      else if (from.name === 'ready')
        this.#liveness.noteConnectionLost(isUnresponsive(from.heartbeat) ? 'unresponsive' : 'unknown');
      // It answered, though it refuses us: the process is up, and killing it would not help.
      if (to.name === 'paused' && this.#launch !== undefined) supervisor.reportReady(this.#launch);
      this.#board.refresh();
    });
    connection.on('ended', (end) => this.#ended(end));
    connection.on('unresponsive', () => this.#board.refresh());
    connection.on('responsive', () => {
      this.#liveness.checkNow();
      this.#board.refresh();
    });
  }

  #closed(): void {
    this.#liveness.stop();
    if (this.lifecycle.intent.want === 'down') this.voice.clear();
  }

  #ready(): void {
    // A gateway that is on its way out may be reached again before it goes: what comes after it has not been ready.
    if (this.supervisor.state.name !== 'terminating') this.lifecycle.noteReady();
    this.voice.noteReady();
    this.#liveness.start();
    if (this.#launch !== undefined) this.supervisor.reportReady(this.#launch);
  }

  #ended({ failure }: DisconnectInfo): void {
    if (this.#launch === undefined) return;
    const { verdict, problem } = failure;
    if (verdict.kind === 'retry-after' && verdict.progress) this.supervisor.reportProgress(this.#launch);
    else this.supervisor.reportConnectError(this.#launch, problem.detail);
  }

  /** The ladder's last step, and only for what is ours: an attached gateway has no launch. */
  #reap(detail: string): void {
    if (this.#launch === undefined) return;
    this.#events.emit(
      'error',
      new GatewayError(describeProblem('gateway.unresponsive', { detail }, this.#ports.clock.wallTime())),
    );
    this.supervisor.restartUnresponsive(this.#launch, detail);
  }
}

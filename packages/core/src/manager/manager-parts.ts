import { describeProblem, type HealthReport, type Problem } from '@deskclaw/protocol';
import { GatewayConnection } from '../connection/connection.ts';
import { displayAddress } from '../connection/options.ts';
import { hasStoppedRetrying } from '../connection/state.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { Emitter } from '../events/emitter.ts';
import type { PeerVerifier } from '../ports/sockets.ts';
import type { ProcessIdentity, ProcessTable } from '../ports/spawner.ts';
import { sameProcess } from '../process/ownership.ts';
import { checkAttachedPeer, trustNobody } from '../process/peer-trust.ts';
import { canBeForced } from '../supervisor/state.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { attachProbe } from './attach-probe.ts';
import { followConnection, followSupervisor, restartUnresponsive } from './event-wiring.ts';
import type { ManagerEvents } from './events.ts';
import { memoryFailureStore } from './failure-store.ts';
import type { GatewayTarget } from './gateway-target.ts';
import { checkHealth } from './health-check.ts';
import { JournalRecorder } from './journal-recorder.ts';
import { deriveCondition } from './lifecycle-request.ts';
import { livenessPolicy } from './liveness.ts';
import { LivenessWatch } from './liveness-watch.ts';
import { hasLostAttached, initialManagerState, type ManagerState } from './manager-state.ts';
import { NotificationRelay } from './notification-relay.ts';
import { OperationQueue, type RunningOperation } from './operation-queue.ts';
import { type GatewayManagerOptions, managerDefaults } from './options.ts';
import type { ManagerPorts } from './ports.ts';
import { reconnectGateway, type StartDeps, startGateway } from './start-gateway.ts';
import { StartWatch } from './start-watch.ts';
import { deriveStatus, isOnlyBusy } from './status.ts';
import { statusInputOf } from './status-input.ts';
import { StatusPublisher } from './status-publisher.ts';
import { stopGateway } from './stop-gateway.ts';
import { targetFromOptions, targetUrl } from './target.ts';
import { WallTimes, withWholeMilliseconds } from './wall-times.ts';

/** The parts of one `GatewayManager`, wired to each other. */
export interface ManagerParts {
  readonly ports: ManagerPorts;
  readonly events: Emitter<ManagerEvents>;
  readonly state: ManagerState;
  readonly supervisor: Supervisor;
  readonly connection: GatewayConnection;
  readonly relay: NotificationRelay;
  readonly liveness: LivenessWatch;
  readonly operations: OperationQueue;
  readonly status: StatusPublisher;
  /** Checks the gateway now in every way there is, and emits the report as `health`. */
  readonly checkHealth: () => Promise<HealthReport>;
}

/** The current target, where it listens, its URL, and that without anything secret. */
interface Address {
  readonly target: GatewayTarget;
  readonly port: number;
  readonly url: string;
  readonly displayUrl: string;
}

function createEvents({ logger }: ManagerPorts): Emitter<ManagerEvents> {
  return new Emitter((error, event) => {
    const message = error instanceof Error ? error.message : String(error);
    logger.log('error', `A listener of "${String(event)}" threw: ${message}`);
  });
}

function createConnection(
  options: GatewayManagerOptions,
  { sockets, host, clock, random, logger }: ManagerPorts,
  address: () => Address,
  verifyPeer: PeerVerifier,
): GatewayConnection {
  const { recordStep } = options;
  return new GatewayConnection({
    url: () => address().url,
    // Read at every attempt: the next start may have another target.
    get dialect() {
      return address().target.dialect;
    },
    get certificate() {
      return address().target.certificate;
    },
    get auth() {
      return address().target.auth ?? {};
    },
    get ready() {
      return address().target.ready ?? 'auto';
    },
    get headers() {
      return address().target.headers ?? {};
    },
    get protocols() {
      return address().target.protocols ?? [];
    },
    ...(options.onConnect === undefined ? {} : { onConnect: options.onConnect }),
    ...(options.tracer === undefined ? {} : { tracer: options.tracer }),
    ...(recordStep === undefined ? {} : { record: (step) => recordStep({ reducer: 'connection', ...step }) }),
    socketFactory: sockets,
    verifyPeer,
    client: { platform: host.platform },
    clock,
    random,
    logger,
    reconnect: { ...managerDefaults.reconnect, ...options.reconnect },
    request: { ...managerDefaults.request, ...options.request },
    heartbeat: { ...managerDefaults.heartbeat, ...options.heartbeat },
  });
}

/** `undefined`: the table cannot be read now, which is evidence of nothing. */
function isAlive(child: ProcessIdentity, processes: ProcessTable): boolean | undefined {
  if (child.startMark === '') return undefined;
  try {
    return sameProcess(child, processes.find(child.pid));
  } catch {
    return undefined;
  }
}

function healthChecker(
  { clock, http, processes }: ManagerPorts,
  { supervisor, connection, events }: Pick<ManagerParts, 'supervisor' | 'connection' | 'events'>,
  address: () => Address,
  verifyPeer: PeerVerifier,
  hasHttp: boolean,
): (options: { readonly probes: boolean }) => Promise<HealthReport> {
  return async (wanted) => {
    const { target, port } = address();
    const httpUrl = (path: string) => targetUrl({ ...target, path }, port).replace(/^ws/, 'http');
    const { startup, readiness } = (wanted.probes ? target.probePaths : undefined) ?? {};
    const { child, lastExit } = supervisor;
    const ready = connection.state.name === 'ready' ? connection.state : undefined;
    const report = await checkHealth(
      {
        clock,
        http,
        healthUrl: hasHttp ? httpUrl(target.healthPath) : undefined,
        probes: [
          ...(startup === undefined ? [] : [{ kind: 'startup' as const, url: httpUrl(startup) }]),
          ...(readiness === undefined ? [] : [{ kind: 'readiness' as const, url: httpUrl(readiness) }]),
        ],
        verifyPeer,
        certificate: target.certificate,
        rpc: ready && ((timeoutMs) => connection.probe({ timeoutMs })),
        lastExit: lastExit?.cause === 'requested' ? undefined : lastExit,
        processAlive: child === undefined ? undefined : isAlive(child, processes),
      },
      ready && Math.round(clock.now() - ready.since),
    );
    events.emit('health', report);
    return report;
  };
}

function createOperations(
  deps: StartDeps,
  journal: JournalRecorder,
  relay: NotificationRelay,
  isPlanning: () => boolean,
  failed: (problem: Problem) => void,
): OperationQueue {
  const { clock, supervisor, connection, state } = deps;
  const canForce = ({ kind, force }: RunningOperation): boolean => {
    // The state of the process counts first: what a forced restart started may be on its own way down by now.
    if (supervisor.state.name === 'terminating') return canBeForced(supervisor.state.stage);
    return !force && (kind === 'stop' || isPlanning());
  };
  return new OperationQueue({
    clock,
    pid: () => supervisor.child?.pid,
    condition: (intent) =>
      deriveCondition({
        intent,
        supervisor: supervisor.state,
        connection: connection.state,
        planProblem: state.planProblem,
        hasLostAttached: hasLostAttached(state, connection.state),
      }),
    hasStoppedRetrying: () => hasStoppedRetrying(connection.state) && deps.busyProblem() === undefined,
    canBeForced: canForce,
    start: (operation) => startGateway(deps, operation),
    stop: (operation) => stopGateway(deps, operation),
    reconnect: (operation) => reconnectGateway(deps, operation),
    accepted: ({ kind, generation, cause, isInside }) => {
      const data = { generation, ...(isInside === true ? { inside: true } : {}) };
      journal.add('intent', kind, { ...(cause === undefined ? {} : { cause }), data });
      // An open connection is still to close, and its end clears the events.
      if (kind === 'stop' && connection.state.name === 'closed') relay.clear();
    },
    failed,
    changed: deps.changed,
  });
}

/** Creates the parts of a manager and connects them: process, connection, operations and status. */
export function createParts(options: GatewayManagerOptions, machine: ManagerPorts): ManagerParts {
  const clock = withWholeMilliseconds(machine.clock);
  const ports = { ...machine, clock };
  const state: ManagerState = { ...initialManagerState };
  const events = createEvents(ports);
  const defaultTarget = targetFromOptions(options);
  let lastAddress: Address | undefined;
  const address = (): Address => {
    const target = state.resolved?.target ?? defaultTarget;
    const port = state.resolved?.port ?? target.port;
    if (lastAddress?.target === target && lastAddress.port === port) return lastAddress;
    const url = targetUrl(target, port);
    lastAddress = { target, port, url, displayUrl: displayAddress(url) };
    return lastAddress;
  };
  const { recordStep } = options;
  const supervisor = new Supervisor({
    ...ports,
    ...(recordStep === undefined ? {} : { record: (step) => recordStep({ reducer: 'supervisor', ...step }) }),
  });
  // For a gateway we spawned, every connection verifies that our child owns the port: one that restarts in-process releases its
  // port for a moment. For an attached one, its user is verified.
  const verifyPeer: PeerVerifier = (connection) =>
    state.launch === undefined
      ? checkAttachedPeer(connection, address().target.trust ?? trustNobody, ports)
      : supervisor.verifyPortOwner(state.launch, connection);
  const connection = createConnection(options, ports, address, verifyPeer);
  const refresh = (): void => status.refresh();
  const isPlanning = (): boolean => operations.current !== undefined && state.planning === operations.intent.generation;
  const journal = new JournalRecorder(clock, (record) => events.emit('timeline', record));
  const relay = new NotificationRelay({ clock, connection, events, launch: () => state.launch });
  const limits = { ...managerDefaults.health, ...options.health };
  const checkWith = healthChecker(ports, { supervisor, connection, events }, address, verifyPeer, limits.http);
  const check = () => checkWith({ probes: false });
  const liveness = new LivenessWatch({
    clock,
    policy: livenessPolicy(limits),
    check,
    cpuMs: () => supervisor.cpuMs(),
    silentForMs: () => connection.silentForMs,
    restart: (detail) => restartUnresponsive({ clock, supervisor, state, events }, detail),
    failed: ({ error = 'no answer' }) => {
      const detail = `A health check failed: ${error.replace(/\.$/, '')}.`;
      events.emit('error', new GatewayError(describeProblem('gateway.unresponsive', { detail }, clock.wallTime())));
    },
    expectAnswer: (answered) => connection.expectAnswer(answered),
    answered: () => journal.healthReport({ ok: true, evidence: [{ kind: 'rpc', ok: true, at: clock.wallTime() }] }),
    changed: refresh,
  });
  const place = () => {
    const { target, port, displayUrl } = address();
    return { host: target.host, port, url: displayUrl };
  };
  const startWatch = new StartWatch({
    clock,
    connection: () => connection.state,
    address: place,
    found: (finding, said) => {
      const found = said === undefined ? { finding } : { finding, said };
      if (state.launch !== undefined) supervisor.reportStartFinding(state.launch, found);
    },
    changed: refresh,
  });
  const startDeps: StartDeps = {
    clock,
    ports: ports.tcpPorts,
    supervisor,
    connection,
    state,
    prepare: options.prepare ?? (() => Promise.resolve({ ok: true, target: defaultTarget })),
    probe: attachProbe(ports),
    startWatch,
    events,
    busyProblem: () => {
      const input = statusInput();
      return isOnlyBusy(input) ? input.silenceProblem : undefined;
    },
    crash: options.crash,
    changed: refresh,
  };
  const operations = createOperations(startDeps, journal, relay, isPlanning, (problem) => {
    const { state: process } = supervisor;
    const isRecorded = process.name === 'failed' && process.problem === problem;
    if (!isRecorded && problem.code !== 'aborted') journal.failed(problem, process.name === 'running');
    status.noteFailure(problem);
  });
  const wallTimes = new WallTimes(clock);
  const statusInput = statusInputOf({
    clock,
    wallTimes,
    supervisor,
    connection,
    state,
    operations,
    isPlanning,
    liveness,
    startWatch,
    unresponsiveAfterMs: limits.unresponsiveAfterMs,
    address: place,
    processes: ports.processes,
  });
  const status = new StatusPublisher(
    () => deriveStatus(statusInput()),
    { now: () => clock.now(), toEpoch: (at) => wallTimes.of(at) },
    events,
    options.failures ?? memoryFailureStore,
  );
  const parts = { ports, events, state, supervisor, connection, relay, liveness, operations, status };
  const intent = () => operations.intent;
  const wiring = { ...parts, clock, journal, startWatch, refresh, intent, target: () => address().target };
  events.on('health', (report) => journal.healthReport(report));
  events.on('status', (current) => journal.healthVerdict(current));
  events.on('channel:status', (change) => journal.channel(change));
  followSupervisor(wiring);
  followConnection(wiring);
  return { ...parts, checkHealth: () => checkWith({ probes: true }) };
}

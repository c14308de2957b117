import { describeLastOutput, describeProblem } from '@deskclaw/protocol';
import type { GatewayConnection } from '../connection/connection.ts';
import { isUnresponsive } from '../connection/heartbeat.ts';
import type { ShutdownNotice } from '../dialect/dialect.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Emitter } from '../events/emitter.ts';
import type { Clock } from '../ports/clock.ts';
import { commandName } from '../process/command.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { ManagerEvents } from './events.ts';
import type { GatewayTarget } from './gateway-target.ts';
import type { JournalRecorder } from './journal-recorder.ts';
import type { UserIntent } from './lifecycle-request.ts';
import type { LivenessWatch } from './liveness-watch.ts';
import type { ManagerState } from './manager-state.ts';
import type { NotificationRelay } from './notification-relay.ts';
import type { StartWatch } from './start-watch.ts';
import { drain } from './stop-gateway.ts';

export interface WiringDeps {
  readonly clock: Clock;
  readonly supervisor: Supervisor;
  readonly connection: GatewayConnection;
  readonly state: ManagerState;
  readonly events: Emitter<ManagerEvents>;
  readonly relay: NotificationRelay;
  readonly liveness: LivenessWatch;
  readonly startWatch: StartWatch;
  readonly journal: JournalRecorder;
  readonly intent: () => UserIntent;
  readonly target: () => GatewayTarget;
  /** Publishes the status if it has changed. */
  readonly refresh: () => void;
}

/** Connects to each process that the supervisor starts, and closes the connection when the process ends. */
export function followSupervisor(deps: WiringDeps): void {
  const { supervisor, connection, state, events, journal, liveness, startWatch, refresh } = deps;
  const connect = (launch: number) => {
    state.launch = launch;
    state.drainHook = deps.target().drainHook;
    startWatch.start({ listens: () => supervisor.listens(), lastOutput: () => supervisor.lastOutput });
    connection.connect('booting');
  };
  supervisor.on('spawned', ({ launch, child }) => {
    const { command, port } = deps.target();
    const program = command === undefined ? {} : { program: commandName(command) };
    journal.add('process', 'spawned', { data: { pid: child.pid, ...program, port: state.resolved?.port ?? port } });
    connect(launch);
  });
  supervisor.on('adopted', ({ launch, child }) => {
    journal.add('process', 'adopted', { cause: 'An earlier host had started it.', data: { pid: child.pid } });
    connect(launch);
  });
  supervisor.on('transition', ({ from, to, cause }) => {
    journal.processTransition(from, to, cause);
    const isDraining = to.name === 'terminating' && to.stage.step === 'draining';
    if (from.name === 'booting' && to.name !== 'booting') startWatch.stop();
    if (state.launch !== undefined && to.name !== 'booting' && to.name !== 'running' && !isDraining) {
      state.launch = undefined;
      state.restartingItselfSince = undefined;
      liveness.stop();
      // Requests that wait for an answer of this process fail now, not at their timeout.
      const isAsked = to.name === 'terminating' && to.stage.step === 'sigterm-sent';
      const said = isAsked ? undefined : supervisor.lastError;
      const reason = said === undefined ? '' : ` ${describeLastOutput({ text: said })}`;
      connection.suspend(`The gateway’s process ended.${reason}`, isAsked ? 'close' : 'terminate');
    }
    if (to.name === 'failed' && connection.state.name === 'closed') connection.giveUp(to.problem);
    refresh();
  });
  // The gateway learns that we leave on purpose before it is told to end.
  supervisor.beforeSigterm(() => connection.whenGone());
  supervisor.on('drain', ({ launch, limitMs }) => {
    void drain(connection, state.drainHook, limitMs).then((cause) => {
      if (cause !== undefined) journal.add('process', 'drained', { cause });
      supervisor.reportDrained(launch);
    });
  });
  supervisor.on('restart-claimed', ({ claim }) => {
    journal.add('process', claim.accepted ? 'restart-accepted' : 'restart-not-accepted', { cause: claim.detail });
  });
  supervisor.on('exit', (exit) => {
    journal.exit(exit);
    events.emit('exit', exit.code);
  });
  supervisor.on('line', ({ at, stream, level, text }) => {
    events.emit('log', { at, source: 'gateway', stream, level, text });
    // A printed line may mean that the gateway listens by now: a hint, not a proof.
    if (supervisor.state.name === 'booting') connection.retrySoon();
  });
}

/** Takes note that our gateway announced its shutdown: whether it is to come back by itself decides what its exit means. */
function noteShutdown({ clock, supervisor, state, journal }: WiringDeps, notice: ShutdownNotice): void {
  if (state.launch === undefined || supervisor.state.name !== 'running') return;
  const { restartExpectedMs, reason } = notice;
  supervisor.reportShutdown(state.launch, restartExpectedMs !== undefined);
  if (restartExpectedMs === undefined) return;
  state.restartingItselfSince = clock.now();
  journal.add('process', 'restarting-itself', {
    cause: reason,
    data: { pid: supervisor.state.child.pid, expectedMs: restartExpectedMs },
  });
}

/** Records the end of a restart in the gateway's own process. */
function noteRestarted({ clock, supervisor, state, journal }: WiringDeps): void {
  const since = state.restartingItselfSince;
  if (since === undefined) return;
  state.restartingItselfSince = undefined;
  journal.add('process', 'restarted-itself', {
    cause: 'It restarted in its own process, with the same pid.',
    durationMs: Math.round(clock.now() - since),
    data: { pid: supervisor.child?.pid },
  });
}

/** Tells the supervisor what the connection shows about its process, and keeps liveness, journal and status up to date. */
export function followConnection(deps: WiringDeps): void {
  const { supervisor, connection, state, relay, journal, liveness, startWatch, refresh } = deps;
  const ready = () => {
    // A gateway that is being stopped may be reached again before it ends: that does not make its successor ready.
    if (supervisor.state.name !== 'terminating') state.wasReady = true;
    noteRestarted(deps);
    relay.noteReady();
    liveness.start();
    if (state.launch !== undefined) supervisor.reportReady(state.launch);
  };
  const closed = () => {
    liveness.stop();
    if (deps.intent().want === 'down') relay.clear();
  };
  let lostBefore = 0;
  connection.on('transition', ({ from, to }) => {
    const lost = connection.lostRequests;
    journal.connectionTransition(from, to, lost - lostBefore);
    if (to.name === 'ready') lostBefore = lost;
    if (to.name === 'ready') ready();
    else if (to.name === 'closed') closed();
    else if (from.name === 'ready') liveness.noteSilence(isUnresponsive(from.heartbeat) ? 'unresponsive' : 'unknown');
    // The gateway answered, though it refuses us: its process is up, and ending it would not help.
    const isRefused = to.name === 'paused' && to.last.code !== 'auth.untrusted-peer';
    if (isRefused && state.launch !== undefined) supervisor.reportReady(state.launch);
    refresh();
  });
  connection.on('notice', (notice) => noteShutdown(deps, notice));
  connection.on('ended', (ended) => {
    const { verdict, problem } = ended.failure;
    startWatch.attemptEnded(ended);
    // Its process lives on and listens again in some seconds: it is waited for as one that boots.
    const isSteady = connection.state.name === 'waiting' && connection.state.policy === 'steady';
    if (state.restartingItselfSince !== undefined && isSteady) {
      connection.connect('booting');
      // It changes the problem without a transition, once the listeners of this event have run.
      queueMicrotask(refresh);
    }
    if (state.launch === undefined) return;
    if (verdict.kind === 'retry-after' && verdict.progress) supervisor.reportProgress(state.launch);
    else supervisor.reportConnectError(state.launch, problem.detail);
  });
  connection.on('unresponsive', () => {
    liveness.noteSilence('unresponsive');
    refresh();
  });
  connection.on('responsive', () => {
    liveness.checkNow();
    refresh();
  });
}

/** Restarts an owned gateway that shows no sign of life. An attached one has no launch and is left alone. */
export function restartUnresponsive(
  { clock, supervisor, state, events }: Pick<WiringDeps, 'clock' | 'supervisor' | 'state' | 'events'>,
  detail: string,
): void {
  if (state.launch === undefined) return;
  events.emit('error', new GatewayError(describeProblem('gateway.unresponsive', { detail }, clock.wallTime())));
  supervisor.restartUnresponsive(state.launch, detail);
}

import { loopback } from '@deskclaw/core/testing';
import { silent } from '../simulation.ts';
import type { Tally } from '../tally.ts';
import { Violation } from '../violation.ts';
import { act } from './actions.ts';
import { limits } from './invariants.ts';
import type { Fate } from './lifecycle-calls.ts';
import type { Plan } from './plan.ts';
import { World } from './world.ts';

const HANDSHAKE_MS = 5_000;
const KILL_MS = 5_000;
const PIPES_MS = 2_000;
/** The supervisor's pause before the last respawn that `maxCrashes` allows. */
const RESPAWN_MS = 2_000;
const BOOT_MS = 60;
/** The longest that a schedule leaves a process in the kernel's hands. */
const UNKILLABLE_MS = 12_000;

/**
 * Once faults cease: backoff cap + boot + 1 s (behaviour, section 6, rule 7), after what is under way has run into its own
 * deadline: an attempt or a start that hangs, a silence that is being judged, the end of a process that resists.
 */
const RECOVERY_MS =
  Math.max(limits.reconnect.maxDelayMs, RESPAWN_MS) +
  BOOT_MS +
  1_000 +
  HANDSHAKE_MS +
  limits.startup.timeoutMs +
  limits.heartbeat.intervalMs +
  2 * limits.heartbeat.timeoutMs +
  limits.heartbeat.probeMs +
  limits.graceMs +
  KILL_MS +
  PIPES_MS;
/** A person presses start where the state says that it will not come back by itself. */
const PRESSES = 4;
/** A connection that was lost in silence is found out by the first request, or two. */
const TRIES = 10;
const STOP_MS = 500 + limits.graceMs + KILL_MS + PIPES_MS + HANDSHAKE_MS + 1_000;

/** Runs a whole plan. @throws Violation */
export async function playSchedule(plan: Plan, log: (line: string) => void, tally: Tally): Promise<void> {
  const world = new World(plan, log, tally);
  for (const action of plan.actions) {
    if (world.log !== silent) world.log(JSON.stringify(action));
    await act(world, action);
    await world.clock.advance(0);
    world.check();
  }
  await recover(world);
  await leave(world);
  world.requests.count(tally);
}

/** Ends all faults and lets no new ones begin. */
function cease(world: World): void {
  const { clock, gateways, machine, network } = world;
  world.log('faults cease');
  world.becomeWell();
  world.token = world.secret;
  gateways.behavior = 'polite';
  network.conditions = loopback;
  machine.disk = { delayMs: 0, fails: false };
  world.errno.end();
  if (world.squatter !== undefined) machine.end(world.squatter, 0, null);
  // Disowned processes may be about to listen on the port.
  for (const { pid } of machine.disowned) machine.end(pid, 0, null);
  if (world.plan.mode === 'attach') world.squat('gateway', undefined);
  for (const { pid } of machine.mains) {
    machine.thaw(pid);
    machine.work(pid, 0);
    gateways.heal(pid);
    const { port } = world;
    clock.happen(0, () => machine.listen(pid, port));
  }
}

/** Once faults cease it runs within the bound and answers; an answer takes a verdict of silence back at once. */
async function recover(world: World): Promise<void> {
  cease(world);
  const { clock } = world;
  let presses = 0;
  let tries = 0;
  for (;;) {
    const rests = () => ['running', 'error', 'stopped'].includes(world.hosted.manager.getStatus().state);
    await clock.advanceUntil(() => rests() && world.faults.length === 0, waitOf(world));
    world.check();
    const { state, phase } = world.hosted.manager.getStatus();
    if (state === 'running' && (await isUsable(world))) break;
    tries += 1;
    if (tries > TRIES) throw new Violation(`${state} (${phase}), but no request is answered`);
    if (state === 'running') continue;
    if (!rests()) throw new Violation(`not back after ${String(waitOf(world))} ms: ${state} (${phase})`);
    presses += 1;
    if (presses > PRESSES) throw new Violation(`${state} (${phase}) in spite of ${String(PRESSES)} starts`);
    world.log('start');
    void world.calls.make('start', false);
    await clock.advance(1);
    world.check();
  }
  const { problem } = world.hosted.manager.getStatus();
  if (problem !== undefined) throw new Violation(`it runs with the problem ${problem.code}`);
}

/** Tries a request: the manager may still believe in a connection that is lost. */
async function isUsable(world: World): Promise<boolean> {
  const { clock, hosted, requests } = world;
  const request = { do: 'request', kind: 'plain', waits: true, timeoutMs: 10_000, bytes: 10 } as const;
  const reply = requests.make(hosted, request);
  const isOver = await clock.advanceUntil(() => reply.settlement !== undefined, waitOf(world));
  world.check();
  if (!isOver) throw new Violation('a request never settled');
  return reply.settlement?.kind === 'result';
}

function waitOf({ plan, hosted, clock }: World): number {
  const { nextRetryAt } = hosted.manager.getStatus();
  const asked = nextRetryAt === undefined ? 0 : Math.max(0, nextRetryAt - clock.wallTime());
  const resists = plan.programs.some(({ sigkillMs = 0 }) => sigkillMs === 'never' || sigkillMs >= KILL_MS);
  return RECOVERY_MS + asked + (resists ? UNKILLABLE_MS : 0);
}

/** Stops the manager. Checks that no process, socket or timer is left and no event follows. */
async function leave(world: World): Promise<void> {
  const { clock, hosted, machine, network } = world;
  world.log('stop');
  let fate = await stop(world);
  if (fate.code === 'gateway.not-stopped') {
    await clock.advance(UNKILLABLE_MS);
    fate = await stop(world);
  }
  if (fate.code !== undefined) throw new Violation(`stop() failed with ${fate.code}`);
  if (hosted.manager.getStatus().state !== 'stopped') throw new Violation('not stopped after stop()');
  await clock.advance(10_000);
  world.check();
  const [open] = world.calls.open;
  if (open !== undefined) throw new Violation(`${open} never settled`);
  const [unsettled] = world.requests.ledger.unsettled;
  if (unsettled !== undefined) throw new Violation(`${unsettled.token} never settled`);
  if (hosted.timers > 0) throw new Violation(`${String(hosted.timers)} timers left`);
  if (hosted.waits > 0) throw new Violation(`${String(hosted.waits)} waits never settled`);
  const { newListeners = 0 } = world;
  if (newListeners > 0) throw new Violation(`${String(newListeners)} listeners left`);
  if (machine.ours.length > 0) throw new Violation(`pid ${machine.ours.map(({ pid }) => pid).join(', ')} left`);
  const { dialled } = network;
  const { spawns } = machine;
  const { reported } = hosted;
  await clock.advance(100_000);
  world.check();
  if (network.dialled !== dialled || machine.spawns !== spawns) throw new Violation('it went on after stop()');
  if (hosted.reported !== reported) throw new Violation('an event was emitted after stop()');
}

async function stop(world: World): Promise<Fate> {
  let fate: Fate | undefined;
  void world.calls.make('stop', false).then((answer) => {
    fate = answer;
  });
  await world.clock.advanceUntil(() => fate !== undefined, STOP_MS);
  world.check();
  if (fate === undefined) throw new Violation(`stop() does not settle: ${world.hosted.manager.getStatus().phase}`);
  return fate;
}

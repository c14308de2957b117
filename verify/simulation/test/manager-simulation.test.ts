import { Emitter } from '@deskclaw/core/internal';
import { describeProblem, type GatewayStatus } from '@deskclaw/protocol';
import { describe, expect, test } from 'vitest';
import { failureOf } from '../src/simulation.ts';
import {
  type Answered,
  answerFaults,
  edgeFaults,
  refusalFaults,
  respawnDue,
  respawnFaults,
  respawnWait,
  type Seen,
  statusFaults,
  unreportedFaults,
} from '../src/whole/invariants.ts';
import { listenerCount } from '../src/whole/listeners.ts';
import { makePlan, type Plan } from '../src/whole/plan.ts';
import { healthy, PORT } from '../src/whole/program.ts';
import { wholeSimulation } from '../src/whole/simulation.ts';
import { playSeeds } from './play-seeds.ts';

const lastSeed = Number(process.env['SIM_SEEDS'] ?? 150);

test(`a manager keeps every promise under the schedules of seeds 1 to ${String(lastSeed)}`, {
  timeout: 120_000,
}, async () => {
  await playSeeds(wholeSimulation, 1, lastSeed);
});

test('a plan is the same for the same seed, and another for another', () => {
  expect(makePlan(42)).toEqual(makePlan(42));
  expect(makePlan(42)).not.toEqual(makePlan(43));
});

test('a schedule plays the same way twice', async () => {
  const played = async (seed: number) => {
    const lines: string[] = [];
    await failureOf(wholeSimulation, makePlan(seed), (line) => lines.push(line));
    return lines;
  };
  for (let seed = 1; seed <= Math.min(20, lastSeed); seed += 1) expect(await played(seed)).toEqual(await played(seed));
});

describe('schedules that once found a fault', () => {
  const ordinary: Plan = {
    seed: 1,
    mode: 'auto',
    port: 'fixed',
    dialect: 'jsonrpc',
    choice: 'jsonrpc',
    lifeline: false,
    drainMs: 0,
    squatter: undefined,
    programs: [healthy],
    actions: [],
  };
  const pass = (ms: number) => ({ do: 'pass', ms }) as const;
  const start = { do: 'start' } as const;
  const stop = { do: 'stop' } as const;
  const restart = { do: 'restart' } as const;

  test.each<[what: string, plan: Partial<Plan>]>([
    [
      'a stop of an attached gateway stops looking after it',
      { squatter: 'gateway', actions: [start, pass(100), stop] },
    ],
    [
      'a new start after one that could not be planned is told at once',
      { squatter: 'http', actions: [start, pass(18), start] },
    ],
    [
      'a process that outlives SIGKILL is not called stopped, and the next stop goes for it again',
      {
        programs: [{ ...healthy, sigtermMs: 'never', sigkillMs: 6_500 }],
        actions: [start, pass(200), stop, pass(6_300), stop, pass(2_000)],
      },
    ],
    ['a stop ends the look at the port that a start had begun', { squatter: 'mute', actions: [start, stop, pass(1)] }],
    [
      'a restart ends the look at the port that a start had begun',
      { squatter: 'http', actions: [start, restart, pass(1)] },
    ],
    [
      'a start after the attached gateway went away starts one',
      { squatter: 'gateway', actions: [start, pass(100), { do: 'exit', code: 0 }, pass(20_000), start, pass(1_000)] },
    ],
    [
      'a restart of what failed is told while the port is looked at',
      {
        actions: [
          start,
          pass(200),
          { do: 'exit', code: 78 },
          pass(200),
          { do: 'disk', delayMs: 200, fails: false },
          restart,
          pass(1),
        ],
      },
    ],
    [
      'a start during the pause before a respawn is told at once',
      {
        programs: [{ ...healthy, exit: { afterMs: 100, code: 1 } }],
        actions: [start, pass(250), { do: 'disk', delayMs: 50, fails: false }, start],
      },
    ],
    [
      'a start that attaches ends what was to be tried again',
      {
        programs: [{ ...healthy, exit: { afterMs: 10, code: 9 } }],
        actions: [start, pass(100), { do: 'squat', as: 'gateway', ms: 9_000 }, start, pass(1_000)],
      },
    ],
    [
      'who takes the port while a gateway boots is told no token',
      { actions: [start, pass(3), { do: 'squat', as: 'gateway', ms: 9_000 }, pass(1_000)] },
    ],
    [
      'who takes the port while a gateway restarts itself is told no token',
      {
        actions: [
          start,
          pass(300),
          { do: 'restart-itself', downMs: 6_000 },
          pass(2),
          { do: 'squat', as: 'gateway', ms: 3_000 },
          pass(5_000),
        ],
      },
    ],
    [
      'a gateway that is reached again while it drains has not been ready for the next one',
      {
        drainMs: 500,
        actions: [
          start,
          pass(4_000),
          { do: 'request', kind: 'idempotent', waits: false, timeoutMs: 5_000, bytes: 10 },
          { do: 'reset' },
          restart,
          pass(1_000),
        ],
      },
    ],
    [
      'a start that waits for a gateway to come back hears that it does not',
      {
        actions: [
          start,
          pass(200),
          { do: 'disk', delayMs: 200, fails: false },
          { do: 'exit', code: 78 },
          start,
          pass(1_000),
        ],
      },
    ],
    [
      'a stop does not leave the end of what an earlier host left to itself',
      {
        mode: 'supervise',
        programs: [{ ...healthy, sigtermMs: 'never', sigkillMs: 7_000 }],
        actions: [start, pass(200), { do: 'host-dies' }, restart, { do: 'force-stop' }, pass(2_000)],
      },
    ],
    [
      'a stop cuts the goodbye short that a look at the port says',
      {
        squatter: 'gateway',
        actions: [{ do: 'delays', minMs: 100, maxMs: 100 }, start, pass(700), stop, pass(1)],
      },
    ],
    [
      'a forced restart is not swallowed by a gentle one that waits for the old process',
      {
        programs: [{ ...healthy, sigtermMs: 'never' }],
        actions: [start, pass(200), restart, pass(10), { do: 'force-restart' }, pass(2_000)],
      },
    ],
    [
      'a stop from within the listener that hears of running waits for the goodbye',
      { squatter: 'gateway', actions: [{ do: 'upon', state: 'running', call: 'stop' }, start, pass(100)] },
    ],
    [
      'a restart that cannot be planned in the middle of a stop has failed, and a start can follow',
      {
        actions: [start, pass(200), { do: 'prepare', delayMs: 0, fails: true }, stop, restart, pass(500), start],
      },
    ],
    [
      'a gateway that drains is not called running because it can still be reached',
      {
        drainMs: 500,
        actions: [
          start,
          pass(200),
          { do: 'behavior', behavior: 'silent' },
          { do: 'request', kind: 'keyed', waits: false, timeoutMs: 500, bytes: 10 },
          { do: 'prepare', delayMs: 0, fails: true },
          stop,
          restart,
          start,
        ],
      },
    ],
    [
      'a restart that is refused because the gateway is attached disturbs no start',
      {
        squatter: 'gateway',
        actions: [start, pass(100), { do: 'together', requestNames: ['restart', 'start'] }, pass(10)],
      },
    ],
    [
      'a start that cannot be planned ends the respawn that was to come',
      {
        programs: [{ ...healthy, exit: { afterMs: 100, code: 1 } }],
        actions: [start, pass(200), { do: 'prepare', delayMs: 0, fails: true }, start, pass(30_000)],
      },
    ],
    [
      'a restart that cannot be planned leaves a start under way alone',
      {
        programs: [{ ...healthy, spawnDelayMs: 300 }],
        actions: [start, pass(10), { do: 'prepare', delayMs: 0, fails: true }, restart, pass(1_000)],
      },
    ],
    [
      'a start that joins a restart which cannot be planned gets what was coming before it',
      {
        actions: [
          start,
          { do: 'prepare', delayMs: 0, fails: true },
          { do: 'together', requestNames: ['restart', 'start'] },
          pass(1_000),
        ],
      },
    ],
    [
      'a refused token is the answer of every start that waits, and is not tried again for each',
      {
        actions: [
          { do: 'refuse-token' },
          { do: 'together', requestNames: ['start', 'restart', 'start', 'start'] },
          pass(1_000),
        ],
      },
    ],
    [
      'a start from within the listener that hears of an attached gateway’s loss looks for another',
      {
        mode: 'attach',
        squatter: 'gateway',
        actions: [
          start,
          pass(8_000),
          { do: 'upon', state: 'error', call: 'start' },
          { do: 'exit', code: 1 },
          pass(10_000),
        ],
      },
    ],
    [
      'a stop ends the wait for the end of a chat run',
      {
        dialect: 'openclaw',
        choice: 'openclaw',
        squatter: 'gateway',
        actions: [start, pass(10), { do: 'announce' }, pass(10), { do: 'reset' }, pass(1_000), stop, pass(1)],
      },
    ],
    [
      'a restart from within the listener of a stop that is still to come does not call running what is about to end',
      {
        mode: 'supervise',
        actions: [
          { do: 'upon', state: 'running', call: 'stop' },
          { do: 'upon', state: 'stopping', call: 'force-restart' },
          start,
          pass(1_000),
        ],
      },
    ],
    [
      'a start from within the listener that hears of giving up waits for the tries that it asks for',
      {
        mode: 'supervise',
        actions: [
          start,
          pass(2_000),
          { do: 'upon', state: 'error', call: 'start' },
          { do: 'restart-itself', downMs: 2_961 },
          pass(4_000),
        ],
      },
    ],
    [
      'a forced restart does not wait for a process that an earlier forced one started and that takes its time to end',
      {
        mode: 'supervise',
        programs: [{ spawnDelayMs: 168, listen: { port: PORT, afterMs: 849 }, sigtermMs: 'never' }],
        actions: [
          { do: 'force-restart' },
          pass(1),
          { do: 'stand-still', ms: 14_077, monotonic: 'counted' },
          pass(1),
          { do: 'force-restart' },
        ],
      },
    ],
    [
      'a start that cannot be planned is emitted as an error even if the status was read before',
      {
        mode: 'supervise',
        actions: [
          { do: 'force-restart' },
          { do: 'prepare', delayMs: 0, fails: true },
          { do: 'upon', state: 'stopped', call: 'restart' },
          stop,
          pass(44),
        ],
      },
    ],
    [
      'a stop ends the wait for a history that is not told any more',
      {
        mode: 'supervise',
        dialect: 'openclaw',
        choice: 'openclaw',
        actions: [
          { do: 'behavior', behavior: 'silent' },
          start,
          pass(1_872),
          { do: 'announce' },
          { do: 'close', code: 1000 },
          pass(602),
          stop,
          pass(50),
        ],
      },
    ],
    [
      'a stop ends the wait for a chat run whose gateway had died before it',
      {
        mode: 'supervise',
        dialect: 'openclaw',
        choice: 'openclaw',
        programs: [{ spawnDelayMs: 150, listen: { port: PORT, afterMs: 157 }, sigtermMs: 'never', zombieMs: 0 }],
        actions: [
          start,
          pass(846),
          { do: 'announce' },
          { do: 'close', code: 1008 },
          pass(64),
          { do: 'exit', code: 0 },
          stop,
          pass(2_000),
        ],
      },
    ],
    [
      'a look at the port waits for the goodbye to what was there',
      {
        squatter: 'gateway',
        actions: [start, pass(100), { do: 'delays', minMs: 50, maxMs: 50 }, stop, restart, pass(1_000)],
      },
    ],
    [
      'a preflight that is called off while the machine sleeps has its whole time to end',
      {
        mode: 'supervise',
        programs: [{ spawnDelayMs: 273, listen: { port: PORT, afterMs: 1_347 }, sigtermMs: 143 }],
        actions: [
          start,
          pass(4_461),
          { do: 'host-dies' },
          restart,
          stop,
          { do: 'stand-still', ms: 28_932, monotonic: 'counted' },
        ],
      },
    ],
    [
      'a process that the machine slept with has not outlived SIGKILL',
      {
        mode: 'supervise',
        programs: [{ spawnDelayMs: 27, listen: { port: PORT, afterMs: 158 }, sigtermMs: 'never', sigkillMs: 5 }],
        actions: [
          { do: 'upon', state: 'error', call: 'force-stop' },
          start,
          pass(100),
          { do: 'force-restart' },
          { do: 'stand-still', ms: 27_839, monotonic: 'counted' },
        ],
      },
    ],
    [
      'a stop from within the news that something outlived SIGKILL leaves no watch over it behind',
      {
        mode: 'supervise',
        programs: [{ spawnDelayMs: 27, listen: { port: PORT, afterMs: 158 }, sigtermMs: 'never', sigkillMs: 5_500 }],
        actions: [
          { do: 'upon', state: 'error', call: 'force-stop' },
          start,
          pass(100),
          { do: 'force-restart' },
          pass(9_000),
        ],
      },
    ],
    [
      'a start while a slow try is under way is a start, and not told as an error',
      {
        mode: 'attach',
        dialect: 'openclaw',
        choice: 'openclaw',
        seed: 62_122,
        actions: [
          start,
          pass(82),
          { do: 'force-stop' },
          start,
          pass(1_707),
          { do: 'delays', minMs: 16, maxMs: 137 },
          { do: 'stand-still', ms: 54_740, monotonic: 'counted' },
        ],
      },
    ],
    [
      'what is taken over is watched at once, however slow the disk',
      {
        dialect: 'openclaw',
        choice: 'openclaw',
        actions: [
          start,
          pass(2_831),
          { do: 'host-dies' },
          { do: 'disk', delayMs: 1_500, fails: false },
          start,
          pass(3_200),
          { do: 'exit', code: 134 },
          pass(1_500),
        ],
      },
    ],
    [
      'a crash while a restart is planned of what had been given up belongs to that restart',
      {
        mode: 'supervise',
        actions: [
          start,
          pass(2_797),
          { do: 'prepare', delayMs: 400, fails: true },
          { do: 'refuse-token' },
          { do: 'close', code: 1001 },
          pass(4_450),
          { do: 'force-restart' },
          { do: 'exit', code: 1 },
          pass(10),
        ],
      },
    ],
    [
      'a start that cannot be planned joins the respawn that began meanwhile',
      {
        seed: 102_247,
        mode: 'supervise',
        dialect: 'openclaw',
        choice: 'openclaw',
        programs: [healthy, { spawnDelayMs: 146, listen: { port: PORT, afterMs: 802 }, sigtermMs: 628 }],
        actions: [
          start,
          { do: 'delays', minMs: 12, maxMs: 106 },
          pass(342),
          { do: 'reset' },
          pass(2_006),
          { do: 'prepare', delayMs: 400, fails: true },
          { do: 'exit', code: 1 },
          pass(2_462),
          pass(2_823),
          { do: 'exit', code: 134 },
          start,
          pass(390),
        ],
      },
    ],
    [
      'a sleep that ends just after a deadline is noticed by an earlier timer',
      {
        mode: 'supervise',
        programs: [{ spawnDelayMs: 217, sigtermMs: 100 }],
        actions: [
          start,
          pass(1_217),
          { do: 'host-dies' },
          { do: 'force-restart' },
          stop,
          { do: 'stand-still', ms: 7_630, monotonic: 'counted' },
        ],
      },
    ],
    [
      'a look for other gateways ends when a respawn of ours begins',
      {
        seed: 126_482,
        actions: [
          start,
          { do: 'force-restart' },
          pass(25),
          pass(35),
          { do: 'delays', minMs: 29, maxMs: 127 },
          { do: 'deaf' },
          { do: 'print', text: 'Error: token=' },
          pass(999),
          { do: 'squat', as: 'mute', ms: 1_125 },
          { do: 'exit', code: 0 },
          restart,
          pass(2_590),
        ],
      },
    ],
    [
      'a process that survives SIGKILL is reported until it ends, and no longer',
      {
        mode: 'supervise',
        programs: [
          { spawnFailure: { code: 'E2BIG', message: 'spawn E2BIG' } },
          { spawnDelayMs: 154, listen: { port: PORT, afterMs: 1_108 }, sigtermMs: 'never', sigkillMs: 9_093 },
        ],
        actions: [
          start,
          { do: 'force-restart' },
          stop,
          { do: 'prepare', delayMs: 10, fails: true },
          pass(11_598),
          start,
        ],
      },
    ],
  ])('the schedule of a fixed fault keeps every promise: %s', async (_, plan) => {
    expect(await failureOf(wholeSimulation, { ...ordinary, ...plan })).toBeUndefined();
  });
});

describe('judges of the simulation', () => {
  const running: GatewayStatus = {
    state: 'running',
    phase: 'ready',
    since: 0,
    ownership: 'owned',
    health: 'ok',
    generation: 3,
    host: '127.0.0.1',
    port: PORT,
    url: 'ws://127.0.0.1:18789/ws',
    pid: 7,
    connectedAt: 1,
    reconnectAttempts: 0,
    restarts: 0,
  };
  const { pid: _, connectedAt: __, ...unconnected } = running;
  const stopped: GatewayStatus = { ...unconnected, state: 'stopped', phase: 'idle', ownership: 'none', health: 'down' };
  const well: Seen = { now: 1_000, mains: [7], mayLive: (pid) => pid === 7, sockets: 1, isConnected: true };
  const empty: Seen = { ...well, mains: [], sockets: 0, isConnected: false };
  const problem = describeProblem('internal', { detail: 'x' }, 0);

  test.each<[what: string, status: GatewayStatus, seen: Seen, fault: RegExp | undefined]>([
    ['nothing wrong with a gateway that runs', running, well, undefined],
    ['nothing wrong with one that is stopped', stopped, empty, undefined],
    ['running without a connection', unconnectedRunning(), { ...well, isConnected: false }, /without a connection/],
    ['a connection that is denied', running, { ...well, isConnected: false }, /disagree/],
    ['running without an owner', { ...running, ownership: 'none' }, well, /owned by nobody/],
    ['running without a pid', { ...unconnected, connectedAt: 1 }, well, /without a pid/],
    ['a dead pid', running, { ...well, mains: [], mayLive: () => false }, /which is dead/],
    ['another pid than the one that lives', running, { ...well, mains: [8] }, /pid 7, but 8 lives/],
    ['attached to a process of ours', { ...running, ownership: 'attached' }, well, /of ours/],
    ['stopped while it lives', stopped, { ...empty, mains: [7] }, /stopped, but pid 7 lives/],
    ['stopped with a socket', stopped, { ...empty, sockets: 1 }, /1 sockets/],
    ['stopped and owned', { ...stopped, ownership: 'owned' }, empty, /stopped, but owned/],
    ['stopped with a problem', { ...stopped, problem }, empty, /stopped, with the problem/],
    ['an error without a reason', { ...stopped, state: 'error', phase: 'failed' }, empty, /without a problem/],
    ['an error of what works', { ...running, state: 'error', problem }, well, /though it is connected/],
    ['a wait without an end', { ...stopped, state: 'reconnecting', phase: 'backoff' }, empty, /without nextRetryAt/],
    ['a wait too long', { ...stopped, state: 'reconnecting', nextRetryAt: 400_000 }, empty, /ms away/],
  ])('the status judge reports %s', (_what, status, seen, fault) => {
    const faults = [...statusFaults(status, seen)];
    if (fault === undefined) expect(faults).toEqual([]);
    else expect(faults).toContainEqual(expect.stringMatching(fault));
  });

  function unconnectedRunning(): GatewayStatus {
    return { ...unconnected, pid: 7 };
  }

  test('the respawn judge reports a respawn too soon or too late', () => {
    const backoff: GatewayStatus = { ...stopped, state: 'reconnecting', phase: 'backoff', nextRetryAt: 1_100 };
    const clockAt = (now: number, wallTime: number) => ({ now: () => now, wallTime: () => wallTime });
    const due = respawnDue(backoff, clockAt(50, 1_000));
    expect(due).toBe(150);
    expect(respawnWait(undefined, due, 50)).toBe(100);
    expect(respawnWait(due, due, 60)).toBeUndefined();
    expect(respawnWait(due, respawnDue(running, clockAt(60, 1_010)), 60)).toBeUndefined();
    const jumped = respawnDue({ ...backoff, nextRetryAt: 31_100 }, clockAt(132, 31_082));
    expect(respawnWait(due, jumped, 132)).toBeUndefined();
    expect([100, 250, 30_000, 30_100].map((ms) => [...respawnFaults(ms)].length)).toEqual([1, 0, 0, 1]);
  });

  test('the listener judge reports a listener left behind', () => {
    const before = listenerCount();
    const off = new Emitter<{ readonly a: number }>().on('a', () => undefined);
    expect(listenerCount() - before).toBe(1);
    off();
    off();
    expect(listenerCount() - before).toBe(0);
  });

  test('the edge judge reports an undocumented edge and an unpublished change', () => {
    expect([...edgeFaults('stopped', 'starting', 'stopped')]).toEqual([]);
    expect([...edgeFaults('stopped', 'running', 'stopped')]).toEqual(['stopped -> running is no edge']);
    expect([...edgeFaults('starting', 'running', 'stopped')]).toHaveLength(1);
    expect([...unreportedFaults(running, { ...running, uptime: 5 })]).toEqual([]);
    expect([...unreportedFaults(running, { ...running, health: 'busy' })]).toEqual(['health is busy, but ok was told']);
    expect([...unreportedFaults(running, { ...running, problem })]).toHaveLength(1);
  });

  const started: Answered = {
    kind: 'start',
    result: { outcome: 'applied', generation: 3, pid: 7 },
    isLast: true,
    status: running,
    seen: well,
    survivors: [],
    ours: [7],
    timers: 3,
  };
  const ended: Answered = {
    ...started,
    kind: 'stop',
    result: { outcome: 'applied', generation: 3 },
    status: stopped,
    seen: empty,
    ours: [],
    timers: 0,
  };
  test.each<[what: string, answered: Answered, fault: RegExp | undefined]>([
    ['nothing wrong with a start that is true', started, undefined],
    ['nothing wrong with a stop that is true', ended, undefined],
    ['a start that is not running', { ...started, status: { ...running, state: 'reconnecting' } }, /but reconnecting/],
    ['a start of another generation', { ...started, status: { ...running, generation: 4 } }, /generation 3, not 4/],
    ['a start with a dead pid', { ...started, seen: { ...well, mayLive: () => false } }, /which is dead/],
    ['a restart whose old process lives', { ...started, kind: 'restart', survivors: [6] }, /6 from before lives/],
    ['superseded by nothing', { ...started, result: { outcome: 'superseded', generation: 3 } }, /nothing came after/],
    ['a stop whose process lives', { ...ended, ours: [7] }, /pid 7 lives/],
    ['a stop that is not stopped', { ...ended, status: { ...stopped, state: 'stopping' } }, /but stopping/],
    ['a stop with a socket', { ...ended, seen: { ...empty, sockets: 1 } }, /1 sockets/],
    ['a stop with a timer', { ...ended, timers: 1 }, /1 timers/],
  ])('the answer judge reports %s', (_what, answered, fault) => {
    const faults = [...answerFaults(answered)];
    if (fault === undefined) expect(faults).toEqual([]);
    else expect(faults).toEqual([expect.stringMatching(fault)]);
  });

  test('the answer judge reports a false refusal', () => {
    const refused = { code: 'port.in-use', isLast: true, wasStopped: false, waitedMs: 5_000 } as const;
    const failed: GatewayStatus = { ...stopped, state: 'error', problem };
    expect([...refusalFaults('start', refused, failed)]).toEqual([]);
    expect([...refusalFaults('start', refused, running)]).toEqual(['start failed with port.in-use, but running']);
    expect([...refusalFaults('start', { ...refused, code: undefined }, failed)]).toHaveLength(1);
    expect([...refusalFaults('start', { ...refused, code: 'internal' }, failed)]).toHaveLength(1);
    expect([...refusalFaults('restart', { ...refused, code: 'aborted' }, failed)]).toHaveLength(1);
    expect([...refusalFaults('restart', { ...refused, code: 'aborted', wasStopped: true }, failed)]).toEqual([]);
    const busy: GatewayStatus = { ...running, state: 'reconnecting', health: 'busy' };
    const leftBusy = { ...refused, code: 'gateway.unresponsive' } as const;
    expect([...refusalFaults('start', leftBusy, busy)]).toEqual([]);
    expect([...refusalFaults('start', { ...leftBusy, waitedMs: 4_999 }, busy)]).toHaveLength(1);
    expect([...refusalFaults('start', leftBusy, { ...busy, health: 'down' })]).toHaveLength(1);
    expect([...refusalFaults('start', { ...leftBusy, code: 'connection.exhausted' }, busy)]).toHaveLength(1);
  });
});

import { afterEach, describe, expect, test } from 'vitest';
import { nodeClock } from '../../src/ports/node/node-clock.ts';
import { nodeProcessTable } from '../../src/ports/node/process-table.ts';
import { killTreeUntilGone } from '../../src/process/kill-process-tree.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { SimulatedProcesses } from '../../src/testing/simulated-processes.ts';
import { endAll, isAlive, spawnReal } from './real.ts';

afterEach(endAll);
const ports = { processes: nodeProcessTable, clock: nodeClock };

describe('ending a tree', () => {
  test('leaves nobody: not who ignores SIGTERM, not the group, not who left it', async () => {
    const marker = `DESKCLAW_LAUNCH=test-${String(process.pid)}`;
    const child = spawnReal({
      acts: ['ignore-sigterm', 'helper=group', 'helper=session', 'helper=session clean', 'say=ready', 'live'],
      env: { PATH: process.env['PATH'] ?? '', DESKCLAW_LAUNCH: marker.slice('DESKCLAW_LAUNCH='.length) },
    });
    await child.says(/ready/);
    const leader = nodeProcessTable.find(await child.pid);
    if (leader === undefined) throw new Error('the child is gone');
    const helpers = [...child.stdout().matchAll(/helper (\d+)/g)].map((found) => Number(found[1]));
    expect(helpers.filter(isAlive)).toHaveLength(3);
    expect(await killTreeUntilGone({ leader, marker }, ports, 5_000)).toEqual([]);
    expect([leader.pid, ...helpers].filter(isAlive)).toEqual([]);
    await child.drained;
  });

  test('killing an empty tree resolves at once', async () => {
    expect(await killTreeUntilGone({ leader: { pid: 2 ** 22 + 1, startMark: 'x' } }, ports, 5_000)).toEqual([]);
  });

  test('finds what is started while it kills', async () => {
    // Each helper starts the next one as fast as it can; only a look after the kill sees the last.
    const child = spawnReal({
      file: '/bin/sh',
      args: ['-c', 'spawn() { (sleep 100 & spawn) & }; spawn; echo ready; while :; do sleep 0.01 & done'],
    });
    await child.says(/ready/);
    const leader = nodeProcessTable.find(await child.pid);
    if (leader === undefined) throw new Error('the child is gone');
    expect(await killTreeUntilGone({ leader }, ports, 10_000)).toEqual([]);
    expect(nodeProcessTable.tree({ leader })).toEqual([]);
  });

  test('killing a tree waits for every process seen in it, even one that no longer belongs to it', async () => {
    const clock = new SimulatedClock();
    const helper = { ownGroup: true, carriesMarker: false, sigkillMs: 50 };
    const machine = new SimulatedProcesses(clock, () => ({ children: [helper] }));
    const host = machine.newHost();
    const nothing = () => undefined;
    host.spawner.spawn(
      { file: '/gw', args: [], env: {}, lifeline: false },
      { spawned: nothing, failed: nothing, output: nothing, exited: nothing, drained: nothing },
    );
    await clock.advance(1);
    const [leader] = machine.mains;
    if (leader === undefined) throw new Error('nothing was spawned');
    let done = false;
    const ended = killTreeUntilGone({ leader }, { processes: host.processes, clock }, 1_000).finally(() => {
      done = true;
    });
    await clock.advance(40);
    expect([machine.mains, done]).toEqual([[], false]);
    await clock.advance(100);
    expect(await ended).toEqual([]);
    expect(machine.ours).toEqual([]);
  });

  test('says who is left when its time is up', async () => {
    const clock = new SimulatedClock();
    const machine = new SimulatedProcesses(clock, () => ({ sigkillMs: 'never' }));
    const host = machine.newHost();
    const nothing = () => undefined;
    host.spawner.spawn(
      { file: '/gw', args: [], env: {}, lifeline: false },
      { spawned: nothing, failed: nothing, output: nothing, exited: nothing, drained: nothing },
    );
    await clock.advance(1);
    const [leader] = machine.mains;
    if (leader === undefined) throw new Error('nothing was spawned');
    const ended = killTreeUntilGone({ leader }, { processes: host.processes, clock }, 1_000);
    await clock.advance(1_200);
    expect((await ended).map((info) => info.pid)).toEqual([leader.pid]);
  });
});

import { describe, expect, test } from 'vitest';
import type { ChildHandlers, ProcessIdentity, ProcessTable } from '../../src/ports/spawner.ts';
import { Child } from '../../src/process/child.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { SimulatedProcesses } from '../../src/testing/simulated-processes.ts';

const encoder = new TextEncoder();
const request = { file: '/gw', args: [], env: {}, lifeline: false };

/** A child whose life is told by the test itself. */
function reported(options: { readonly find?: ProcessTable['find']; readonly redact?: (text: string) => string } = {}) {
  const clock = new SimulatedClock();
  const host = new SimulatedProcesses(clock, () => ({})).newHost();
  const heard: string[] = [];
  const acts: string[] = [];
  let handlers: ChildHandlers | undefined;
  const child = new Child(
    {
      clock,
      processes: {
        ...host.processes,
        find: options.find ?? ((pid) => ({ pid, startMark: 'm', parentPid: 1, groupId: pid, name: 'gw' })),
      },
      spawner: {
        spawn: (_request, its) => {
          handlers = its;
          return { pid: 7, releaseLifeline: () => acts.push('released'), abandonOutput: () => acts.push('abandoned') };
        },
      },
      ...(options.redact === undefined ? {} : { redact: options.redact }),
    },
    request,
    {
      spawned: ({ pid, startMark }: ProcessIdentity) => heard.push(`spawned ${String(pid)} ${startMark}`),
      failed: ({ code }) => heard.push(`failed ${code}`),
      line: ({ text }) => heard.push(text),
      exited: ({ code, signal }) => heard.push(`exited ${String(code)} ${String(signal)}`),
    },
  );
  if (handlers === undefined) throw new Error('nothing was spawned');
  let drained = false;
  void child.drained.then(() => {
    drained = true;
  });
  const isDrained = async () => {
    await clock.advance(0);
    return drained;
  };
  return { child, heard, acts, isDrained, clock, ...handlers };
}

describe('a child', () => {
  test('a child is drained once it exited and both pipes ended, in either order', async () => {
    const exitFirst = reported();
    exitFirst.spawned(7);
    exitFirst.exited(0, null);
    expect(await exitFirst.isDrained()).toBe(false);
    exitFirst.drained();
    expect(await exitFirst.isDrained()).toBe(true);

    const pipesFirst = reported();
    pipesFirst.spawned(7);
    pipesFirst.drained();
    expect(await pipesFirst.isDrained()).toBe(false);
    pipesFirst.exited(0, null);
    expect(await pipesFirst.isDrained()).toBe(true);
  });

  test('gives out its last unfinished line when its pipes end, not before', () => {
    const { output, drained, exited, spawned, heard, child } = reported();
    spawned(7);
    output('stderr', encoder.encode('Error: half a'));
    exited(1, null);
    expect(heard).toEqual(['spawned 7 m', 'exited 1 null']);
    output('stderr', encoder.encode(' line'));
    drained();
    expect(heard.at(-1)).toBe('Error: half a line');
    expect(child.transcript.lastLines()).toEqual(['Error: half a line']);
  });

  test('a child with abandoned output counts as drained and keeps its partial line', async () => {
    const { output, exited, spawned, child, acts, isDrained } = reported();
    spawned(7);
    output('stdout', encoder.encode('last'));
    exited(0, null);
    child.abandonOutput();
    expect([await isDrained(), acts, child.transcript.lastLines()]).toEqual([true, ['abandoned'], ['last']]);
  });

  test('a child that is no longer watched emits nothing, but its pipes are read', () => {
    const { output, exited, spawned, child, heard } = reported();
    spawned(7);
    child.stopWatching();
    output('stdout', encoder.encode('unheard\n'));
    exited(0, null);
    expect(heard).toEqual(['spawned 7 m']);
    expect(child.counts.lines).toBe(1);
    expect(child.exit).toEqual({ code: 0, signal: null });
  });

  test('a child that could not be spawned reports failure and holds no timer', () => {
    const { failed, heard, clock, child } = reported();
    failed({ code: 'ENOENT', message: 'spawn ENOENT' });
    expect([heard, clock.pendingTimers, child.identity]).toEqual([['failed ENOENT'], 0, undefined]);
  });

  test.each<[string, ProcessTable['find']]>([
    ['is gone already', () => undefined],
    [
      'cannot be looked at',
      () => {
        throw new Error('EMFILE');
      },
    ],
  ])('a child that %s has an identity that matches nothing', (_, find) => {
    const { spawned, child } = reported({ find });
    spawned(7);
    expect(child.identity).toEqual({ pid: 7, startMark: '' });
  });

  test('loses its secrets before anything keeps them', () => {
    const { output, spawned, heard, child } = reported({ redact: (text) => text.replace('secret', '*') });
    spawned(7);
    output('stderr', encoder.encode('Error: secret\n'));
    expect(heard.at(-1)).toBe('Error: *');
    expect([...child.transcript.firstFailure, ...child.transcript.evidence()].join()).not.toContain('secret');
  });
});

import { afterEach, describe, expect, test } from 'vitest';
import {
  findMarker,
  linuxProcesses,
  measurePage,
  parseStat,
  parseUsers,
} from '../../src/ports/node/linux-processes.ts';
import { nodeProcessTable, ownIdentity, processTable } from '../../src/ports/node/process-table.ts';
import { type ProcessSource, selectTree } from '../../src/ports/node/process-tree.ts';
import { parseCpuTime, parsePsLine, psProcesses } from '../../src/ports/node/ps-processes.ts';
import { parseCimProcess } from '../../src/ports/node/windows-processes.ts';
import type { ProcessInfo } from '../../src/ports/spawner.ts';
import { endAll, isAlive, spawnReal } from './real.ts';

afterEach(endAll);

/** procps writes the environment with `e`, where macOS has `-E`. */
const sources: readonly (readonly [string, ProcessSource])[] = [
  ['/proc', linuxProcesses],
  ['ps', psProcesses(['axeww'])],
];

describe.skipIf(process.platform !== 'linux').each(sources)('processes through %s', (sourceName, source) => {
  const table = processTable(source, (pid) => {
    process.kill(-pid, 'SIGKILL');
    return true;
  });

  test('the process table finds its own process', () => {
    const self = table.find(process.pid);
    expect(self).toMatchObject({ pid: process.pid, parentPid: process.ppid });
    expect(self?.cpuMs).toBeGreaterThanOrEqual(0);
    // Within a factor that no wrong page size has.
    if (sourceName !== 'ps') expect((self?.rssBytes ?? 0) / process.memoryUsage.rss()).toBeGreaterThan(0.7);
    expect(self?.startMark).not.toBe('');
  });

  test('gives a process the same start mark at every look, and no mark to what does not exist', async () => {
    const pid = await spawnReal({ acts: ['live'] }).pid;
    expect(table.find(pid)?.startMark).toBe(table.find(pid)?.startMark);
    expect(table.find(2 ** 22 + 1)).toBeUndefined();
    for (const nonsense of [0, -1, 1.5, Number.NaN]) expect(table.find(nonsense)).toBeUndefined();
  });

  test('tells the command line, and none of what does not exist', async () => {
    const pid = await spawnReal({ acts: ['live'] }).pid;
    expect(table.commandLine(pid)).toMatch(/node .* live$/);
    expect(table.commandLine(2 ** 22 + 1)).toBeUndefined();
  });

  test('knows who was started before whom', () => {
    const [first, self] = [table.find(1), table.find(process.pid)];
    if (first === undefined || self === undefined) throw new Error('it does not know us');
    expect(table.isOlder(first, self)).toBe(true);
    expect(table.isOlder(self, first)).toBe(false);
    expect(table.isOlder(self, self)).toBeUndefined();
    for (const startMark of ['', 'x', '1@another-boot', '1@'])
      expect(table.isOlder({ pid: 1, startMark }, self)).toBeUndefined();
  });

  test('finds the whole tree: the group, who left it, and who carries the marker', async () => {
    const marker = `DESKCLAW_TEST=${String(process.pid)}-${sourceName}`;
    const child = spawnReal({
      acts: ['helper=group quiet', 'helper=session quiet', 'say=ready', 'live'],
      env: { PATH: process.env['PATH'] ?? '', DESKCLAW_TEST: marker.slice('DESKCLAW_TEST='.length) },
    });
    await child.says(/ready/);
    const pid = await child.pid;
    const leader = table.find(pid);
    const helpers = [...child.stdout().matchAll(/helper (\d+)/g)].map((found) => Number(found[1]));
    const pids = (found: readonly ProcessInfo[]) => found.map((info) => info.pid).sort((a, b) => a - b);
    const all = [pid, ...helpers].sort((a, b) => a - b);
    if (leader === undefined) throw new Error('the child is gone');
    expect(pids(table.tree({ leader }))).toEqual(all);
    expect(pids(table.tree({ marker }))).toEqual(all);
    process.kill(pid, 'SIGKILL');
    await child.exit;
    // The one in a session of its own has lost every other tie to the tree.
    expect(pids(table.tree({ leader }))).toEqual([helpers[0]]);
    expect(pids(table.tree({ leader, marker }))).toEqual([...helpers].sort((a, b) => a - b));
    // Of a leader that a record names, the group counts by the member that carries the marker.
    expect(pids(table.tree({ recordedLeader: leader, marker }))).toEqual([...helpers].sort((a, b) => a - b));
    expect(table.tree({ recordedLeader: leader, marker: `${marker}x` })).toEqual([]);
    for (const info of table.tree({ leader, marker })) table.signal(info, 'SIGKILL');
  });

  test('tells whether a process carries a marker', async () => {
    const child = spawnReal({ acts: ['say=ready', 'live'], env: { PATH: '/bin', DESKCLAW_TEST: 'a' } });
    await child.says(/ready/);
    const pid = await child.pid;
    const checks = ['DESKCLAW_TEST=a', 'DESKCLAW_TEST=b', 'DESKCLAW_TEST'].map((each) => table.checkMarker(pid, each));
    expect(checks).toEqual(['carried', 'missing', 'missing']);
    expect(table.checkMarker(2 ** 22 + 1, 'DESKCLAW_TEST=a')).toBe('untold');
  });

  test('counts a zombie as none', () => {
    const line = '77 (dead) Z 1 77 77 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 12345 0 0';
    expect(parseStat(line, 'boot')).toBeUndefined();
    // Only the main thread has ended: with other threads alive, the sockets are still open.
    expect(parseStat(line.replace(' 20 0 1 ', ' 20 0 3 '), 'boot')?.pid).toBe(77);
    expect(parsePsLine(' 77 1 77 Z+ Mon Nov 23 10:00:00 2026 00:00:00 dead')).toBeUndefined();
  });
});

describe('a signal', () => {
  const table = nodeProcessTable;

  test('reaches a process whose mark is right', async () => {
    const child = spawnReal({ acts: ['live'] });
    const info = table.find(await child.pid);
    if (info === undefined) throw new Error('the child is gone');
    expect(table.signal(info, 'SIGTERM')).toBe(true);
    expect(await child.exit).toEqual({ code: null, signal: 'SIGTERM' });
    expect(table.signal(info, 'SIGTERM')).toBe(false);
  });

  test('never reaches a process that only has the pid', async () => {
    const child = spawnReal({ acts: ['say=up', 'live'] });
    const pid = await child.pid;
    await child.says(/up/);
    for (const startMark of ['', '1@other', `${table.find(pid)?.startMark ?? ''}0`]) {
      expect(table.signal({ pid, startMark }, 'SIGKILL')).toBe(false);
      expect(table.killGroup({ pid, startMark })).toBe(false);
      expect(table.tree({ leader: { pid, startMark } })).toEqual([]);
    }
    expect(isAlive(pid)).toBe(true);
  });

  test('never reaches ourselves, nor everybody', () => {
    const self = ownIdentity();
    expect(table.signal(self, 'SIGKILL')).toBe(false);
    expect(table.killGroup(self)).toBe(false);
    for (const pid of [0, 1, -1]) expect(table.killGroup({ pid, startMark: 'x' })).toBe(false);
    expect(table.tree({ leader: self }).map((info) => info.pid)).not.toContain(process.pid);
  });

  test('a signal to a group reaches all of it, whether its leader lives or not', async () => {
    const child = spawnReal({ acts: ['helper=group quiet', 'ignore-sigterm', 'say=ready', 'live'] });
    await child.says(/ready/);
    const helper = Number(await child.says(/helper (\d+)/));
    const leader = table.find(await child.pid);
    if (leader === undefined) throw new Error('the child is gone');
    process.kill(leader.pid, 'SIGKILL');
    await child.exit;
    expect(isAlive(helper)).toBe(true);
    expect(table.killGroup(leader)).toBe(true);
    await expect.poll(() => isAlive(helper)).toBe(false);
  });
});

describe('/proc/PID/stat', () => {
  const rest = 'S 1 77 77 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0 98765 1000 200 18446744073709551615';

  test('a stat line is parsed whatever the process name holds', () => {
    for (const name of ['node', 'a) b', '((', ') R 1 (', 'tmux: server', '']) {
      expect(parseStat(`77 (${name}) ${rest}`, 'b00t', 4_096)).toEqual({
        pid: 77,
        startMark: '98765@b00t',
        parentPid: 1,
        groupId: 77,
        name,
        cpuMs: 3_000,
        rssBytes: 200 * 4_096,
      });
    }
  });

  test('the size of a page is measured, and unknown while no descriptor is free', () => {
    const noDescriptor = () => {
      throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
    };
    const statm = () => '9000 100 50 1 0 60 0';
    expect(measurePage(statm, () => 99 * 16_384)).toBe(16_384);
    expect(measurePage(statm, noDescriptor)).toBeUndefined();
    expect(measurePage(noDescriptor, () => 409_600)).toBeUndefined();
    expect(
      measurePage(
        () => '',
        () => 409_600,
      ),
    ).toBeUndefined();
  });

  test('torn in the middle is no process', () => {
    const line = `77 (node) ${rest}`;
    for (const torn of ['', '77', '77 (no', '77 (node)', line.slice(0, 40)])
      expect(parseStat(torn, 'b')).toBeUndefined();
  });

  test('a start mark of another boot is another process', () => {
    expect(parseStat(`77 (x) ${rest}`, 'one')?.startMark).not.toBe(parseStat(`77 (x) ${rest}`, 'two')?.startMark);
  });
});

test('/proc/PID/status: every user that a process is or may become, once', () => {
  expect(parseUsers('Name:\tsudo\nUid:\t1000\t0\t0\t0\nGid:\t7\t7\t7\t7\n')).toEqual(['1000', '0']);
  expect(parseUsers('')).toEqual([]);
});

describe('ps', () => {
  test('a line of ps is parsed as macOS prints it', () => {
    expect(
      parsePsLine(
        '  501     1   501 Ss   Mon Nov  2 09:05:00 2026      1:02.34 /Applications/Foo Bar.app/Contents/foo bar',
      ),
    ).toEqual({
      pid: 501,
      startMark: 'Mon Nov 2 09:05:00 2026',
      parentPid: 1,
      groupId: 501,
      name: 'foo bar',
      cpuMs: 62_340,
    });
  });

  test.each([
    ['0:00.01', 10],
    ['1:02.34', 62_340],
    ['00:00:05', 5_000],
    ['01:00:00', 3_600_000],
    ['2-01:00:00', 176_400_000],
    ['-', undefined],
    ['', undefined],
  ])('CPU time %s is %s ms', (text, ms) => {
    expect(parseCpuTime(text)).toBe(ms);
  });

  test.each(['', 'PID PPID', '1 2 3', ' 1 1 1 S not a date 0:00 x'])('%j is no process', (line) => {
    expect(parsePsLine(line)).toBeUndefined();
  });
});

describe('the processes of Windows', () => {
  test('processes of Windows are parsed from PowerShell output', () => {
    const answer = { pid: 4, ppid: 1, name: 'node.exe', start: '133800000000000000', cpu: 15.6 };
    expect(parseCimProcess(answer)).toEqual({
      pid: 4,
      parentPid: 1,
      groupId: 0,
      name: 'node.exe',
      startMark: '133800000000000000',
      cpuMs: 15.6,
    });
    for (const broken of [null, 'x', {}, { ...answer, pid: '4' }, { ...answer, start: 1 }])
      expect(parseCimProcess(broken)).toBeUndefined();
  });
});

test.each([
  ['A=1\0M=n\0', 'carried'],
  ['A=1\0XM=n\0', 'missing'],
  ['server: worker\0\0\0', 'untold'],
  ['', 'untold'],
  [undefined, 'untold'],
])('an environment %j is read: %s', (environ, expected) => {
  expect(findMarker(environ, 'M=n')).toBe(expected);
});

test('a new process with the pid of a recorded leader is not in the tree, whatever its group carries', () => {
  const info = (pid: number, startMark: string): ProcessInfo => ({
    pid,
    startMark,
    parentPid: 1,
    groupId: 100,
    name: 'x',
  });
  const tree = (all: readonly ProcessInfo[]) =>
    selectTree(
      {
        all: () => all,
        withMarker: (_marker, among) => new Set(among.map(({ pid }) => pid).filter((pid) => pid === 101)),
      },
      { recordedLeader: { pid: 100, startMark: 'old' }, marker: 'L=1' },
      1,
    ).map(({ pid }) => pid);
  const [carrier, member] = [info(101, 'a'), info(102, 'b')];
  expect(tree([carrier, member])).toEqual([101, 102]);
  expect(tree([info(100, 'new'), carrier, member])).toEqual([101]);
});

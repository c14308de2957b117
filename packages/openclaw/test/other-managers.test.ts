import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeClock, nodeProcessTable } from '@deskclaw/core';
import { nodeFiles, nodeSpawner } from '@deskclaw/core/internal';
import type { Problem } from '@deskclaw/protocol';
import { describe, expect, test } from 'vitest';
import { managedElsewhere } from '../src/other-managers.ts';
import { memoryFiles } from './memory-files.ts';

const unit = '[Service]\nExecStart=/usr/bin/node /opt/openclaw/dist/index.js gateway --port 18789\n';
const units = '/home/u/.config/systemd/user';
const agents = '/Users/u/Library/LaunchAgents';
const programs = { spawner: nodeSpawner, processes: nodeProcessTable, clock: nodeClock };

function look(
  disk: Readonly<Record<string, string>>,
  stateDir: string,
  platform: NodeJS.Platform = 'linux',
  script = 'throw new Error("not asked")',
): Promise<Problem | undefined> {
  const home = platform === 'darwin' ? '/Users/u' : '/home/u';
  const command: readonly [string, ...string[]] = [process.execPath, `--eval=${script}`];
  const files = memoryFiles(disk, platform);
  return managedElsewhere({ command, stateDir }, {}, { stateDir, platform, home, at: 0 }, { ...programs, files });
}

describe('the service of OpenClaw itself', () => {
  const enabled = (name: string) => ({
    [`${units}/${name}`]: unit,
    [`${units}/default.target.wants/${name}`]: `-> ../${name}`,
  });

  test.each<[string, Readonly<Record<string, string>>, string, NodeJS.Platform, string]>([
    [
      'a systemd unit that is enabled',
      enabled('openclaw-gateway.service'),
      '/home/u/.openclaw',
      'linux',
      'systemctl --user disable --now openclaw-gateway.service && deskclaw start',
    ],
    [
      'the unit of a profile',
      enabled('openclaw-gateway-work.service'),
      '/home/u/.openclaw-work',
      'linux',
      'systemctl --user disable --now openclaw-gateway-work.service && deskclaw start',
    ],
    [
      'a launch agent',
      { [`${agents}/ai.openclaw.gateway.plist`]: '<string>openclaw</string><string>gateway</string>' },
      '/Users/u/.openclaw',
      'darwin',
      `launchctl bootout gui/$(id -u) ${agents}/ai.openclaw.gateway.plist && rm ${agents}/ai.openclaw.gateway.plist && deskclaw start`,
    ],
  ])('a service that the system starts is named with its cure: %s', async (_, disk, stateDir, platform, cure) => {
    const problem = await look(disk, stateDir, platform);
    expect(problem?.code).toBe('gateway.managed-elsewhere');
    expect(problem?.actions.map(({ command }) => command)).toContain(cure);
  });

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['a unit that is not enabled', { [`${units}/openclaw-gateway.service`]: unit }, '/home/u/.openclaw'],
    ['the unit of another profile', enabled('openclaw-gateway-work.service'), '/home/u/.openclaw'],
    ['an isolated state folder', enabled('openclaw-gateway.service'), '/srv/state'],
    ['a state folder below the home', enabled('openclaw-gateway.service'), '/home/u/x/.openclaw'],
    [
      'a unit of that name that runs something else',
      { ...enabled('openclaw-gateway.service'), [`${units}/openclaw-gateway.service`]: 'ExecStart=/bin/true' },
      '/home/u/.openclaw',
    ],
    [
      'a link without its unit',
      { [`${units}/default.target.wants/openclaw-gateway.service`]: '-> ../x' },
      '/home/u/.openclaw',
    ],
  ])('a start is not held up by %s', async (_, disk, stateDir) => {
    expect(await look(disk, stateDir)).toBeUndefined();
  });
});

describe('a manager that has claimed the state', () => {
  const database = '/s/state/openclaw.sqlite';
  const claim = '{"version":1,"mode":"external","managerId":"fleet","claimedAt":1}';
  const says = (value: unknown) => `console.log(${JSON.stringify(JSON.stringify(value))})`;

  test.each([database, `${database}-wal`])(
    'its claim is found in %s and confirmed by OpenClaw itself',
    async (file) => {
      const problem = await look(
        { [file]: `xx${claim}xx` },
        '/s',
        'linux',
        says({ ownership: JSON.parse(claim) as unknown }),
      );
      expect(problem).toMatchObject({
        code: 'gateway.managed-elsewhere',
        detail: expect.stringContaining('fleet manages this gateway: it has claimed'),
      });
    },
  );

  test.each<[string, string]>([
    ['is void by now', says({ status: 'none', ownership: null })],
    ['cannot be confirmed', 'process.exitCode = 1'],
  ])('a claim that %s holds nothing up', async (_, script) => {
    expect(await look({ [database]: claim }, '/s', 'linux', script)).toBeUndefined();
  });

  test('OpenClaw is not asked where the database holds no claim, or there is none', async () => {
    expect(await look({ [database]: 'SQLite format 3' }, '/s')).toBeUndefined();
    expect(await look({}, '/s')).toBeUndefined();
  });
});

test('a text is found wherever it lies in a large file', async () => {
  const root = await mkdtemp(join(tmpdir(), 'other-managers-'));
  const file = join(root, 'large');
  try {
    for (const at of [0, 1024 ** 2 - 3, 2 * 1024 ** 2 - 7, 3 * 1024 ** 2]) {
      await writeFile(file, Buffer.concat([Buffer.alloc(at), Buffer.from('"managerId"'), Buffer.alloc(100)]));
      expect(await nodeFiles.contains(file, '"managerId"')).toBe(true);
      expect(await nodeFiles.contains(file, '"managerIds"')).toBe(false);
    }
    expect(await nodeFiles.contains(join(root, 'missing'), 'x')).toBe(false);
  } finally {
    await rm(root, { recursive: true });
  }
});

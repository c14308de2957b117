import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeClock, nodeProcessTable } from '@deskclaw/core';
import { nodeFiles, nodeSpawner, type RepairResult, recordFile } from '@deskclaw/core/internal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RepairPorts, repairConfig } from '../src/config-repair.ts';
import type { OpenClawPlan } from '../src/openclaw-plan.ts';
import { prepareOpenClaw } from '../src/prepare.ts';
import { manifest } from './memory-files.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'config-repair-'));
  await writeFile(join(root, 'package.json'), manifest('2026.9.6', '*'));
  await writeFile(join(root, 'openclaw.json'), '{ gateway: { mode: "local", bogus: 1 } }');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const backups = (): string => join(root, 'backups');
const env = { PATH: '/usr/bin:/bin' };

function ports(rest: Partial<RepairPorts> = {}): RepairPorts {
  return {
    files: nodeFiles,
    spawner: nodeSpawner,
    processes: nodeProcessTable,
    clock: nodeClock,
    backup: (name) => ({ path: join(backups(), name), store: recordFile(join(backups(), name)) }),
    ...rest,
  };
}

/** Plan of an OpenClaw whose commands all run this script. */
async function planOf(script: string): Promise<OpenClawPlan> {
  await writeFile(join(root, 'openclaw.mjs'), script);
  const prepared = await prepareOpenClaw(
    {
      platform: process.platform,
      env: { ...env, OPENCLAW_CONFIG_PATH: join(root, 'openclaw.json') },
      home: root,
      openclaw: root,
      self: { file: process.execPath, version: process.versions.node },
    },
    {
      files: nodeFiles,
      nodeVersion: () => Promise.resolve(process.versions.node),
      ownToken: () => ({ value: 't', source: 's' }),
      now: () => 0,
    },
  );
  if (!prepared.ok) throw new Error(prepared.problem.detail);
  return prepared.plan;
}

const never = new AbortController().signal;

function problemOf(result: RepairResult) {
  return result.kind === 'failed' ? result.problem : undefined;
}

describe('a repair', () => {
  test('runs OpenClaw’s own, without questions, after a private copy was made', async () => {
    const plan = await planOf(`
      import { writeFileSync } from 'node:fs';
      writeFileSync(process.env.OPENCLAW_CONFIG_PATH, JSON.stringify({ ran: process.argv.slice(2) }));
    `);
    const result = await repairConfig(plan, { ...env, ...plan.env }, ports(), never);
    expect(result).toMatchObject({ kind: 'repaired' });
    expect(JSON.parse(await readFile(join(root, 'openclaw.json'), 'utf8'))).toEqual({
      ran: ['doctor', '--fix', '--yes', '--non-interactive'],
    });
    const [name = ''] = await readdir(backups());
    expect(name).toMatch(/^openclaw-\d{4}-\d\d-\d\dT[\d-]+Z\.json$/);
    const copy = join(backups(), name);
    expect(result.kind === 'repaired' && result.did).toContain(copy);
    expect(await readFile(copy, 'utf8')).toBe('{ gateway: { mode: "local", bogus: 1 } }');
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
  });

  test('a failed repair is reported with its last lines and the path of the backup', async () => {
    const plan = await planOf('console.error("cannot mend this"); process.exit(3);');
    const problem = problemOf(await repairConfig(plan, env, ports(), never));
    expect(problem).toMatchObject({ code: 'config.invalid' });
    expect(problem?.detail).toContain(join(root, 'openclaw.json'));
    expect(problem?.detail).toMatch(/doctor --fix" ended with 3:\s+cannot mend this/);
    expect(problem?.detail).toContain(backups());
  });

  test('a repair is not begun when no backup can be made', async () => {
    const plan = await planOf('import { writeFileSync } from "node:fs"; writeFileSync("ran", "");');
    const full = {
      load: () => Promise.resolve(undefined),
      save: () => Promise.reject(new Error('ENOSPC: no space left on device')),
      clear: () => Promise.resolve(),
    };
    const result = await repairConfig(plan, env, ports({ backup: () => ({ path: '/x', store: full }) }), never);
    expect(problemOf(result)?.detail).toMatch(/not repaired.*ENOSPC/s);
    expect(await readFile(join(root, 'openclaw.json'), 'utf8')).toContain('bogus');
    await expect(stat('ran')).rejects.toThrow();
  });

  test('an aborted repair is ended', async () => {
    const plan = await planOf('console.log("begun"); setInterval(() => {}, 1000);');
    const unwanted = new AbortController();
    const pids: number[] = [];
    const spawner: RepairPorts['spawner'] = {
      spawn: (request, handlers) =>
        nodeSpawner.spawn(request, {
          ...handlers,
          spawned: (pid) => pids.push(pid),
          output: () => unwanted.abort(),
        }),
    };
    const result = await repairConfig(plan, env, ports({ spawner }), unwanted.signal);
    expect(problemOf(result)).toMatchObject({ code: 'aborted' });
    await expect.poll(() => nodeProcessTable.find(pids[0] ?? 0)).toBeUndefined();
  });

  test('a repair that cannot be run is reported', async () => {
    const plan = await planOf('');
    const broken: OpenClawPlan = { ...plan, command: [join(root, 'no-node'), 'x'] };
    expect(problemOf(await repairConfig(broken, env, ports(), never))?.detail).toMatch(/could not be run: ENOENT/);
  });
});

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeClock, nodeProcessTable } from '@deskclaw/core';
import { nodeSpawner } from '@deskclaw/core/internal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ProgramRun, runProgram } from '../src/run-program.ts';
import { findMigration, migrationProblem, readLease } from '../src/state-migration.ts';

const said = (value: unknown, code = 0): ProgramRun => ({
  kind: 'ended',
  code,
  stdout: JSON.stringify(value),
  stderr: '',
});
const payload = JSON.stringify({ version: '2026.9.6', owner: { pid: 7, host: 'h', startedAt: 1 } });

describe('the lease of a migration', () => {
  test.each<[string, ProgramRun, unknown]>([
    ['a lease', said({ payload, renewedAt: 1, expiresAt: 2 }), { pid: 7, renewedAt: 1, expiresAt: 2 }],
    ['a lease of another layout', said({ payload: 'x', renewedAt: 1, expiresAt: 2 }), { renewedAt: 1, expiresAt: 2 }],
    ['no row', said(null), undefined],
    ['no times', said({ payload }), undefined],
    ['no database', { kind: 'ended', code: 1, stdout: '', stderr: 'unable to open database file' }, undefined],
    ['no answer', { kind: 'timed-out' }, undefined],
  ])('readLease reads %s', (_, run, lease) => {
    expect(readLease(run)).toEqual(lease);
  });

  test.each<[string, Parameters<typeof migrationProblem>[0], boolean]>([
    ['one that our process holds', { pid: 7, renewedAt: 1_000, expiresAt: 301_000 }, true],
    ['one without a process', { renewedAt: 1_000, expiresAt: 301_000 }, true],
    ['one that has run out', { pid: 7, renewedAt: 1_000, expiresAt: 5_000 }, false],
    ['one of another process', { pid: 8, renewedAt: 1_000, expiresAt: 301_000 }, false],
    ['none', undefined, false],
  ])('only a lease in force holds a stop up: %s', (_, lease, holds) => {
    const problem = migrationProblem(lease, 7, 5_000);
    expect(problem?.code).toBe(holds ? 'gateway.migrating' : undefined);
    if (holds) expect(problem?.detail).toMatch(/Process 7 migrates .* renewed 4 s ago and runs out in 296 s/);
  });
});

/** The newer Node that OpenClaw needs has SQLite; the one that runs the tests may not. */
const hasSqlite = process.getBuiltinModule?.('node:sqlite') !== undefined;

describe.skipIf(!hasSqlite)('a database on disk', () => {
  let root = '';
  const ports = { spawner: nodeSpawner, processes: nodeProcessTable, clock: nodeClock };
  const never = new AbortController().signal;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'state-migration-'));
    await mkdir(join(root, 'state'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const look = () =>
    findMigration(
      { node: { file: process.execPath, version: process.versions.node }, stateDir: root },
      { pid: 7, platform: process.platform, env: {} },
      ports,
      never,
    );

  async function write(sql: string): Promise<void> {
    const script = `new (require('node:sqlite').DatabaseSync)(process.argv[1]).exec(process.argv[2])`;
    const args = ['--no-warnings', '--eval', script, join(root, 'state', 'openclaw.sqlite'), sql];
    const run = await runProgram(
      { file: process.execPath, args, env: {} },
      { timeoutMs: 20_000, keepChars: 1_000 },
      ports,
    );
    expect(run).toMatchObject({ kind: 'ended', code: 0 });
  }

  test('the lease of a starting gateway is found, and its end as well', async () => {
    expect(await look()).toBeUndefined();
    await write(
      `CREATE TABLE state_leases (scope, lease_key, owner, expires_at, heartbeat_at, payload_json);
       INSERT INTO state_leases VALUES ('startup-migrations', 'global', 'o', ${String(Date.now() + 300_000)}, ${String(Date.now())}, '${payload}')`,
    );
    expect(await look()).toMatchObject({ code: 'gateway.migrating' });
    await write('DELETE FROM state_leases');
    expect(await look()).toBeUndefined();
  });
});

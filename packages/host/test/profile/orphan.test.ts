/** Behaviour, section 8: T3. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeClock, nodeProcessTable } from '@deskclaw/core';
import { placeOf } from '@deskclaw/core/internal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOrphan, stopOrphan } from '../../src/profile/orphan.ts';

let folder: string;
let file: string;
const pids: number[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-orphan-'));
  file = join(folder, 'gateway.owner.json');
});
afterEach(() => {
  for (const pid of pids.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Stopped, as it should be.
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

const isAlive = (pid: number) => nodeProcessTable.find(pid) !== undefined;

/** A program that stands for a gateway without a host. @param nonce in its environment */
async function orphanedProgram(nonce: string): Promise<number> {
  const child = spawn(process.execPath, ['-e', "console.log('up'); setInterval(() => {}, 1e6)"], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
    env: { PATH: process.env['PATH'] ?? '', DESKCLAW_LAUNCH: nonce },
  });
  await once(child.stdout, 'data');
  const pid = child.pid ?? 0;
  pids.push(pid);
  return pid;
}

function writeRecord(pid: number, nonce: string): void {
  const record = {
    version: 1,
    nonce,
    child: { pid, startMark: nodeProcessTable.find(pid)?.startMark ?? '' },
    host: '127.0.0.1',
    port: 18_789,
    commandHash: '0',
    owner: { pid: 2 ** 22 - 1, startMark: '1@x' },
    supervisor: 's',
    at: 1,
  };
  writeFileSync(file, JSON.stringify(record));
}

describe('T3: stopOrphan', () => {
  it('stopOrphan ends the gateway of its record', async () => {
    const nonce = `n.${placeOf(file)}`;
    const pid = await orphanedProgram(nonce);
    writeRecord(pid, nonce);
    expect(readOrphan(file)).toMatchObject({ pid, port: 18_789 });
    expect(await stopOrphan(file, nodeClock, { force: true })).toMatchObject({ pid });
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(file)).toBe(false);
  });

  it('stopOrphan leaves a program alone that a crafted record names', async () => {
    const pid = await orphanedProgram('another');
    writeRecord(pid, 'crafted');
    expect(readOrphan(file)).toBeUndefined();
    expect(await stopOrphan(file, nodeClock)).toBeUndefined();
    expect(isAlive(pid)).toBe(true);
  });

  it('stopOrphan leaves a gateway alone whose record was copied from another folder', async () => {
    const nonce = `n.${placeOf(file)}`;
    const pid = await orphanedProgram(nonce);
    writeRecord(pid, nonce);
    const elsewhere = mkdtempSync(join(tmpdir(), 'deskclaw-orphan-'));
    const copy = join(elsewhere, 'gateway.owner.json');
    copyFileSync(file, copy);
    expect(await stopOrphan(copy, nodeClock)).toBeUndefined();
    expect(isAlive(pid)).toBe(true);
    rmSync(elsewhere, { recursive: true });
  });
});

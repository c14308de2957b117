/** Behaviour, section 8: T3. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isObject, parseJson } from '@deskclaw/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeProcessTable } from '../../src/ports/node/process-table.ts';
import { commandHash, type OwnershipRecord, writeRecord } from '../../src/process/ownership.ts';
import { freePort, gatewayFile, lives, manage, stopAll } from '../manager/builtin.ts';

const linux = existsSync('/proc/self/stat');

let folder: string;
let ownershipFile: string;
/** Processes that no manager may end. */
const others: number[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-record-'));
  ownershipFile = join(folder, 'owner.json');
});
afterEach(async () => {
  await stopAll();
  for (const pid of others.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // The test has failed: it was ended.
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

const markOf = (pid: number) => nodeProcessTable.find(pid)?.startMark ?? '';

function craftRecord(change: Partial<OwnershipRecord>): OwnershipRecord {
  return {
    version: 1,
    nonce: '0b7c3c1e-0000-4000-8000-000000000000',
    host: '127.0.0.1',
    port: 18_789,
    commandHash: '00000000',
    owner: { pid: 2 ** 22 - 1, startMark: '1@deadbeef' },
    supervisor: 's',
    at: 1,
    ...change,
  };
}

/** A program of this user that DeskClaw never started. */
async function otherProgram(): Promise<{ readonly child: ChildProcess; readonly pid: number }> {
  const child = spawn(process.execPath, ['-e', "console.log('up'); setInterval(() => {}, 1e6)"], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const pid = child.pid ?? 0;
  others.push(pid);
  return { child, pid };
}

/** Runs a shell script in a group of its own. Resolves with the numbers that it prints, once the shell has exited. */
async function inGroup(script: string, env: Record<string, string> = {}): Promise<readonly number[]> {
  const child = spawn('sh', ['-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  let text = '';
  child.stdout.on('data', (data: Buffer) => {
    text += data.toString();
  });
  await once(child, 'close');
  return text.trim().split(/\s+/).map(Number);
}

/** A daemon whose group leader has exited: the number of the leader is today the number of the group only. */
async function daemonWithDeadLeader(): Promise<{ readonly leader: number; readonly daemon: number }> {
  const [leader = 0, daemon = 0] = await inGroup('sleep 1000 >/dev/null 2>&1 & echo $$ $!');
  others.push(daemon);
  return { leader, daemon };
}

/** Starts and stops a gateway with the record that is in place. */
async function startAndStop(options: Partial<Parameters<typeof manage>[0]> = {}) {
  const manager = manage({ ownershipFile, ...options });
  await manager.start();
  const { pid, ownership } = manager.getStatus();
  await manager.stop();
  return { pid, ownership };
}

describe('T3: a recorded process that is not ours', () => {
  it.runIf(linux)('a record of an earlier boot does not end the group that has its number today', async () => {
    const { leader, daemon } = await daemonWithDeadLeader();
    expect([lives(leader), lives(daemon)]).toEqual([false, true]);
    for (const startMark of ['4711@deadbeef', `4711@${markOf(process.pid).split('@')[1] ?? ''}`]) {
      writeFileSync(ownershipFile, writeRecord(craftRecord({ child: { pid: leader, startMark } })));
      await startAndStop();
      expect(lives(daemon)).toBe(true);
    }
  });

  it.each(['start', 'restart', 'start after a hand-over'])(
    'a crafted record that names a living program does not end it at a %s',
    async (how) => {
      const { pid } = await otherProgram();
      const record = craftRecord({
        child: { pid, startMark: markOf(pid) },
        ...(how.includes('hand-over') ? { handedOver: true } : {}),
      });
      writeFileSync(ownershipFile, writeRecord(record));
      const manager = manage({ ownershipFile });
      await (how === 'restart' ? manager.restart() : manager.start());
      expect(manager.getStatus().pid).not.toBe(pid);
      await manager.stop();
      expect(lives(pid)).toBe(true);
    },
  );

  it('a crafted record does not adopt a program, even with the command, host and port of the start', async () => {
    const { pid } = await otherProgram();
    const port = await freePort();
    const command = [process.execPath, gatewayFile, '--port', '{port}'];
    const hash = commandHash([process.execPath, gatewayFile, '--port', String(port)], '');
    const child = { pid, startMark: markOf(pid) };
    writeFileSync(ownershipFile, writeRecord(craftRecord({ child, port, commandHash: hash, handedOver: true })));
    const { pid: started } = await startAndStop({ port, command });
    expect(started).not.toBe(pid);
    expect(lives(pid)).toBe(true);
  });

  it('a record that was copied into another folder neither adopts nor ends the gateway of the first', async () => {
    const port = await freePort();
    const command = [process.execPath, gatewayFile, '--port', '{port}'];
    const host = fork(join(import.meta.dirname, 'host-killer.ts'), [ownershipFile, String(port), ...command]);
    const [announced] = await once(host, 'message');
    const pid = isObject(announced) ? Number(announced['pid']) : 0;
    others.push(pid);
    host.kill('SIGKILL');
    await once(host, 'exit');
    const elsewhere = mkdtempSync(join(tmpdir(), 'deskclaw-copy-'));
    try {
      const copy = join(elsewhere, 'owner.json');
      copyFileSync(ownershipFile, copy);
      const { pid: started } = await startAndStop({ ownershipFile: copy });
      expect(started).not.toBe(pid);
      expect(lives(pid)).toBe(true);
      // A copy whose nonce is cut to the form of earlier versions names a nonce that no process carries.
      const record = parseJson(readFileSync(ownershipFile, 'utf8'));
      if (!isObject(record)) throw new Error('there is no record');
      writeFileSync(copy, JSON.stringify({ ...record, nonce: String(record['nonce']).split('.')[0] }));
      await startAndStop({ ownershipFile: copy });
      expect(lives(pid)).toBe(true);
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
    const manager = manage({ mode: 'auto', port, command, ownershipFile });
    expect(await manager.start()).toMatchObject({ pid });
    await manager.stop();
    expect(lives(pid)).toBe(false);
  });

  it.runIf(linux)(
    'a helper that our gateway left in its group is ended with the marker it carries, and nothing else',
    async () => {
      const { daemon } = await daemonWithDeadLeader();
      const nonce = '11111111-0000-4000-8000-000000000000';
      const script =
        'sleep 1001 >/dev/null 2>&1 & echo $!; env -u DESKCLAW_LAUNCH sleep 1002 >/dev/null 2>&1 & echo $!; echo $$';
      const [marked = 0, unmarked = 0, leader = 0] = await inGroup(script, { DESKCLAW_LAUNCH: nonce });
      others.push(marked, unmarked);
      writeFileSync(
        ownershipFile,
        writeRecord(
          craftRecord({ nonce, child: { pid: leader, startMark: `1@${markOf(daemon).split('@')[1] ?? ''}` } }),
        ),
      );
      await startAndStop();
      expect([lives(marked), lives(unmarked), lives(daemon)]).toEqual([false, false, true]);
    },
  );
});

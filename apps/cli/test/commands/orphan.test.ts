import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Home, isAlive, parseDocument, processesOf, until } from '../support/deskclaw.ts';
import { gatewayCommand } from '../support/gateway-command.ts';
import { at, numberAt } from '../support/shape.ts';

interface Orphaned {
  readonly home: Home;
  readonly pid: number;
  readonly port: number;
}

/** Kills the host of a gateway that has no lifeline and so survives. */
async function orphaned(...faults: readonly string[]): Promise<Orphaned> {
  const home = new Home();
  const started = await home.document('start', '--command', gatewayCommand(...faults), '--port', '0');
  process.kill(numberAt(started, 'host.pid'), 'SIGKILL');
  const pid = numberAt(started, 'pid');
  await until(() => !processesOf(home.folder).some((each) => each !== pid && isAlive(each)));
  return { home, pid, port: numberAt(started, 'gateway.port') };
}

function expectNothingLeft({ home, pid }: Orphaned): void {
  expect(isAlive(pid)).toBe(false);
  expect(processesOf(home.folder)).toEqual([]);
  expect(home.sockets).toEqual([]);
  const state = join(home.folder, 'state/default');
  expect(['host.lock', 'gateway.owner.json'].filter((name) => existsSync(join(state, name)))).toEqual([]);
}

describe('a gateway whose host was killed', () => {
  it('status reports an orphan and exits with 3', async () => {
    const { home, pid, port } = await orphaned();
    const json = await home.run('status', '--json');
    expect(json).toMatchObject({ code: 3, stderr: '' });
    expect(parseDocument(json.stdout)).toMatchObject({
      host: null,
      gateway: { state: 'error', ownership: 'owned', pid, port, problem: { code: 'gateway.orphaned' } },
    });
    const orphan = { state: 'orphaned', pid, url: `ws://127.0.0.1:${String(port)}/` };
    expect(await home.document('profile', 'list')).toMatchObject({ profiles: [{ name: 'default', gateway: orphan }] });
    const plain = await home.run('status');
    expect(plain).toMatchObject({ code: 3, stderr: '' });
    expect(plain.stdout).toContain('The gateway runs, but the host that started it is gone (gateway.orphaned)');
    expect(plain.stdout).toContain(`pid ${String(pid)}`);
    expect(plain.stdout).toMatch(/deskclaw start\n.*deskclaw stop\n/);
  });

  it('start without options adopts the orphan with its process and port', async () => {
    const { home, pid, port } = await orphaned();
    expect(statSync(join(home.folder, 'state/default/last-start.json')).mode & 0o777).toBe(0o600);
    const started = await home.document('start');
    expect(started).toMatchObject({ gateway: { state: 'running', ownership: 'owned', pid, port } });
    expect(await home.document('call', 'system.health')).toMatchObject({ result: { ok: true } });
    expect(await home.document('stop')).toMatchObject({ outcome: 'applied', previousPid: pid });
    expectNothingLeft({ home, pid, port });
  });

  it.each([[[]], [['--force']]])('stop %j ends the orphan, names it and leaves nothing', async (flags) => {
    const orphan = await orphaned();
    const stopped = await orphan.home.run('stop', ...flags);
    expect(stopped).toMatchObject({ code: 0, stdout: `Stopped (pid ${String(orphan.pid)})\n` });
    expectNothingLeft(orphan);
    expect(await orphan.home.run('status')).toMatchObject({ code: 3, stdout: expect.stringContaining('stopped') });
  });

  it('stop ends an orphan that ignores SIGTERM', async () => {
    const orphan = await orphaned('ignore-sigterm');
    const stopped = await orphan.home.document('stop', '--force');
    expect(stopped).toMatchObject({ outcome: 'applied', previousPid: orphan.pid });
    expectNothingLeft(orphan);
  });

  it('stop ends an orphan whose start options are unknown', async () => {
    const orphan = await orphaned();
    const { rmSync } = await import('node:fs');
    rmSync(join(orphan.home.folder, 'state/default/last-start.json'));
    expect(at(await orphan.home.document('stop'), 'previousPid')).toBe(orphan.pid);
    expectNothingLeft(orphan);
  });
});

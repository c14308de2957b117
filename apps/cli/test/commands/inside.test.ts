import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Home, isAlive, parseDocument } from '../support/deskclaw.ts';
import { gatewayCommand } from '../support/gateway-command.ts';
import { at, numberAt } from '../support/shape.ts';

/** The variable that marks every process of a gateway, so what an agent of it runs as well. */
function markerOf(pid: number): Readonly<Record<string, string>> {
  const variables = readFileSync(`/proc/${String(pid)}/environ`, 'utf8').split('\0');
  const [name = '', value = ''] = variables.find((each) => each.startsWith('DESKCLAW_LAUNCH='))?.split('=') ?? [];
  return { [name]: value };
}

async function untilRunning(home: Home, previous: number): Promise<Record<string, unknown>> {
  for (;;) {
    const { code, stdout } = await home.run('status', '--json');
    const status = code === 0 ? parseDocument(stdout) : {};
    if (code === 0 && at(status, 'gateway.state') === 'running' && at(status, 'gateway.pid') !== previous)
      return status;
  }
}

describe.skipIf(process.platform !== 'linux')('a command that runs inside the gateway', () => {
  it('restart completes although it ends the command that asked, and the history names it', async () => {
    const home = new Home();
    const started = await home.document('start', '--command', gatewayCommand(), '--port', '0');
    const [gateway, host] = [numberAt(started, 'pid'), numberAt(started, 'host.pid')];
    const command = home.start(['restart'], { env: markerOf(gateway) });
    expect((await command.ended).signal).toBe('SIGKILL');
    const status = await untilRunning(home, gateway);
    expect(at(status, 'host.pid')).toBe(host);
    expect(isAlive(gateway)).toBe(false);
    const { stdout } = await home.run('history');
    expect(stdout).toContain(`(pid ${String(command.child.pid)}), which runs inside the gateway`);
  });

  it('a host that was started from inside a gateway outlives that gateway', async () => {
    const home = new Home();
    const first = await home.document('start', '--command', gatewayCommand(), '--port', '0');
    const gateway = numberAt(first, 'pid');
    const inside = home.start(['--profile', 'other', 'start', '--gateway', 'builtin', '--port', '0', '--json'], {
      env: markerOf(gateway),
    });
    expect(await inside.ended).toMatchObject({ code: 0 });
    const other = await home.document('--profile', 'other', 'status');
    await home.run('restart');
    expect(isAlive(gateway)).toBe(false);
    expect(await home.document('--profile', 'other', 'status')).toMatchObject({
      gateway: { state: 'running', pid: at(other, 'gateway.pid') },
      host: { pid: at(other, 'host.pid') },
    });
    await home.run('--profile', 'other', 'stop', '--force');
  });
});

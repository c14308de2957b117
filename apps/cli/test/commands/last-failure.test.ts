import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort, Home, parseDocument } from '../support/deskclaw.ts';
import { gatewayCommand } from '../support/gateway-command.ts';
import { at } from '../support/shape.ts';

function writeConfig(home: Home, text: string): void {
  mkdirSync(join(home.folder, 'config'), { recursive: true });
  writeFileSync(join(home.folder, 'config', 'config.json'), text);
}

describe('X1: a failed start is still shown after its command and its host have ended', () => {
  it('status tells the same story as start, with the command that failed, until the gateway runs', async () => {
    const home = new Home();
    const port = String(await freePort());
    const failed = await home.run('start', '--command', 'no-such-gateway --port {port}', '--port', port);
    expect(failed.code).toBe(1);

    const screen = await home.run('status');
    expect(screen).toMatchObject({ code: 3, stderr: '' });
    const story = failed.stderr.slice(failed.stderr.indexOf('✗'), failed.stderr.indexOf('\n\n'));
    expect(screen.stdout).toContain(story);
    expect(screen.stdout).toMatch(/^Gateway {2}○ stopped\nFailed {3}\d\d:\d\d:\d\d/);
    const command = `deskclaw start --command "no-such-gateway --port {port}" --port ${port}`;
    expect(screen.stdout).toContain(`→ Then start again:                   ${command}\n`);
    expect(parseDocument((await home.run('status', '--json')).stdout)).toMatchObject({
      gateway: {
        state: 'stopped',
        port: Number(port),
        lastFailure: { command, problem: { code: 'gateway.not-found' } },
      },
      choice: { command: ['no-such-gateway', '--port', '{port}'], port: Number(port) },
    });

    await home.document('start', '--gateway', 'builtin', '--port', '0');
    expect(at(await home.document('status'), 'gateway')).not.toHaveProperty('lastFailure');
    await home.document('stop');
    expect((await home.run('status')).stdout).not.toContain('Failed');
  });

  it('a failure before there is a host is kept too, and history tells of it', async () => {
    const home = new Home();
    writeConfig(home, '{"port": ');
    const failed = await home.run('--profile', 'work', 'start', '--port', '0');
    expect(failed.code).toBe(78);
    const { gateway } = parseDocument((await home.run('--profile', 'work', 'status', '--json')).stdout);
    expect(gateway).toMatchObject({
      lastFailure: { command: 'deskclaw --profile work start --port 0', problem: { code: 'config.invalid' } },
    });
    const { records } = await home.document('--profile', 'work', 'history');
    expect(records).toMatchObject([
      { category: 'intent', what: 'start' },
      { category: 'process', what: 'failed', cause: expect.stringContaining('config.json') },
    ]);
  });
});

describe('what a start chose by its options is kept', () => {
  it('a start without options repeats it, also in another host, and status names it', async () => {
    const home = new Home();
    const port = await freePort();
    await home.document('start', '--command', gatewayCommand(), '--port', String(port));
    await home.document('stop');
    const stopped = await home.run('status');
    expect(stopped.stdout).toContain('Chosen   --command');
    expect(stopped.stdout).toContain('to change: deskclaw start --gateway openclaw');
    expect(await home.document('start')).toMatchObject({ gateway: { state: 'running', port } });
    expect(at(await home.document('status'), 'choice.port')).toBe(port);
    await home.document('stop');

    // Settings that were changed since say it last.
    writeConfig(home, JSON.stringify({ gateway: 'builtin', port: 0 }));
    const { gateway } = await home.document('start');
    expect(gateway).toMatchObject({ state: 'running' });
    expect(await home.document('status')).not.toHaveProperty('choice');
  });

  it('a command with secret arguments is not stored with them, and the next start asks for it', async () => {
    const home = new Home();
    await home.run('start', '--command', 'no-such-gateway --api-key CANARY-11', '--port', '0');
    const state = join(home.folder, 'state', 'default');
    for (const file of ['last-start.json', 'last-failure.json']) {
      expect(readFileSync(join(state, file), 'utf8')).not.toContain('CANARY');
    }
    const ended = await home.run('start');
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stderr).toContain('Name the whole command again');
  });
});

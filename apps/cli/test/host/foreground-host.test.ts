import { describe, expect, it } from 'vitest';
import { Home, isAlive, parseDocument, processesOf, type Running } from '../support/deskclaw.ts';
import { gatewayCommand } from '../support/gateway-command.ts';
import { numberAt } from '../support/shape.ts';

function serve(home: Home, ...args: readonly string[]): Running {
  return home.start(['start', '--foreground', '--port', '0', ...args], { input: '' });
}

describe('start --foreground', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('runs until %s, ends its gateway and exits 0', async (signal) => {
    const home = new Home();
    const serving = serve(home, '--gateway', 'builtin', '--json');
    const document = parseDocument(await serving.line('stdout', () => true));
    expect(document).toMatchObject({
      schema: 'deskclaw.start/1',
      host: { kind: 'foreground', pid: serving.child.pid },
    });
    const pid = numberAt(document, 'pid');
    expect(await home.document('status')).toMatchObject({ gateway: { state: 'running', pid } });
    serving.child.kill(signal);
    expect(await serving.ended).toMatchObject({ code: 0, signal: null });
    expect(isAlive(pid)).toBe(false);
    expect(processesOf(home.folder)).toEqual([]);
    expect(home.sockets).toEqual([]);
  });

  it('tells on stderr how its gateway fares', async () => {
    const home = new Home();
    const serving = serve(home, '--gateway', 'builtin');
    await serving.line('stdout', (line) => line.includes('running'));
    await home.run('restart');
    await serving.line('stderr', (line) => line.includes('stopping'));
    serving.child.kill('SIGINT');
    const ended = await serving.ended;
    expect(ended.stderr).toMatch(/^\d\d:\d\d:\d\d starting \(starting the process\)/m);
    expect(ended.stderr).toMatch(/^\d\d:\d\d:\d\d running, pid \d+/m);
    expect(ended.stderr).toContain('Stopping the gateway.');
  });

  it('exits 130 when it is interrupted before it runs', async () => {
    const home = new Home();
    const serving = serve(home, '--command', gatewayCommand('never-ready'));
    await serving.line('stderr', (line) => line.includes('waiting until it is ready'));
    serving.child.kill('SIGINT');
    expect(await serving.ended).toMatchObject({ code: 130, signal: null, stdout: '' });
    expect(processesOf(home.folder)).toEqual([]);
  });

  it('start --foreground is forced by a second Ctrl-C', async () => {
    const home = new Home();
    const serving = serve(home, '--command', gatewayCommand('ignore-sigterm'), '--json', '--verbose');
    const pid = numberAt(parseDocument(await serving.line('stdout', () => true)), 'pid');
    const watching = home.start(['status', '--watch', '--json'], { input: '' });
    await watching.line('stdout', (line) => line.includes('"running"'));
    serving.child.kill('SIGINT');
    await watching.line('stdout', (line) => line.includes('"stopping"'));
    serving.child.kill('SIGINT');
    expect(await serving.ended).toMatchObject({ code: 0, signal: null });
    expect(isAlive(pid)).toBe(false);
  });

  it('start --foreground outlives the reader of its output', async () => {
    const home = new Home();
    const serving = serve(home, '--gateway', 'builtin');
    await serving.line('stdout', (line) => line.includes('running'));
    serving.child.stdout.destroy();
    serving.child.stderr.destroy();
    await home.run('restart');
    expect(await home.document('status')).toMatchObject({
      host: { pid: serving.child.pid },
      gateway: { state: 'running' },
    });
    serving.child.kill('SIGINT');
    expect(await serving.ended).toMatchObject({ code: 0, signal: null });
    expect(processesOf(home.folder)).toEqual([]);
  });

  it('stays when its gateway is stopped from elsewhere, and can start it again', async () => {
    const home = new Home();
    const serving = serve(home, '--gateway', 'builtin', '--json');
    const first = numberAt(parseDocument(await serving.line('stdout', () => true)), 'pid');
    const stopped = await home.run('stop');
    expect(stopped).toMatchObject({ code: 0, stdout: `Stopped (pid ${String(first)})\n` });
    expect(stopped.stderr).toContain(`Its foreground host (pid ${String(serving.child.pid)}) keeps running.`);
    const again = await home.startBuiltin();
    expect(again).toMatchObject({ outcome: 'applied', host: { pid: serving.child.pid } });
    serving.child.kill('SIGTERM');
    expect(await serving.ended).toMatchObject({ code: 0 });
    expect(isAlive(numberAt(again, 'pid'))).toBe(false);
  });

  it('fails as a start does, and ends', async () => {
    const home = new Home();
    const ended = await serve(home, '--command', gatewayCommand('exit=9'), '--json').ended;
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(processesOf(home.folder)).toEqual([]);
  });

  it('leaves a profile that has its host to that host', async () => {
    const home = new Home();
    await home.startBuiltin();
    const ended = await serve(home, '--gateway', 'builtin', '--json').ended;
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(parseDocument(ended.stderr)).toMatchObject({ error: { code: 'state.locked' } });
    expect(await home.document('status')).toMatchObject({ gateway: { state: 'running' } });
  });
});

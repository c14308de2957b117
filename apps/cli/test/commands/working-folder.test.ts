import { copyFileSync, mkdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Home, isAlive, parseDocument } from '../support/deskclaw.ts';
import { gatewayCommand } from '../support/gateway-command.ts';
import { at, numberAt } from '../support/shape.ts';

/** Creates a folder with a gateway program `gw` in it, and returns the folder. */
function folderWithGateway(home: Home, name: string): string {
  const folder = join(home.folder, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'gw'), `#!/bin/sh\nexec ${gatewayCommand().replace("'{port}'", '"$1"')}\n`, {
    mode: 0o755,
  });
  return folder;
}

/** Kills the gateway and waits until another one runs in its place. */
async function killUntilReplaced(home: Home, pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  for (;;) {
    const { gateway } = parseDocument((await home.run('status', '--json')).stdout);
    if (at(gateway, 'state') === 'error') throw new Error(JSON.stringify(gateway));
    if (at(gateway, 'state') === 'running' && at(gateway, 'pid') !== pid) return;
  }
}

describe('E3: the folder of a command and its host', () => {
  it('a gateway is started again after the folder of the start command was removed', async () => {
    const home = new Home();
    const folder = join(home.folder, 'worktree');
    mkdirSync(folder);
    const line = ['start', '--command', gatewayCommand(), '--port', '0', '--json'];
    const started = parseDocument((await home.runIn(folder, ...line)).stdout);
    expect(readlinkSync(`/proc/${String(numberAt(started, 'pid'))}/cwd`)).toBe(folder);
    rmSync(folder, { recursive: true });
    await killUntilReplaced(home, numberAt(started, 'pid'));
    expect(await home.run('restart')).toMatchObject({ code: 0 });
    expect((await home.run('logs')).stdout).toContain(`The folder ${folder} is gone; the gateway runs in`);
  });

  it('a background host stands in its state folder', async () => {
    const home = new Home();
    const started = await home.startBuiltin();
    expect(readlinkSync(`/proc/${String(numberAt(started, 'host.pid'))}/cwd`)).toBe(join(home.folder, 'state/default'));
  });

  it('a relative command is the file in the folder where it was typed, also for a host of another folder', async () => {
    const home = new Home();
    const [one, other] = [folderWithGateway(home, 'one'), folderWithGateway(home, 'other')];
    await home.runIn(one, 'ui', '--no-open');
    const started = await home.runIn(other, 'start', '--command', './gw {port}', '--port', '0', '--json');
    expect(started).toMatchObject({ code: 0 });
    const pid = numberAt(parseDocument(started.stdout), 'pid');
    expect(readlinkSync(`/proc/${String(pid)}/cwd`)).toBe(other);
  });

  it('a foreground host takes a relative command from the folder where it was typed', async () => {
    const home = new Home();
    const folder = folderWithGateway(home, 'here');
    const host = home.start(['start', '--foreground', '--command', './gw {port}', '--port', '0'], { cwd: folder });
    await host.shown('stderr', /Press Ctrl-C to stop/);
    host.child.kill('SIGINT');
    expect((await host.ended).code).toBe(0);
  });

  it('a command without an absolute path keeps its arguments as they were typed', async () => {
    const home = new Home();
    const folder = join(home.folder, 'scripts');
    mkdirSync(folder);
    copyFileSync(join(folderWithGateway(home, 'source'), 'gw'), join(folder, 'gw.sh'));
    const started = await home.runIn(folder, 'start', '--command', 'sh gw.sh {port}', '--port', '0', '--json');
    expect(started).toMatchObject({ code: 0 });
  });

  it('every command works in a folder that was removed', async () => {
    const home = new Home();
    for (const args of [['version'], ['paths'], ['start', '--gateway', 'builtin', '--port', '0'], ['status']])
      expect(await home.runInRemovedFolder(...args), args.join(' ')).toMatchObject({ code: 0 });
    expect(await home.runInRemovedFolder('ui', '--no-open')).toMatchObject({ code: 0 });
    expect(await home.runInRemovedFolder('call', 'system.health')).toMatchObject({ code: 0 });
    expect(await home.runInRemovedFolder('logs', '-n', '1')).toMatchObject({ code: 0 });
    expect(await home.runInRemovedFolder('restart')).toMatchObject({ code: 0 });
    const pid = numberAt(await home.document('status'), 'gateway.pid');
    expect(await home.runInRemovedFolder('stop')).toMatchObject({ code: 0 });
    expect(isAlive(pid)).toBe(false);
  });
});

describe('E4: paths with a tilde, and relative paths', () => {
  it('DESKCLAW_HOME with a leading ~/ is below the home folder', async () => {
    const home = new Home();
    const { stdout } = await home.start(['paths', '--json'], { env: { DESKCLAW_HOME: '~/dc' }, input: '' }).ended;
    expect(parseDocument(stdout)).toMatchObject({ config: join(home.folder, 'dc/config/config.json') });
  });

  it.each(['./dc', 'dc', '../dc', '.'])('DESKCLAW_HOME=%s is refused with a path that works', async (named) => {
    const home = new Home();
    const ended = await home.start(['status'], { env: { DESKCLAW_HOME: named }, input: '' }).ended;
    expect(ended).toMatchObject({ code: 78, stdout: '' });
    expect(ended.stderr).toContain('config.invalid');
    expect(ended.stderr.replace(/\s+/g, ' ')).toContain(join(home.folder, named));
  });

  it('an empty HOME is the home folder of the account, never a relative path', async () => {
    const home = new Home();
    const env = { HOME: '', DESKCLAW_HOME: '' };
    const { stdout } = await home.start(['paths', '--json'], { env, input: '' }).ended;
    expect(at(parseDocument(stdout), 'state')).toMatch(/^\//);
  });

  it('a command, a working folder and a token file with a leading ~/ are below the home folder', async () => {
    const home = new Home();
    const folder = folderWithGateway(home, 'proj');
    mkdirSync(join(home.folder, 'config'), { recursive: true });
    writeFileSync(join(home.folder, 'config/config.json'), JSON.stringify({ cwd: '~/proj' }));
    writeFileSync(join(home.folder, 'token'), 'a-token-of-twenty-characters\n');
    const env = { DESKCLAW_TOKEN_FILE: '~/token' };
    const line = ['start', '--command', "'~/proj/gw' {port}", '--port', '0', '--json'];
    const ended = await home.start(line, { env, input: '' }).ended;
    expect(ended).toMatchObject({ code: 0 });
    expect(readlinkSync(`/proc/${String(numberAt(parseDocument(ended.stdout), 'pid'))}/cwd`)).toBe(folder);
  });

  it('a relative working folder in the configuration is refused', async () => {
    const home = new Home();
    mkdirSync(join(home.folder, 'config'), { recursive: true });
    writeFileSync(join(home.folder, 'config/config.json'), JSON.stringify({ cwd: 'proj' }));
    const ended = await home.run('start', '--gateway', 'builtin');
    expect(ended.code).toBe(78);
    expect(ended.stderr).toContain('cwd: "proj" is relative');
  });
});

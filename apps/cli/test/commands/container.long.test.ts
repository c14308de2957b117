import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bin, Home } from '../support/deskclaw.ts';

/** What a container has of its own: pids and a network. */
const namespaces = ['--pid', '--net', '--fork', '--mount-proc', '--kill-child'];
const asUser = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
const hasNamespaces = spawnSync('unshare', [...asUser, ...namespaces, 'ip', 'link', 'set', 'lo', 'up']).status === 0;

/** Runs a host in the foreground in namespaces of its own, which share the home. Resolves once its gateway runs. */
async function startInContainer(home: Home) {
  const host = [process.execPath, bin, 'start', '--foreground', '--gateway', 'builtin', '--port', '0'];
  const line = 'ip link set lo up && exec "$@"';
  const container = home.startSystemProgram('unshare', [...asUser, ...namespaces, 'sh', '-c', line, 'sh', ...host]);
  await container.shown('stdout', /Gateway .* running/);
  return container;
}

describe.skipIf(!hasNamespaces)('E6: a host in a container that shares the state folder', () => {
  it('commands outside reach it by its socket, and a start outside joins it', async () => {
    const home = new Home();
    const container = await startInContainer(home);
    expect(await home.document('status')).toMatchObject({ gateway: { state: 'running' }, host: { pid: 1 } });
    expect(await home.document('start', '--gateway', 'builtin')).toMatchObject({ outcome: 'joined' });
    expect(await home.document('call', 'system.health')).toMatchObject({ result: { ok: true } });
    container.child.kill('SIGKILL');
    await container.ended;
  });

  it('a start outside never takes the place of one whose sockets are gone, and says how to go on', async () => {
    const home = new Home();
    const container = await startInContainer(home);
    const [host] = spawnSync('pgrep', ['-P', String(container.child.pid)], { encoding: 'utf8' }).stdout.split('\n');
    // A stopped host opens no socket again.
    process.kill(Number(host), 'SIGSTOP');
    const lock = join(home.folder, 'state/default/host.lock');
    for (const socket of [join(home.folder, 'state/default/host.sock'), home.socket]) rmSync(socket);
    for (const command of [['start', '--gateway', 'builtin', '--port', '0'], ['status'], ['stop']]) {
      const { code, stderr } = await home.run(...command);
      expect(code, command.join(' ')).toBe(1);
      expect(stderr).toContain('is owned by process 1 of another container, which may be alive');
      expect(stderr).toContain(`rm ${lock}`);
    }
    container.child.kill('SIGKILL');
    await container.ended;
    rmSync(lock);
    expect(await home.startBuiltin()).toMatchObject({ outcome: 'applied' });
  });

  it('a start outside takes the place of one that was killed and left its socket', async () => {
    const home = new Home();
    const container = await startInContainer(home);
    container.child.kill('SIGKILL');
    await container.ended;
    expect(await home.run('status')).toMatchObject({ code: 3 });
    expect(await home.startBuiltin()).toMatchObject({ outcome: 'applied' });
  });
});

import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Home, parseDocument } from '../support/deskclaw.ts';

interface Check {
  readonly id: string;
  readonly result: string;
  readonly why: string;
}
function checksOf(document: Record<string, unknown>): Readonly<Record<string, Check>> {
  const checks = document['checks'] as readonly Check[];
  return Object.fromEntries(checks.map((check) => [check.id, check]));
}

describe('doctor', () => {
  it('checks a profile with nothing in it, writes nothing, and exits 78 without an OpenClaw', async () => {
    const home = new Home({ PATH: '/nowhere' });
    const ended = await home.run('doctor', '--json');
    expect(ended).toMatchObject({ code: 78, stderr: '' });
    const document = parseDocument(ended.stdout);
    expect(document).toMatchObject({ schema: 'deskclaw.doctor/1', profile: 'default' });
    expect(checksOf(document)['next-start']).toMatchObject({ result: 'fault', code: 'openclaw.not-installed' });
    expect(checksOf(document)['openclaw.mode']).toMatchObject({ result: 'ok' });
    expect(readdirSync(home.folder)).toEqual([]);
  });

  it('works with broken settings, names the fault, and repairs modes and a dead lock', async () => {
    const home = new Home();
    const [config, state] = [join(home.folder, 'config'), join(home.folder, 'state/default')];
    mkdirSync(config);
    mkdirSync(state, { recursive: true });
    writeFileSync(join(config, 'config.json'), '{"port": "1"}');
    chmodSync(config, 0o755);
    writeFileSync(join(state, 'host.lock'), JSON.stringify({ pid: 2 ** 22 + 7, startMark: 'x', nonce: 'n' }));
    const before = await home.run('doctor');
    expect(before.code).toBe(78);
    expect(before.stdout).toContain('port (line 1, column 10) must be a number: write 1, not "1"');
    expect(before.stdout).toContain('Repair it: deskclaw doctor --fix');
    const fixed = await home.run('doctor', '--fix', '--json');
    const document = parseDocument(fixed.stdout);
    expect(checksOf(document)).toMatchObject({ permissions: { result: 'ok' }, lock: { result: 'ok' } });
    expect(document['fixes']).toContainEqual({
      what: `${config}: mode 0755 is now 0700`,
      undo: `chmod 0755 ${config}`,
    });
    expect(document['failed']).toEqual([]);
    expect(statSync(config).mode & 0o777).toBe(0o700);
    expect((await home.run('doctor', '--fix')).stderr).toContain('There was nothing to repair.');
  });

  it('knows the running gateway, also through the control API, and names it to another profile', async () => {
    const home = new Home();
    const { gateway } = await home.startBuiltin();
    const port = String((gateway as { port: number }).port);
    await home.document('config', 'set', 'port', port, '--all-profiles');
    const { checks: own } = { checks: checksOf(parseDocument((await home.run('doctor', '--json')).stdout)) };
    expect(own).toMatchObject({ lock: { result: 'ok', why: expect.stringContaining('The host runs') } });
    const other = await home.run('--profile', 'work', 'doctor', '--json');
    expect(checksOf(parseDocument(other.stdout))['port']).toMatchObject({
      result: 'fault',
      why: expect.stringContaining('of your profile "default"'),
    });
  });

  it('fits into 40 columns and keeps commands whole', async () => {
    const { ended } = new Home().startInTerminal(40, 'doctor', '--no-color');
    const { stdout } = await ended;
    for (const line of stdout.split(/\r?\n/))
      if (!line.includes(': ') && !line.includes('/')) expect(line.length, line).toBeLessThanOrEqual(40);
    expect(stdout).toContain('checks');
  });
});

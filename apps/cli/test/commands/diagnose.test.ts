import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { Home } from '../support/deskclaw.ts';

const CANARY = 'canary-Zx81-hunter22';

function read(path: string): Readonly<Record<string, string>> {
  const files = unzipSync(readFileSync(path));
  return Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [name.replace('deskclaw-diagnosis/', ''), strFromU8(bytes)]),
  );
}

it('diagnose writes a private zip without secrets, with the host running and after it was killed', async () => {
  const home = new Home({ OPENAI_API_KEY: `${CANARY}-env` });
  await home.document('config', 'set', 'env.SOME_VALUE', `${CANARY}-setting`);
  await home.document('config', 'set', 'url', `ws://me:${CANARY}-url@127.0.0.1:1/`, '--profile', 'other');
  await home.startBuiltin();
  const token = readFileSync(join(home.folder, 'state/default/gateway.token'), 'utf8').trim();
  const status = await home.document('status');
  const file = join(home.folder, 'alive.zip');
  const written = await home.document('diagnose', '-o', file);
  expect(written).toMatchObject({ schema: 'deskclaw.diagnose/1', path: file });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  process.kill((status['host'] as { pid: number }).pid, 'SIGKILL');
  const dead = join(home.folder, 'dead.zip');
  await home.document('diagnose', '-o', dead);
  for (const path of [file, dead]) {
    const files = read(path);
    const manifest = JSON.parse(files['manifest.json'] ?? '') as { entries: { name: string }[] };
    expect(Object.keys(files).toSorted()).toEqual(
      ['manifest.json', ...manifest.entries.map(({ name }) => name)].toSorted(),
    );
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining([
        'summary.txt',
        'doctor.json',
        'status.json',
        'settings.json',
        'history.ndjson',
        'gateway.log',
      ]),
    );
    const all = Object.values(files).join('\n');
    for (const secret of [CANARY, token, Buffer.from(CANARY).toString('base64').slice(0, 20)])
      expect(all).not.toContain(secret);
    expect(JSON.parse(files['settings.json'] ?? '')).toMatchObject({ settings: { env: { SOME_VALUE: '[redacted]' } } });
    expect(files['summary.txt']).toContain('profile "default"');
  }
  expect(JSON.parse(read(file)['status.json'] ?? '')).toMatchObject({ gateway: { state: 'running' } });
});

it('diagnose lists what it would hold, and overwrites no file', async () => {
  const home = new Home();
  const list = await home.run('diagnose', '--list');
  expect(list).toMatchObject({ code: 0, stderr: '' });
  expect(list.stdout).toMatch(/^manifest\.json +\d+ +what is in here\n/);
  const file = join(home.folder, 'x.zip');
  const written = await home.run('diagnose', '-o', file);
  expect(written).toMatchObject({ code: 0, stdout: `${file}\n` });
  const again = await home.run('diagnose', '-o', file);
  expect(again).toMatchObject({ code: 2, stdout: '' });
  expect(again.stderr).toContain('exists already');
});

/** E8: files as editors of other systems write them, and things that stand in the place of a file. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bin, Home } from '../support/deskclaw.ts';

const json = '{\r\n  "port": 18799\r\n}\r\n';
const utf16 = Buffer.from(json, 'utf16le');

function configOf(home: Home): string {
  mkdirSync(join(home.folder, 'config'), { recursive: true });
  return join(home.folder, 'config', 'config.json');
}

it.each([
  ['a byte order mark and CRLF', Buffer.from(`\ufeff${json}`)],
  ['UTF-16, little end first', Buffer.concat([Buffer.of(0xff, 0xfe), utf16])],
  ['UTF-16, big end first', Buffer.concat([Buffer.of(0xfe, 0xff), Buffer.from(utf16).swap16()])],
])('E8: settings with %s are read by config get', async (_what, bytes) => {
  const home = new Home();
  writeFileSync(configOf(home), bytes);
  expect(await home.run('config', 'get', 'port')).toMatchObject({ code: 0, stdout: '18799\n' });
});

it('E8: settings that are a pipe are refused at once, and not waited for', async () => {
  const home = new Home();
  execFileSync('mkfifo', [configOf(home)]);
  const ended = await home.run('start', '--gateway', 'builtin', '--port', '0');
  expect(ended).toMatchObject({ code: 78, stderr: expect.stringContaining('config.json') });
});

it('an unknown key inside of a setting is told by its whole name', async () => {
  const home = new Home();
  writeFileSync(configOf(home), '{"port": 0, "gateway": "builtin", "auth": {"token": "not read"}}');
  const ended = await home.run('start');
  expect(ended.code).toBe(0);
  expect(ended.stderr).toContain('auth.token');
});

it('T6: user and password of an address are shown by no command', async () => {
  const home = new Home();
  const url = 'ws://user:CANARY-password@127.0.0.1:9/ws';
  writeFileSync(configOf(home), JSON.stringify({ mode: 'attach', url, reconnect: { maxAttempts: 1 } }));
  for (const args of [
    ['start', '--timeout', '1'],
    ['status'],
    ['status', '--json'],
    ['config', 'get'],
    ['history'],
    ['logs'],
  ]) {
    const { stdout, stderr } = await home.run(...args);
    expect(stdout + stderr, args.join(' ')).not.toContain('CANARY');
  }
});

it.skipIf(process.getuid?.() !== 0)(
  'E5: a profile that this user may not read is not taken for a stopped one',
  async () => {
    const home = new Home();
    await home.startBuiltin();
    chmodSync(home.folder, 0o711);
    for (const command of ['status', 'stop', 'start']) {
      const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, bin, command];
      const { code, stdout, stderr } = await home.startSystemProgram('setpriv', asNobody).ended;
      expect({ command, code, stdout, stderr }).toMatchObject({ code: 1, stdout: '' });
      expect(stderr).toMatch(/state\.foreign|EACCES/);
    }
    expect(await home.document('status')).toMatchObject({ gateway: { state: 'running' } });
  },
);

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadLastStart, restoreSecrets, saveLastStart } from '../../src/profile/last-start.ts';

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'deskclaw-last-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'last-start.json');
}

it.each([[{}], [{ gateway: 'builtin', port: 0 } as const], [{ command: ['a', 'b c'], port: 7, timeoutMs: 1_500 }]])(
  'comes back as it was kept, for its owner alone: %j',
  (request) => {
    const path = place();
    saveLastStart(path, { request: { command: ['older'] }, settings: 'older' });
    saveLastStart(path, { request });
    expect(loadLastStart(path)).toEqual({ request });
    saveLastStart(path, { request, settings: 'mark' });
    expect(loadLastStart(path)).toEqual({ request, settings: 'mark' });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  },
);

it('loadLastStart leaves out keys of a newer version', () => {
  const path = place();
  writeFileSync(path, '{"gateway":"builtin","newer":1}');
  expect(loadLastStart(path)).toEqual({ request: { gateway: 'builtin' } });
});

it.each([
  '',
  '{"port":',
  '[]',
  '{"port":-1}',
  '{"command":[]}',
  '{"gateway":"other"}',
  '{"timeoutMs":0}',
  '{"settings":1}',
])('loadLastStart returns undefined for the damaged text %j', (text) => {
  const path = place();
  expect(loadLastStart(path)).toBeUndefined();
  writeFileSync(path, text);
  expect(loadLastStart(path)).toBeUndefined();
});

const withSecrets = {
  command: [
    '/opt/gw',
    '--port',
    '{port}',
    '--api-key',
    'CANARY key',
    '--password=CANARY-2',
    'ws://u:CANARY3@h/',
    'end',
  ],
  port: 0,
};

it('T6: the secret arguments of a command are not stored, and come back from the command line of the running process', () => {
  const path = place();
  saveLastStart(path, { request: withSecrets });
  expect(readFileSync(path, 'utf8')).not.toContain('CANARY');
  const { request: stored } = loadLastStart(path) ?? { request: {} };
  const running = 'node /opt/gw --port 18789 --api-key CANARY key --password=CANARY-2 ws://u:CANARY3@h/ end';
  expect(restoreSecrets(stored, running)).toEqual(withSecrets);
});

it('T6: a command with secret arguments is not restored from another command line, and one without needs none', () => {
  const path = place();
  saveLastStart(path, { request: withSecrets });
  const { request: stored } = loadLastStart(path) ?? { request: {} };
  for (const line of [undefined, '', '/opt/gw --port 1 end']) expect(restoreSecrets(stored, line)).toBeUndefined();
  expect(restoreSecrets({ command: ['gw'], port: 1 }, undefined)).toEqual({ command: ['gw'], port: 1 });
});

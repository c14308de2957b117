import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadLastStart, saveLastStart } from '../../src/host/profile-gateway.ts';

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'deskclaw-last-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'last-start.json');
}

it.each([[{}], [{ gateway: 'builtin', port: 0 } as const], [{ command: ['a', 'b c'], port: 7, timeoutMs: 1_500 }]])(
  'comes back as it was kept, for its owner alone: %j',
  (request) => {
    const path = place();
    saveLastStart(path, { command: ['older'] });
    saveLastStart(path, request);
    expect(loadLastStart(path)).toEqual(request);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  },
);

it.each(['', '{"port":', '[]', '{"port":-1}', '{"command":[]}', '{"gateway":"other"}'])(
  'loadLastStart returns undefined for the damaged text %j',
  (text) => {
    const path = place();
    expect(loadLastStart(path)).toBeUndefined();
    writeFileSync(path, text);
    expect(loadLastStart(path)).toBeUndefined();
  },
);

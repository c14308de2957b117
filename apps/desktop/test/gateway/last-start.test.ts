import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lastStart, readLastStart } from '../../src/gateway/last-start.ts';

test.each([
  ['{}', {}],
  ['{"gateway":"builtin"}', { gateway: 'builtin' }],
  ['{"gateway":"openclaw","port":18790}', { gateway: 'openclaw', port: 18_790 }],
  ['{"command":["node","gateway.js","--port","{port}"]}', { command: ['node', 'gateway.js', '--port', '{port}'] }],
  // Timeout of that start.
  ['{"timeoutMs":300000}', {}],
  ['{"gateway":"elsewhere","port":"1","command":[]}', {}],
  ['{"command":["node",1]}', {}],
  ['{"gateway":', undefined],
  ['[]', undefined],
  ['', undefined],
])('readLastStart of %s is %j', (text, request) => {
  expect(readLastStart(text)).toEqual(request);
});

test('lastStart reads the stored start request, or returns undefined without one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'last-start-'));
  const file = join(folder, 'last-start.json');
  try {
    expect(lastStart(file)).toBeUndefined();
    writeFileSync(file, '{"gateway":"builtin"}\n');
    expect(lastStart(file)).toEqual({ gateway: 'builtin' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatewayError } from '@deskclaw/core';
import { expect, it, onTestFinished } from 'vitest';
import { gatewayFile } from '../../../core/test/manager/builtin.ts';
import { startHost } from '../../src/host/host.ts';

it('P15: a Node too old for the gateway is told before the spawn, with the one found and the one needed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'deskclaw-old-node-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const installed = join(folder, 'openclaw');
  const mark = join(folder, 'was-run');
  mkdirSync(installed);
  const manifest = { name: 'openclaw', version: '2030.1.1', bin: 'openclaw.mjs', engines: { node: '>=99.1.0' } };
  writeFileSync(join(installed, 'package.json'), JSON.stringify(manifest));
  writeFileSync(
    join(installed, 'openclaw.mjs'),
    `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(mark)}, '');`,
  );
  const env = { DESKCLAW_HOME: folder, HOME: folder, PATH: '/nowhere', DESKCLAW_OPENCLAW: installed };
  const host = await startHost({
    profile: 'test',
    env,
    kind: 'foreground',
    version: '9.9.9',
    builtinGateway: { file: gatewayFile },
  });
  try {
    const shell = host.client();
    const refused = await shell.call('gateway.start', { gateway: 'openclaw' }).catch((error: unknown) => error);
    if (!(refused instanceof GatewayError)) throw new Error(`expected a GatewayError, got ${String(refused)}`);
    const { code, problem } = refused;
    expect(code).toBe('runtime.node-too-old');
    expect(problem.detail).toContain('>=99.1.0');
    expect(problem.detail).toMatch(/\d+\.\d+\.\d+ at \//);
    expect(existsSync(mark)).toBe(false);
    expect((await shell.call('timeline.query')).records.filter(({ what }) => what === 'spawned')).toEqual([]);
  } finally {
    await host.shutdown({ force: true });
  }
});

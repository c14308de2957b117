import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '@deskclaw/protocol';
import { expect, it } from 'vitest';
import { MINIMUM_NODE, unsupportedNodeMessage } from '../src/version.ts';
import { bin } from './support/deskclaw.ts';

it.each([
  ['20.20.2', true],
  ['22.18.9', true],
  ['22.19.0', false],
  ['24.0.0', false],
])('Node %s is too old: %s', (version, tooOld) => {
  const said = unsupportedNodeMessage(version, '/usr/bin/node');
  expect(said).toBe(tooOld ? `DeskClaw needs Node 22.19 or newer; this is Node ${version}, /usr/bin/node` : undefined);
});

it('the bound is the one of the package', () => {
  const manifest: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
  expect(isObject(manifest) && manifest['engines']).toEqual({ node: `>=${MINIMUM_NODE}` });
});

it('a too old Node is reported in one line without a stack', async (context) => {
  const there = '/usr/bin/node';
  if (!existsSync(there)) return context.skip('no Node of the system’s own');
  const ended = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile(there, [bin, 'status'], (error, _stdout, stderr) => resolve({ code: error?.code ?? 0, stderr }));
  });
  if (!ended.stderr.startsWith('DeskClaw needs')) {
    const version = await new Promise<string>((resolve) => execFile(there, ['-v'], (_e, out) => resolve(out.slice(1))));
    expect(unsupportedNodeMessage(version, there)).toBeUndefined();
    return context.skip(`the system's Node ${version.trim()} is not too old`);
  }
  expect(ended.code).toBe(78);
  expect(ended.stderr).toMatch(/^DeskClaw needs Node 22\.19 or newer; this is Node [\d.]+, \/usr\/bin\/node\n$/);
});

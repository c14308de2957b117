import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { otherServers, serverPackages } from '../src/servers/server-list.ts';
import { drawTrials, findProgram, type Phase, type PhaseResult } from '../src/servers/trial.ts';

const page = readFileSync(new URL('../../../docs/other-servers.md', import.meta.url), 'utf8');

test('the page of other servers has a row of results for each server of the suite', () => {
  const rows = [...page.matchAll(/^\| ([^|]+) \|(?: [\d.]+ s \|| - \|){6}$/gm)].map(([, name]) => name);
  expect(rows).toEqual(otherServers.map(({ name }) => name));
});

test('the page of other servers names the pinned versions of the npm packages', () => {
  const tried = Object.entries(serverPackages).filter(([name]) => name !== 'ws');
  expect(tried.filter(([, version]) => !page.includes(`| ${version} |`))).toEqual([]);
});

test('a table of trials shows times, failures, what a server has not, and why one was not run', () => {
  const results = new Map<string, ReadonlyMap<Phase, PhaseResult> | string>([
    [
      'one',
      new Map<Phase, PhaseResult>([
        ['start', { kind: 'held', ms: 1_234 }],
        ['call', { kind: 'held', ms: 7 }],
        ['notification', { kind: 'none' }],
        ['kill -9', { kind: 'failed', why: 'it did not come back' }],
      ]),
    ],
    ['two', 'there is no two on the PATH'],
  ]);
  expect(drawTrials(results)).toBe(
    [
      '| server | start | call | notification | kill -9 | restart | stop |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      '| one | 1.2 s | 0.007 s | - | FAILS |   |   |',
      '| two | not run: there is no two on the PATH | | | | | |',
    ].join('\n'),
  );
});

test('a program is found on the PATH where it may be run, and nowhere else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'deskclaw-path-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'some-server');
  await writeFile(file, '');
  const env = { PATH: ['/nowhere', '', folder].join(delimiter) };
  expect(await findProgram('some-server', env)).toBeUndefined();
  await chmod(file, 0o700);
  expect(await findProgram('some-server', env)).toBe(file);
  expect(await findProgram('some-server', {})).toBeUndefined();
});

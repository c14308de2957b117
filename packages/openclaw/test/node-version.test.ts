import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, nodeClock, nodeProcessTable } from '@deskclaw/core';
import { nodeSpawner, type Spawner } from '@deskclaw/core/internal';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { spawnedNodeVersion } from '../src/runtimes.ts';

const env = { PATH: process.env['PATH'] ?? '' };
const ports = { spawner: nodeSpawner, processes: nodeProcessTable, clock: nodeClock };

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-version-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function script(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\n${text}\n`);
  await chmod(file, 0o755);
  return file;
}

test('a real Node says its version', async () => {
  expect(await spawnedNodeVersion(env, ports)(process.execPath)).toBe(process.versions.node);
});

test.each([
  ['no-node', 'echo bun 1.4'],
  ['fails', 'echo v24.21.0; exit 3'],
  ['silent', 'exit 0'],
  ['only-stderr', 'echo v24.21.0 >&2'],
])('a program that is none (%s) has none', async (name, text) => {
  expect(await spawnedNodeVersion(env, ports)(await script(name, text))).toBeUndefined();
});

test('a file that is missing or not executable has no version', async () => {
  const version = spawnedNodeVersion(env, ports);
  const plain = join(folder, 'plain');
  await writeFile(plain, 'text');
  expect(await version(join(folder, 'missing'))).toBeUndefined();
  expect(await version(plain)).toBeUndefined();
});

test('each program is run only once', async () => {
  const runs: string[] = [];
  const counting: Spawner = {
    spawn: (request, handlers) => {
      runs.push(request.file);
      return nodeSpawner.spawn(request, handlers);
    },
  };
  const version = spawnedNodeVersion(env, { ...ports, spawner: counting });
  await Promise.all([version(process.execPath), version(process.execPath)]);
  await version(process.execPath);
  expect(runs).toEqual([process.execPath]);
});

test('a program that never answers is ended with everything it started', async () => {
  let due: (() => void) | undefined;
  const clock: Clock = {
    ...nodeClock,
    schedule: (_delay, run) => {
      due = run;
      return () => undefined;
    },
  };
  let pid = 0;
  const started = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const watching: Spawner = {
    spawn: (request, handlers) =>
      nodeSpawner.spawn(request, {
        ...handlers,
        spawned: (id) => {
          pid = id;
          started.resolve();
          handlers.spawned(id);
        },
        exited: (code, signal) => {
          handlers.exited(code, signal);
          gone.resolve();
        },
      }),
  };
  const asked = spawnedNodeVersion(env, { ...ports, clock, spawner: watching })(
    await script('hangs', 'sleep 600 & sleep 600'),
  );
  await started.promise;
  due?.();
  expect(await asked).toBeUndefined();
  await gone.promise;
  expect(nodeProcessTable.find(pid)).toBeUndefined();
});

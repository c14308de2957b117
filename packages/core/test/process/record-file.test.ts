import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recordFile } from '../../src/ports/node/record-file.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskclaw-record-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a record on disk', () => {
  test('is there or not, and whole', async () => {
    const store = recordFile(join(folder, 'deep', 'er', 'owner.json'));
    expect(await store.load()).toBeUndefined();
    await store.save('one');
    await store.save('two');
    expect(await store.load()).toBe('two');
    await store.clear();
    await store.clear();
    expect(await store.load()).toBeUndefined();
  });

  test('belongs to its owner alone, its folder too, and leaves no draft', async () => {
    const path = join(folder, 'state', 'owner.json');
    await recordFile(path).save('text');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'state'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(folder, 'state'))).toEqual(['owner.json']);
  });

  test('is replaced as a whole: a reader never sees a part', async () => {
    const path = join(folder, 'owner.json');
    const store = recordFile(path);
    const long = 'x'.repeat(100_000);
    await store.save(long);
    const readings: Promise<string>[] = [];
    for (let round = 0; round < 20; round += 1) {
      const saving = store.save(round % 2 === 0 ? 'short' : long);
      readings.push(readFile(path, 'utf8'));
      await saving;
    }
    for (const text of await Promise.all(readings)) expect(['short', long]).toContain(text);
  });

  test('in a place that cannot be written says why', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(recordFile(join(folder, 'file', 'owner.json')).save('x')).rejects.toThrow(/ENOTDIR|EEXIST/);
  });
});

import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordFile } from '@deskclaw/core/internal';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { SmallDisk } from '../src/small-disk.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskclaw-record-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a record on disk', () => {
  test('a record file is saved, loaded and cleared as a whole', async () => {
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

  test('a reader never sees a partly written record', async () => {
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

  test('a record and its folder entry are synced, unless the record is void after a power cut', async () => {
    const probe = await open(folder, 'r');
    const syncs = vi.spyOn(Object.getPrototypeOf(probe), 'sync');
    onTestFinished(() => syncs.mockRestore());
    await probe.close();
    const path = join(folder, 'upgrade.json');
    await recordFile(path).save('text');
    expect(syncs).toHaveBeenCalledTimes(2);
    await recordFile(path).clear();
    expect(syncs).toHaveBeenCalledTimes(3);
    await recordFile(path, { reservesSpace: true }).save('text');
    expect(syncs).toHaveBeenCalledTimes(3);
  });

  test('a record that reserves its space can be saved again and again on a full disk', async (context) => {
    const disk = SmallDisk.mount(folder);
    if (typeof disk === 'string') context.skip(`no small file system can be mounted: ${disk}`);
    else {
      try {
        const path = join(folder, 'owner.json');
        const store = recordFile(path, { reservesSpace: true });
        const record = (facts: string) => ({ version: 1, facts });
        const keep = async (facts: string) => {
          await store.save(`${JSON.stringify(record(facts))}\n`);
          expect(JSON.parse((await store.load()) ?? '')).toEqual(record(facts));
        };
        const names = async () => (await readdir(folder)).filter((name) => name !== 'filler');
        await keep('before');
        await keep('before it was full');
        disk.fill();
        await expect(writeFile(join(folder, 'other'), 'x')).rejects.toThrow('ENOSPC');
        await rm(join(folder, 'other'));
        for (const facts of ['in place', 'é', 'x'.repeat(3_000), 'short']) await keep(facts);
        await store.clear();
        await store.clear();
        expect(await store.load()).toBeUndefined();
        disk.fill();
        await keep('a new one');
        await keep('a new one, with its pid');
        expect(await names()).toEqual(['owner.json']);
        // More than a disk gives at once is not begun: what is there stays whole.
        await expect(store.save('y'.repeat(5_000))).rejects.toThrow('ENOSPC');
        expect(JSON.parse((await store.load()) ?? '')).toEqual(record('a new one, with its pid'));
        expect((await stat(path)).mode & 0o777).toBe(0o600);
        disk.free();
        await keep('after');
        expect(await store.load()).toBe(`${JSON.stringify(record('after'))}\n`);
        expect(await names()).toEqual(['owner.json']);
      } finally {
        disk.unmount();
      }
    }
  });

  test('clearing a record that reserves no space removes its file', async () => {
    const store = recordFile(join(folder, 'owner.json'));
    await store.save('text');
    await store.clear();
    expect(await readdir(folder)).toEqual([]);
  });

  test('saving a record where nothing can be written rejects with the reason', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(recordFile(join(folder, 'file', 'owner.json')).save('x')).rejects.toThrow(/ENOTDIR|EEXIST/);
  });
});

import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { syncFolder, writeAtomic, writeAtomicSync } from '../../../src/ports/node/atomic-write.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'deskclaw-whole-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
});

const ways = [
  ['writeAtomic', writeAtomic],
  ['writeAtomicSync', async (...args: Parameters<typeof writeAtomicSync>) => writeAtomicSync(...args)],
] as const;

describe.each(ways)('%s', (_, write) => {
  it('replaces a file, for its owner alone unless told otherwise, and leaves nothing beside it', async () => {
    const path = join(root, 'a.json');
    writeFileSync(path, 'before');
    chmodSync(path, 0o644);
    await write(path, 'after');
    expect(readFileSync(path, 'utf8')).toBe('after');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await write(path, 'again', 0o666);
    expect(statSync(path).mode & 0o777).toBe(0o666);
    expect(readdirSync(root)).toEqual(['a.json']);
  });

  it('a write that fails keeps the old text and leaves no temporary file', async () => {
    const path = join(root, 'folder');
    mkdirSync(join(path, 'inside'), { recursive: true });
    await expect(write(path, 'after')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/);
    expect(readdirSync(root)).toEqual(['folder']);
  });
});

it('a folder that is gone cannot be synced, and that is told', async () => {
  await expect(syncFolder(join(root, 'gone'))).rejects.toThrow('ENOENT');
});

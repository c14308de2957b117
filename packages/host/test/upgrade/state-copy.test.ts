import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFolders } from '@deskclaw/core/internal';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { copyLocation, copyState, isExcluded, restoreState } from '../../src/upgrade/state-copy.ts';
import { smallDisk } from '../install/small-disk.ts';

let root = '';
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'deskclaw-state-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
});
const place = () => ({ stateDir: join(root, 'oc'), configPath: join(root, 'oc', 'openclaw.json') });

function fill(): void {
  mkdirSync(join(root, 'oc', 'agents', 'main'), { recursive: true });
  writeFileSync(join(root, 'oc', 'openclaw.json'), '{}', { mode: 0o600 });
  writeFileSync(join(root, 'oc', 'agents', 'main', 'a.jsonl'), 'one\n');
  writeFileSync(join(root, 'oc', 'state.sqlite'), 'db');
  writeFileSync(join(root, 'oc', 'state.sqlite-wal'), 'log');
  symlinkSync('agents/main', join(root, 'oc', 'link'));
}

it.each([
  ['gateway.state.lock', true],
  [join('locks', 'gateway.1a2b.lock'), true],
  ['gateway.pid', true],
  ['tmp', true],
  [join('tmp', 'openclaw-0'), true],
  [join('agents', 'tmp'), false],
  ['openclaw.json', false],
  ['yarn.lock', false],
])('%s is left out: %s', (relative, out) => {
  expect(isExcluded(relative)).toBe(out);
});

describe('a copy of the state', () => {
  it('a copy holds files with their rights, databases with their logs and links, but no socket and no lock', async () => {
    fill();
    mkdirSync(join(root, 'oc', 'tmp'));
    writeFileSync(join(root, 'oc', 'gateway.x.lock'), '1');
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(join(root, 'oc', 'exec.sock'), resolve);
    });
    const copy = copyLocation(join(root, 'copy'), place(), join);
    await copyState(place(), copy, nodeFolders);
    server.close();
    expect(readdirSync(copy.stateDir).sort()).toEqual([
      'agents',
      'link',
      'openclaw.json',
      'state.sqlite',
      'state.sqlite-wal',
    ]);
    expect(statSync(copy.configPath).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(copy.stateDir, 'agents/main/a.jsonl'), 'utf8')).toBe('one\n');
    expect(readlinkSync(join(copy.stateDir, 'link'))).toBe('agents/main');
  });

  it('the copy of a state reached by a link is a folder of its own', async () => {
    fill();
    symlinkSync('oc', join(root, 'by-link'));
    await nodeFolders.copy(join(root, 'by-link'), join(root, 'copy'), () => false);
    expect(lstatSync(join(root, 'copy')).isDirectory()).toBe(true);
    expect(readdirSync(join(root, 'copy'))).toContain('state.sqlite');
  });

  it('takes a configuration along that lies elsewhere', async () => {
    fill();
    writeFileSync(join(root, 'my.json'), '{"a":1}');
    const from = { ...place(), configPath: join(root, 'my.json') };
    const copy = copyLocation(join(root, 'copy'), from, join);
    await copyState(from, copy, nodeFolders);
    expect(readFileSync(copy.configPath, 'utf8')).toBe('{"a":1}');
  });

  it('copying a state that does not exist creates nothing', async () => {
    await copyState(place(), copyLocation(join(root, 'copy'), place(), join), nodeFolders);
    expect(readdirSync(root)).toEqual([]);
  });

  it('takes the place of the state again, and what was there is moved aside', async () => {
    fill();
    const copy = copyLocation(join(root, 'copy'), place(), join);
    await copyState(place(), copy, nodeFolders);
    writeFileSync(join(root, 'oc', 'migrated'), '2');
    const aside = await restoreState(copy, place(), join(root, 'aside'), nodeFolders, async () => undefined);
    expect(aside).toBe(join(root, 'aside'));
    expect(readdirSync(join(root, 'aside'))).toContain('migrated');
    expect(readdirSync(join(root, 'oc'))).not.toContain('migrated');
    expect(readFileSync(join(root, 'oc', 'agents/main/a.jsonl'), 'utf8')).toBe('one\n');
    expect(readdirSync(join(root, 'oc'))).toContain('state.sqlite');
    expect(readdirSync(root).sort()).toEqual(['aside', 'copy', 'oc']);
  });

  it('comes over the border of a file system, too', async () => {
    fill();
    const copy = copyLocation(join(root, 'copy'), place(), join);
    await copyState(place(), copy, nodeFolders);
    const border = Object.assign(new Error('EXDEV: cross-device link not permitted'), { code: 'EXDEV' });
    const apart = {
      ...nodeFolders,
      move: (from: string, to: string) =>
        from === copy.stateDir ? Promise.reject(border) : nodeFolders.move(from, to),
    };
    await restoreState(copy, place(), join(root, 'aside'), apart, async () => undefined);
    expect(readFileSync(join(root, 'oc', 'agents/main/a.jsonl'), 'utf8')).toBe('one\n');
  });

  it('needs no room to come back: a full disk bars no way back', async (context) => {
    const disk = smallDisk(12);
    if (disk === undefined) return context.skip('a small file system can only be mounted by root');
    const state = { stateDir: join(disk, 'oc'), configPath: join(disk, 'oc', 'openclaw.json') };
    mkdirSync(state.stateDir);
    writeFileSync(join(state.stateDir, 'big'), Buffer.alloc(4 * 1024 ** 2));
    const copy = copyLocation(join(disk, 'copy'), state, join);
    await copyState(state, copy, nodeFolders);
    expect(() => writeFileSync(join(disk, 'filler'), Buffer.alloc(16 * 1024 ** 2))).toThrow('ENOSPC');
    await restoreState(copy, state, join(disk, 'aside'), nodeFolders, async () => undefined);
    expect(readdirSync(disk).sort()).toEqual(['aside', 'copy', 'filler', 'oc']);
    expect(statSync(join(state.stateDir, 'big')).size).toBe(4 * 1024 ** 2);
  });

  it.each([1, 2, 3, 4, 5, 6])('a restore interrupted before its change %i is finished by the next try', async (nth) => {
    fill();
    const copy = copyLocation(join(root, 'copy'), place(), join);
    await copyState(place(), copy, nodeFolders);
    const before = readdirSync(copy.stateDir).sort();
    writeFileSync(join(root, 'oc', 'migrated'), '2');
    let changes = 0;
    const orDie = <A extends readonly unknown[]>(change: (...args: A) => Promise<void>) => {
      return (...args: A): Promise<void> => {
        changes += 1;
        return changes >= nth ? Promise.reject(new Error('killed')) : change(...args);
      };
    };
    const { remove, move, copy: copies } = nodeFolders;
    const cut = { ...nodeFolders, remove: orDie(remove), move: orDie(move), copy: orDie(copies) };
    const onDisk = async () => undefined;
    await restoreState(copy, place(), join(root, 'aside'), cut, orDie(onDisk)).catch(() => undefined);
    expect(await restoreState(copy, place(), join(root, 'aside'), nodeFolders, onDisk)).toBe(join(root, 'aside'));
    expect(readdirSync(join(root, 'aside'))).toContain('migrated');
    expect(readdirSync(join(root, 'oc')).sort()).toEqual(before);
    expect(readdirSync(root).sort()).toEqual(['aside', 'copy', 'oc']);
  });

  it.each([1, 2, 3, 4, 5])('a restore whose change %i fails puts everything back', async (nth) => {
    fill();
    const from = { stateDir: join(root, 'oc'), configPath: join(root, 'elsewhere.json') };
    writeFileSync(from.configPath, 'old');
    const copy = copyLocation(join(root, 'copy'), from, join);
    await copyState(from, copy, nodeFolders);
    writeFileSync(join(root, 'oc', 'migrated'), '2');
    writeFileSync(from.configPath, 'new');
    const names = () => [root, from.stateDir, copy.stateDir].map((folder) => readdirSync(folder).sort());
    const before = names();
    let changes = 0;
    const orFail = <A extends readonly unknown[]>(change: (...args: A) => Promise<void>) => {
      return (...args: A): Promise<void> => {
        changes += 1;
        return changes === nth ? Promise.reject(new Error('it does not go')) : change(...args);
      };
    };
    const { move, copy: copies } = nodeFolders;
    const failing = { ...nodeFolders, move: orFail(move), copy: orFail(copies) };
    const onDisk = orFail(async () => undefined);
    await expect(restoreState(copy, from, join(root, 'aside'), failing, onDisk)).rejects.toThrow('it does not go');
    expect(names()).toEqual(before);
    expect(readFileSync(from.configPath, 'utf8')).toBe('new');
    expect(await restoreState(copy, from, join(root, 'aside'), nodeFolders, async () => undefined)).toBe(
      join(root, 'aside'),
    );
    expect(readFileSync(from.configPath, 'utf8')).toBe('old');
  });

  it('a configuration elsewhere stays whole on a full disk, and links are followed', async (context) => {
    const disk = smallDisk(12);
    if (disk === undefined) return context.skip('a small file system can only be mounted by root');
    const [old, real, link] = [join(root, 'old.json'), join(disk, 'dotfiles.json'), join(root, 'openclaw.json')];
    writeFileSync(old, 'x'.repeat(1024 ** 2));
    writeFileSync(real, 'new');
    symlinkSync(real, link);
    expect(() => writeFileSync(join(disk, 'filler'), Buffer.alloc(16 * 1024 ** 2))).toThrow('ENOSPC');
    await expect(nodeFolders.copy(old, link, () => false)).rejects.toThrow('ENOSPC');
    expect(readFileSync(link, 'utf8')).toBe('new');
    rmSync(join(disk, 'filler'));
    await nodeFolders.copy(old, link, () => false);
    expect(readFileSync(real, 'utf8')).toHaveLength(1024 ** 2);
    expect(readdirSync(disk)).toEqual(['dotfiles.json']);
  });
});

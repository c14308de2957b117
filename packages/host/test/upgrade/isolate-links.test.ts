import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFolders } from '@deskclaw/core/internal';
import { expect, it, onTestFinished } from 'vitest';
import { isolateLinks } from '../../src/upgrade/isolate-links.ts';

it('T7: what a trial writes through a link of the copied state stays in the copy', async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'deskclaw-links-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [state, copy, world] = [join(folder, 'state'), join(folder, 'copy'), join(folder, 'world')];
  for (const each of [join(state, 'sub'), join(world, 'projects')]) mkdirSync(each, { recursive: true });
  writeFileSync(join(world, 'config.json'), 'of the user');
  writeFileSync(join(world, 'projects', 'work'), 'of the user');
  writeFileSync(join(state, 'sub', 'own'), 'own');
  symlinkSync(join(world, 'config.json'), join(state, 'file'));
  symlinkSync('../../world/config.json', join(state, 'sub', 'relative'));
  symlinkSync(join(world, 'projects'), join(state, 'folder'));
  symlinkSync(join(state, 'sub'), join(state, 'absolute'));
  symlinkSync('sub/own', join(state, 'inner'));
  symlinkSync(join(folder, 'nowhere'), join(state, 'dangling'));
  await nodeFolders.copy(state, copy, () => false);
  await isolateLinks(copy, state);
  for (const name of ['file', 'sub/relative', 'absolute/own', 'inner']) writeFileSync(join(copy, name), 'of the trial');
  writeFileSync(join(copy, 'folder', 'work'), 'of the trial');
  expect(readFileSync(join(world, 'config.json'), 'utf8')).toBe('of the user');
  expect(readFileSync(join(world, 'projects', 'work'), 'utf8')).toBe('of the user');
  expect(readFileSync(join(state, 'sub', 'own'), 'utf8')).toBe('own');
  expect(readlinkSync(join(copy, 'inner'))).toBe('sub/own');
  expect(lstatSync(join(copy, 'dangling'), { throwIfNoEntry: false })).toBeUndefined();
  expect(lstatSync(join(state, 'file')).isSymbolicLink()).toBe(true);
});

import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readJsonFile, writeJsonFile } from '../../src/profile/json-file.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'deskclaw-json-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

it('writeJsonFile replaces a file and leaves no draft beside it', () => {
  const path = join(folder(), 'value.json');
  writeJsonFile(path, { a: 1 });
  writeJsonFile(path, { a: 2 });
  expect([readJsonFile(path), readdirSync(join(path, '..'))]).toEqual([{ a: 2 }, ['value.json']]);
});

it('writeJsonFile that cannot replace a file leaves no draft beside it, and rejects with the cause', () => {
  const path = join(folder(), 'value.json');
  mkdirSync(path);
  expect(() => writeJsonFile(path, { a: 1 })).toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/);
  expect(readdirSync(join(path, '..'))).toEqual(['value.json']);
});

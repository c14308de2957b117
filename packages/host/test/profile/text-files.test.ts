import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../src/profile/config.ts';
import { writeSetting } from '../../src/profile/edit-config.ts';
import { keepLink } from '../../src/profile/keep-link.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-text-'));
  path = join(folder, 'config.json');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const json = '{\r\n  "port": 18790\r\n}\r\n';
const utf16 = Buffer.from(json, 'utf16le');

it.each([
  ['CRLF', Buffer.from(json)],
  ['a byte order mark', Buffer.from(`\ufeff${json}`)],
  ['UTF-16, little end first', Buffer.concat([Buffer.of(0xff, 0xfe), utf16])],
  ['UTF-16, big end first', Buffer.concat([Buffer.of(0xfe, 0xff), Buffer.from(utf16).swap16()])],
])('E8: settings with %s are read, and can be changed', (_what, bytes) => {
  writeFileSync(path, bytes);
  expect(loadConfig(path, 'default', {}).settings).toEqual({ port: 18_790 });
  writeSetting(path, 'work', 'port', 18_791);
  expect(loadConfig(path, 'default', {}).settings).toEqual({ port: 18_790 });
  expect(loadConfig(path, 'work', {}).settings).toEqual({ port: 18_791 });
});

it('E8: settings in an encoding that cannot be known are refused with a way out', () => {
  writeFileSync(path, utf16);
  expect(() => loadConfig(path, 'default', {})).toThrow(/neither UTF-8 nor UTF-16 .* Save it as UTF-8/);
});

it('E8: settings that are a pipe or a folder are refused at once', () => {
  execFileSync('mkfifo', [path]);
  expect(() => loadConfig(path, 'default', {})).toThrow(/a pipe, socket or device, not a file/);
  expect(() => loadConfig(folder, 'default', {})).toThrow(/a folder, not a file/);
});

it('E8: a file that a repair put in the place of a link becomes a link again, and its text goes to the linked file', () => {
  const versioned = join(folder, 'versioned.json');
  writeFileSync(versioned, 'faulty');
  symlinkSync('versioned.json', path);
  const restore = keepLink(path);
  expect(restore()).toBeUndefined();
  unlinkSync(path);
  writeFileSync(path, 'repaired');
  expect(restore()).toBe(versioned);
  expect([lstatSync(path).isSymbolicLink(), readlinkSync(path)]).toEqual([true, 'versioned.json']);
  expect(readFileSync(versioned, 'utf8')).toBe('repaired');
});

it('E8: a file that is no link is left as it is', () => {
  writeFileSync(path, 'a');
  const restore = keepLink(path);
  writeFileSync(path, 'b');
  expect(restore()).toBeUndefined();
  expect(readFileSync(path, 'utf8')).toBe('b');
});

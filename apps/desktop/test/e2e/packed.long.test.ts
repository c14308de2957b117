import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { isAlive, statusOf } from './desktop-app.ts';
import {
  appFolder,
  asOrdinaryUser,
  closeDisplay,
  findMissingRequirement,
  Home,
  useDisplay,
} from './test-environment.ts';

const program = join(appFolder, '.cache', 'packed', 'linux-unpacked', 'deskclaw-desktop');
const missing =
  findMissingRequirement() ??
  (existsSync(program) ? undefined : 'the app is not packed (node apps/desktop/scripts/pack.mjs --linux dir)');
let home: Home;
let app: ChildProcess | undefined;

beforeEach((context) => {
  if (missing !== undefined) context.skip(missing);
  home = new Home();
});
afterEach(() => {
  app?.kill('SIGKILL');
  home?.remove();
});
afterAll(closeDisplay);

/** Electron's fuses lie behind this mark in the program: a version, how many, and one byte for each. */
const FUSES = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const fuseNames = [
  'RunAsNode',
  'CookieEncryption',
  'NodeOptionsVariable',
  'NodeCliInspect',
  'AsarIntegrity',
  'OnlyLoadAppFromAsar',
  'BrowserV8Snapshot',
  'FileProtocolPrivileges',
] as const;

test('the packed app refuses Node mode, debugging and foreign archives', () => {
  const bytes = readFileSync(program);
  const at = bytes.indexOf(FUSES) + FUSES.length + 2;
  const fuses = Object.fromEntries(fuseNames.map((name, index) => [name, String.fromCharCode(bytes[at + index] ?? 0)]));
  expect(fuses).toEqual({
    ...{ RunAsNode: '0', CookieEncryption: '1', NodeOptionsVariable: '0', NodeCliInspect: '0' },
    ...{ AsarIntegrity: '1', OnlyLoadAppFromAsar: '1', BrowserV8Snapshot: '0', FileProtocolPrivileges: '0' },
  });
});

test('the packed keyring program has all its files', () => {
  const folder = join(dirname(program), 'resources', 'programs');
  const links = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isSymbolicLink());
  // Symbolic links would point to folders of the build machine.
  expect(links.map(({ name }) => name)).toEqual([]);
  const file = join(folder, 'deskclaw-keyring.cjs');
  const { stdout } = spawnSync(process.execPath, [file], {
    input: `${JSON.stringify({ method: 'read', account: 'nobody' })}\n`,
    encoding: 'utf8',
    // A session without a bus: the answer comes from the library, not from a keyring.
    env: { XDG_RUNTIME_DIR: '/nonexistent' },
  });
  expect(JSON.parse(stdout)).toEqual({
    kind: 'error',
    cause: 'unavailable',
    message: expect.stringMatching(/DBus/),
  });
});

test('the packed app shows its screen and starts and stops a gateway', async () => {
  const [file, ...args] = asOrdinaryUser([program, '--remote-debugging-port=0']);
  const child = spawn(file, args, {
    env: { ...home.env, DISPLAY: await useDisplay() },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  app = child;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const address = await new Promise<string>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const found = /^DevTools listening on (?<address>\S+)/u.exec(line)?.groups?.['address'];
      if (found !== undefined) resolve(found);
    });
  });
  const browser = await chromium.connectOverCDP(address);
  const [context] = browser.contexts();
  const page = context?.pages()[0] ?? (await context?.waitForEvent('page'));
  const saying = (words: string) => page?.locator('.status-bar').getByRole('status').filter({ hasText: words });
  await saying('Gateway: Stopped')?.waitFor({ state: 'attached' });
  await page?.getByRole('button', { name: 'Start built-in gateway' }).click();
  await saying('Gateway: Running')?.waitFor({ state: 'attached' });
  const { gateway, host } = await statusOf(home);
  expect([gateway['state'], host?.['pid']]).toEqual(['running', child.pid]);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  await browser.close();
  expect(isAlive(Number(gateway['pid']))).toBe(false);
});

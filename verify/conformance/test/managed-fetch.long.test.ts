import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseJson } from '@deskclaw/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CommandLine, records } from '../src/deskclaw.ts';
import { cacheRoot, ensureNode } from '../src/install.ts';
import { startModelServer } from '../src/model-server.ts';
import { chosenGenerations, generations } from '../src/versions.ts';
import { at } from '../src/wire.ts';
import { configFor, makeWorkplace } from '../src/workplace.ts';

/** A real package of up to 1.3 GB, the first time. */
const INSTALL_MS = 12 * 60_000;

/** A Node that the newest OpenClaw (>=24.16) refuses and that DeskClaw itself (>=22.19) runs on. */
const OLDER_NODE = '22.22.0';

const oldest = generations.find(({ letter }) => letter === 'A')?.version ?? '';
const newest = generations.find(({ letter }) => letter === 'C')?.version ?? '';

/** Problem codes of a machine that cannot install; they skip the test. */
const notHere = ['openclaw.install-failed', 'disk.full', 'runtime.npm-missing'];

/** Installed versions, shared by all runs. The selected version and the state belong to each run. */
const sharedCache = join(cacheRoot(process.env), 'managed');

async function makePlace(extra: Readonly<Record<string, string>>, node?: string) {
  const model = await startModelServer();
  const workplace = await makeWorkplace((place) => configFor(place, model.url));
  const data = join(workplace.root, 'deskclaw', 'data');
  await mkdir(sharedCache, { recursive: true });
  await mkdir(join(workplace.root, 'deskclaw'), { mode: 0o700 });
  await symlink(sharedCache, data);
  const npmCache = process.env['npm_config_cache'] ?? join(homedir(), '.npm');
  const deskclaw = new CommandLine(workplace, undefined, { npm_config_cache: npmCache, ...extra }, node);
  onTestFinished(async () => {
    await deskclaw.run(['stop', '--force']);
    await model.close();
    await workplace.remove();
  }, INSTALL_MS);
  return { data, deskclaw };
}

/** @returns why it cannot be done on this machine, or the document. */
async function install(deskclaw: CommandLine, version: string): Promise<{ missing: string } | { document: unknown }> {
  const ran = await deskclaw.run(['openclaw', 'install', version, '--json'], INSTALL_MS);
  const code = at(parseJson(ran.stderr.trim()), 'error', 'code');
  if (typeof code === 'string' && notHere.includes(code)) {
    console.error(ran.stderr);
    return { missing: `OpenClaw ${version} cannot be installed here (${code})` };
  }
  expect(ran.code, ran.stderr).toBe(0);
  console.log(`deskclaw openclaw install ${version}: ${String(ran.tookMs)} ms`);
  return { document: parseJson(ran.stdout) };
}

async function expectChat(deskclaw: CommandLine): Promise<void> {
  const ran = await deskclaw.run(['chat', 'hello', '--json']);
  expect(ran.code, ran.stderr).toBe(0);
  expect(at(records(ran.stdout).at(-1), 'text')).toContain('hello');
}

describe('what has to be fetched', () => {
  test(`${oldest}, which wants a package from a git host`, { timeout: INSTALL_MS }, async ({ skip }) => {
    const chosen = chosenGenerations(process.env).some(({ letter }) => letter === 'A');
    if (!chosen) return skip('1.2 GB; asked for with --versions A');
    const { data, deskclaw } = await makePlace({});
    const installed = await install(deskclaw, oldest);
    if ('missing' in installed) return skip(installed.missing);
    const manifest = await readFile(join(data, 'openclaw', oldest, 'package.json'), 'utf8');
    expect(parseJson(manifest)).toMatchObject({
      dependencies: { openclaw: oldest },
      overrides: { libsignal: '2.0.1' },
    });
    await deskclaw.json(['openclaw', 'use', oldest]);
    const ran = await deskclaw.run(['start', '--port', '0']);
    expect(ran.code, ran.stderr).toBe(0);
    expect(await deskclaw.json(['status'])).toMatchObject({
      host: { openclaw: { version: oldest } },
      gateway: { state: 'running', ownership: 'owned', protocol: 3 },
    });
    await expectChat(deskclaw);
    await deskclaw.json(['stop']);
    // The next run is to fetch it again.
    const removed = await deskclaw.json(['openclaw', 'remove', oldest, '--force']);
    expect(Number(at(removed, 'freedBytes'))).toBeGreaterThan(1024 ** 3);
  });

  test(`a Node for ${newest}, where the one there is does not fit`, { timeout: INSTALL_MS }, async ({ skip }) => {
    if (process.platform === 'win32') return skip('the PATH is made for POSIX');
    const there = ['/usr/bin/node', '/bin/node'].find((file) => existsSync(file));
    const version = there === undefined ? '' : execFileSync(there, ['--version'], { encoding: 'utf8' });
    if (/^v(24\.(1[6-9]|[2-9]\d)|26)/.test(version)) return skip(`${String(there)} fits already`);
    const older = await ensureNode(OLDER_NODE, process.env);
    if ('reason' in older) return skip(older.reason);
    const { data, deskclaw } = await makePlace({ PATH: '/usr/bin:/bin' }, older.program);
    // Removes the Node of an earlier run, so that it is fetched again.
    const forget = () => rm(join(sharedCache, 'node'), { recursive: true, force: true });
    onTestFinished(forget);
    await forget();
    const installed = await install(deskclaw, newest);
    if ('missing' in installed) return skip(installed.missing);
    const file = String(at(installed.document, 'node', 'file'));
    expect(file.startsWith(join(data, 'node', '24.')), file).toBe(true);
    await deskclaw.json(['openclaw', 'use', newest]);
    const ran = await deskclaw.run(['start', '--port', '0']);
    expect(ran.code, ran.stderr).toBe(0);
    const status = await deskclaw.json(['status']);
    expect(status).toMatchObject({ host: { openclaw: { version: newest, node: { file } } } });
    if (process.platform === 'linux') {
      const runs = await realpath(`/proc/${String(at(status, 'gateway', 'pid'))}/exe`);
      expect(runs).toBe(await realpath(file));
    }
    await expectChat(deskclaw);
    expect(await deskclaw.json(['openclaw', 'list'])).toMatchObject({ nodes: [{ file }] });
  });
});

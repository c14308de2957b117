import { mkdir, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseJson } from '@deskclaw/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CommandLine, records } from '../src/deskclaw.ts';
import { cacheRoot } from '../src/install.ts';
import { type ModelServer, startModelServer } from '../src/model-server.ts';
import { nodeProcessTable, nodeTcpPorts } from '../src/ours.ts';
import { generations } from '../src/versions.ts';
import { at } from '../src/wire.ts';
import { configFor, makeWorkplace, type Workplace } from '../src/workplace.ts';

const STEP_MS = 4 * 60_000;
/** Two real packages of 350 and 650 MB, the first time. */
const INSTALL_MS = 12 * 60_000;

const older = generations.find(({ letter }) => letter === 'B')?.version ?? '';
const newer = generations.find(({ letter }) => letter === 'C')?.version ?? '';

/** Problem codes of a machine that cannot install; they skip the test. */
const notHere = ['openclaw.install-failed', 'disk.full', 'runtime.npm-missing', 'runtime.node-too-old'];

describe('where there is no OpenClaw', () => {
  let model: ModelServer;
  let workplace: Workplace;
  let deskclaw: CommandLine;
  let missing = '';
  const remains: string[] = [];

  beforeAll(async () => {
    model = await startModelServer();
    workplace = await makeWorkplace((place) => configFor(place, model.url));
    // Packages are fetched once for all runs; what is chosen, and the state, are this run's own.
    const data = join(cacheRoot(process.env), 'managed');
    await mkdir(data, { recursive: true });
    await mkdir(join(workplace.root, 'deskclaw'), { mode: 0o700 });
    await symlink(data, join(workplace.root, 'deskclaw', 'data'));
    const npmCache = process.env['npm_config_cache'] ?? join(homedir(), '.npm');
    deskclaw = new CommandLine(workplace, undefined, { npm_config_cache: npmCache });
  }, STEP_MS);

  afterAll(async () => {
    await deskclaw.run(['stop', '--force']);
    await model.close();
    await Promise.all(remains.map((folder) => rm(folder, { recursive: true, force: true })));
    await workplace.remove();
  }, STEP_MS);

  /** Declares a test that continues from the state of the previous one. */
  function step(name: string, timeout: number, body: () => Promise<void>): void {
    test(name, { timeout }, async ({ skip }) => (missing === '' ? body() : skip(missing)));
  }

  async function install(version: string): Promise<void> {
    const ran = await deskclaw.run(['openclaw', 'install', version, '--json'], INSTALL_MS);
    const code = at(parseJson(ran.stderr.trim()), 'error', 'code');
    if (typeof code === 'string' && notHere.includes(code)) {
      missing = `OpenClaw ${version} cannot be installed here (${code})`;
      console.error(`\n*** ${missing}: installing, upgrading and rolling back are NOT checked\n${ran.stderr}`);
      return;
    }
    expect(ran.code, ran.stderr).toBe(0);
    console.log(`deskclaw openclaw install ${version}: ${String(ran.tookMs)} ms`);
    expect(parseJson(ran.stdout)).toMatchObject({ schema: 'deskclaw.openclaw-install/1', version });
  }

  async function runs(version: string): Promise<number> {
    const status = await deskclaw.json(['status']);
    expect(status).toMatchObject({
      host: { openclaw: { version } },
      gateway: { state: 'running', ownership: 'owned', version },
    });
    const [pid, port] = [Number(at(status, 'gateway', 'pid')), Number(at(status, 'gateway', 'port'))];
    expect(await nodeTcpPorts.owner(port)).toMatchObject({ pid });
    return pid;
  }

  async function chat(words: string): Promise<void> {
    const ran = await deskclaw.run(['chat', words, '--json']);
    expect(ran.code, ran.stderr).toBe(0);
    expect(at(records(ran.stdout).at(-1), 'text')).toContain(words);
  }

  step(`install ${older}, then start and chat`, INSTALL_MS, async () => {
    await install(older);
    if (missing !== '') return;
    await deskclaw.json(['openclaw', 'use', older]);
    const ran = await deskclaw.run(['start', '--port', '0']);
    expect(ran.code, ran.stderr).toBe(0);
    await runs(older);
    await chat('hello');
  });

  step(`install ${newer} beside it; what runs goes on`, INSTALL_MS, async () => {
    const pid = Number(at(await deskclaw.json(['status']), 'gateway', 'pid'));
    await install(newer);
    if (missing !== '') return;
    expect(await runs(older)).toBe(pid);
    expect(await deskclaw.json(['openclaw', 'list'])).toMatchObject({ unfinished: [] });
  });

  step(`upgrade to ${newer}: tried on a copy, then on the state itself`, STEP_MS, async () => {
    const pid = await runs(older);
    const ran = await deskclaw.run(['openclaw', 'upgrade', newer, '--json']);
    expect(ran.code, ran.stderr).toBe(0);
    console.log(`deskclaw openclaw upgrade ${older} -> ${newer}: ${String(ran.tookMs)} ms`);
    const upgraded = parseJson(ran.stdout);
    expect(upgraded).toMatchObject({ outcome: 'upgraded', from: older, to: newer, running: true });
    remains.push(String(at(upgraded, 'backup')));
    expect(await runs(newer)).not.toBe(pid);
    expect(nodeProcessTable.find(pid)).toBeUndefined();
    await chat('still here');
  });

  step(`roll back to ${older} and to its state`, STEP_MS, async () => {
    const back = await deskclaw.json(['openclaw', 'rollback']);
    expect(back).toMatchObject({ from: newer, to: older, running: true });
    remains.push(String(at(back, 'aside')));
    await runs(older);
    await chat('back again');
  });
});

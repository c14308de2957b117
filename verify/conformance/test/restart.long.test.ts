import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CommandLine } from '../src/deskclaw.ts';
import { planFor } from '../src/gateway.ts';
import { ensureInstalled } from '../src/install.ts';
import { numberAt } from '../src/left-behind.ts';
import { type ModelServer, startModelServer } from '../src/model-server.ts';
import { nodeClock, nodeProcessTable, nodeSpawner, runProgram } from '../src/ours.ts';
import { chosenGenerations } from '../src/versions.ts';
import { at } from '../src/wire.ts';
import { configFor, makeWorkplace, type Workplace } from '../src/workplace.ts';

const STEP_MS = 4 * 60_000;

/** Only the newest generation has a restart command that reaches a gateway without a native service. */
const newest = chosenGenerations(process.env).filter(({ letter }) => letter === 'C');

describe.each(newest)('openclaw gateway restart of $version, under DeskClaw', (generation) => {
  let model: ModelServer;
  let workplace: Workplace;
  let installed = '';
  let deskclaw: CommandLine | undefined;
  let missing = '';

  beforeAll(async () => {
    const result = await ensureInstalled(generation, process.env);
    model = await startModelServer();
    workplace = await makeWorkplace((place) => configFor(place, model.url));
    if (result.kind === 'impossible') missing = result.reason;
    else {
      installed = result.folder;
      deskclaw = new CommandLine(workplace, installed);
    }
  }, 15 * 60_000);

  afterAll(async () => {
    await deskclaw?.run(['stop', '--force']);
    await model.close();
    await workplace.remove();
  }, STEP_MS);

  function step(name: string, body: (deskclaw: CommandLine) => Promise<void>): void {
    test(name, { timeout: STEP_MS }, async ({ skip }) => {
      if (deskclaw === undefined) return skip(missing);
      await body(deskclaw);
    });
  }

  /** Runs the command as a user's shell does: it knows nothing of DeskClaw. Returns how long it took, ms. */
  async function openclawRestart(): Promise<number> {
    const [file, entry = ''] = (await planFor(installed, workplace)).command;
    const request = { file, args: [entry, 'gateway', 'restart'], env: workplace.env };
    const ports = { spawner: nodeSpawner, processes: nodeProcessTable, clock: nodeClock };
    const begun = performance.now();
    const run = await runProgram(request, { timeoutMs: STEP_MS, keepChars: 16_384 }, ports);
    expect(run).toMatchObject({ kind: 'ended', code: 0 });
    return Math.round(performance.now() - begun);
  }

  async function whatHappened(deskclaw: CommandLine): Promise<readonly unknown[]> {
    const history = await deskclaw.json(['history']);
    const records = at(history, 'records');
    return (Array.isArray(records) ? records : []).map((record) => at(record, 'what'));
  }

  step('stays in its process, is told as a restart, and counts no crash', async (deskclaw) => {
    const started = await deskclaw.json(['start', '--gateway', 'openclaw', '--port', '0']);
    const took = await openclawRestart();
    const status = await deskclaw.json(['start']);
    expect(numberAt(status, 'pid')).toBe(numberAt(started, 'pid'));
    expect(await deskclaw.json(['status'])).toMatchObject({ gateway: { state: 'running', restarts: 0 } });
    expect(await whatHappened(deskclaw)).toEqual(expect.arrayContaining(['restarting-itself', 'restarted-itself']));
    console.log(`in its process: the command took ${String(took)} ms`);
  });

  step('with respawns allowed, its handoff is consumed and a fresh process runs', async (deskclaw) => {
    const settings = join(workplace.root, 'deskclaw', 'config', 'config.json');
    await mkdir(join(settings, '..'), { recursive: true });
    await writeFile(settings, JSON.stringify({ env: { OPENCLAW_NO_RESPAWN: '' } }));
    const before = await deskclaw.json(['restart']);
    const took = await openclawRestart();
    const status = await deskclaw.json(['start']);
    expect(numberAt(status, 'pid')).not.toBe(numberAt(before, 'pid'));
    expect(await deskclaw.json(['status'])).toMatchObject({ gateway: { state: 'running', restarts: 1 } });
    expect(await whatHappened(deskclaw)).toContain('restart-accepted');
    console.log(`by a fresh process: the command took ${String(took)} ms`);
  });
});

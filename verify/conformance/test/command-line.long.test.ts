import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CommandLine, records } from '../src/deskclaw.ts';
import { ensureInstalled } from '../src/install.ts';
import { alive, numberAt } from '../src/left-behind.ts';
import { type ModelServer, startModelServer } from '../src/model-server.ts';
import { nodeProcessTable, nodeTcpPorts } from '../src/ours.ts';
import { generations } from '../src/versions.ts';
import { at } from '../src/wire.ts';
import { configFor, makeWorkplace, TOKEN, type Workplace } from '../src/workplace.ts';

const STEP_MS = 3 * 60_000;

async function medianOf(times: number, measure: () => Promise<number>): Promise<number> {
  const took: number[] = [];
  for (let n = 0; n < times; n += 1) took.push(await measure());
  return took.sort((a, b) => a - b)[Math.floor(times / 2)] ?? Number.NaN;
}

const newest = generations.find(({ letter }) => letter === 'C') ?? generations[0];

describe('the command line with a real OpenClaw', () => {
  let model: ModelServer;
  let workplace: Workplace;
  let deskclaw: CommandLine | undefined;
  let installed = '';
  let missing = '';
  let port = 0;
  const pids: number[] = [];

  beforeAll(async () => {
    if (newest === undefined) throw new Error('no generation');
    const result = await ensureInstalled(newest, process.env);
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

  /** `openclaw gateway call health --json`, ms. */
  function openClawCall(at: number): Promise<number> {
    const entry = join(installed, 'node_modules', 'openclaw', 'openclaw.mjs');
    const begun = performance.now();
    return new Promise((resolve, reject) => {
      const args = [
        entry,
        'gateway',
        'call',
        'health',
        '--json',
        '--url',
        `ws://127.0.0.1:${String(at)}`,
        '--token',
        TOKEN,
      ];
      execFile(process.execPath, args, { env: workplace.env }, (error) => {
        if (error === null) resolve(Math.round(performance.now() - begun));
        else reject(error);
      });
    });
  }

  /** Declares a test that continues from the state of the previous one. */
  function step(name: string, body: (deskclaw: CommandLine) => Promise<void>): void {
    test(name, { timeout: STEP_MS }, async ({ skip }) => {
      if (deskclaw === undefined) return skip(missing);
      await body(deskclaw);
    });
  }

  step('nothing runs at first', async (deskclaw) => {
    expect((await deskclaw.run(['status'])).code).toBe(3);
  });

  step('start --gateway openclaw: running, by a process of that name, on that port', async (deskclaw) => {
    const ran = await deskclaw.run(['start', '--gateway', 'openclaw', '--port', '0']);
    expect(ran.code, ran.stderr).toBe(0);
    const status = await deskclaw.json(['status']);
    port = numberAt(status, 'gateway', 'port');
    expect(status).toMatchObject({
      schema: 'deskclaw.status/1',
      gateway: { state: 'running', ownership: 'owned', dialect: 'openclaw', version: newest?.version },
    });
    const [pid, host] = [numberAt(status, 'gateway', 'pid'), numberAt(status, 'host', 'pid')];
    pids.push(pid, host);
    expect(nodeProcessTable.find(pid)?.name).toMatch(/openclaw/);
    expect(await nodeTcpPorts.owner(port)).toMatchObject({ pid });
  });

  step('a second start joins the first', async (deskclaw) => {
    const ran = await deskclaw.run(['start', '--gateway', 'openclaw']);
    expect(ran.code, ran.stderr).toBe(0);
    expect(at(await deskclaw.json(['status']), 'gateway', 'pid')).toBe(pids[0]);
  });

  step('call health prints its answer', async (deskclaw) => {
    expect(await deskclaw.json(['call', 'health'])).toMatchObject({ result: { ok: true } });
  });

  step('call health costs a fifth of what OpenClaw’s own command takes, or less', async (deskclaw) => {
    const ours = await medianOf(5, async () => (await deskclaw.run(['call', 'health', '--json'])).tookMs);
    const theirs = await medianOf(3, () => openClawCall(port));
    console.log(`call health: ours ${String(ours)} ms, OpenClaw’s own ${String(theirs)} ms (medians)`);
    expect(ours * 5).toBeLessThanOrEqual(theirs);
  });

  step('a call it does not know is its error, with exit code 7', async (deskclaw) => {
    const ran = await deskclaw.run(['call', 'no.such.method']);
    expect(ran.code).toBe(7);
    expect(ran.stderr).toMatch(/no\.such\.method/);
  });

  step('chat streams the model’s words', async (deskclaw) => {
    const ran = await deskclaw.run(['chat', 'hello from the shell [slow 60]', '--json']);
    expect(ran.code, ran.stderr).toBe(0);
    const updates = records(ran.stdout);
    expect(updates.filter((update) => at(update, 'state') === 'delta').length).toBeGreaterThan(1);
    const last = updates.at(-1);
    expect(at(last, 'state')).toBe('final');
    expect(at(last, 'text')).toMatch(/^You said: .*hello from the shell/s);
    const plain = await deskclaw.run(['chat', 'and once more']);
    expect(plain.code, plain.stderr).toBe(0);
    expect(plain.stdout).toMatch(/^You said: .*and once more/s);
  });

  step('a model that fails is told as a failure', async (deskclaw) => {
    const ran = await deskclaw.run(['chat', '[fail 400]']);
    expect(ran.code).not.toBe(0);
    expect(ran.stderr).toMatch(/LLM request failed/);
  });

  step('restart: another process, the old one gone', async (deskclaw) => {
    const ran = await deskclaw.run(['restart']);
    expect(ran.code, ran.stderr).toBe(0);
    const status = await deskclaw.json(['status']);
    const pid = numberAt(status, 'gateway', 'pid');
    expect(pid).not.toBe(pids[0]);
    expect(nodeProcessTable.find(pids[0] ?? 0)).toBeUndefined();
    expect(await nodeTcpPorts.owner(port)).toMatchObject({ pid });
    pids.push(pid);
  });

  step('stuck in a model call, stop still ends it, and leaves no process and no port', async (deskclaw) => {
    const stuck = deskclaw.run(['chat', '[hang 3]']);
    await expect
      .poll(() => model.requests.some(({ text }) => text.includes('[hang 3]')), { timeout: 60_000 })
      .toBe(true);
    expect(alive(workplace, pids).length).toBeGreaterThan(1);
    const ran = await deskclaw.run(['stop']);
    expect(ran.code, ran.stderr).toBe(0);
    // The chat that was stuck is a process of this workplace too, and ends by itself once its gateway is gone.
    expect((await stuck).code).not.toBe(0);
    expect(alive(workplace, pids)).toEqual([]);
    expect(await nodeTcpPorts.check('127.0.0.1', port)).toBe('free');
    expect((await deskclaw.run(['status'])).code).toBe(3);
    console.log(`deskclaw stop, stuck in a model call: ${String(ran.tookMs)} ms`);
  });

  step('without an OpenClaw: said so, with what to do', async () => {
    const ran = await new CommandLine(workplace, '/nowhere').run(['start', '--gateway', 'openclaw', '--json']);
    expect(ran.code).toBe(78);
    expect(ran.stderr).toMatch(/openclaw\.not-installed/);
    expect(alive(workplace, pids)).toEqual([]);
  });
});

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson } from '@deskclaw/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CommandLine, records } from '../src/deskclaw.ts';
import { type Gateway, planFor, startGateway } from '../src/gateway.ts';
import { ensureInstalled } from '../src/install.ts';
import { alive, numberAt } from '../src/left-behind.ts';
import { type ModelServer, startModelServer } from '../src/model-server.ts';
import { nodeProcessTable, nodeTcpPorts } from '../src/ours.ts';
import { chosenGenerations, type Generation } from '../src/versions.ts';
import { at } from '../src/wire.ts';
import { configFor, makeWorkplace, type Workplace } from '../src/workplace.ts';

const STEP_MS = 4 * 60_000;
/** The longest a stop may take while a run waits for its model. */
const STOP_STUCK_MS = 15_000;

/** The ways a supervisor meets an OpenClaw: started by another program, orphaned, busy, misconfigured. */
describe.each(chosenGenerations(process.env))('supervision of OpenClaw $version', (generation: Generation) => {
  let model: ModelServer;
  let workplace: Workplace;
  let installed = '';
  let deskclaw: CommandLine | undefined;
  let missing = '';
  let stranger: Gateway | undefined;
  let port = 0;
  const pids: number[] = [];

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
    if (stranger !== undefined && stranger.ended === undefined) await stranger.kill();
    await model.close();
    await workplace.remove();
  }, STEP_MS);

  /** Declares a test that continues from the state of the previous one. */
  function step(name: string, body: (deskclaw: CommandLine) => Promise<void>): void {
    test(name, { timeout: STEP_MS }, async ({ skip }) => {
      if (deskclaw === undefined) return skip(missing);
      await body(deskclaw);
    });
  }

  const settings = () => join(workplace.root, 'deskclaw', 'config', 'config.json');

  async function start(deskclaw: CommandLine): Promise<unknown> {
    const ran = await deskclaw.run(['start', '--gateway', 'openclaw', '--port', '0']);
    expect(ran.code, ran.stderr).toBe(0);
    const status = await deskclaw.json(['status']);
    pids.push(numberAt(status, 'host', 'pid'));
    return status;
  }

  async function expectNothingLeft(): Promise<void> {
    expect(alive(workplace, pids)).toEqual([]);
    expect(await nodeTcpPorts.check('127.0.0.1', port)).toBe('free');
  }

  step('a foreign gateway that holds the state is attached to on its port and outlives us', async (deskclaw) => {
    stranger = await startGateway({ plan: await planFor(installed, workplace), workplace });
    await stranger.ready();
    expect(await start(deskclaw)).toMatchObject({
      gateway: { state: 'running', ownership: 'attached', port: stranger.port, dialect: 'openclaw' },
    });
    const ran = await deskclaw.run(['stop']);
    expect(ran.code, ran.stderr).toBe(0);
    expect(await stranger.exitWithin(2_000)).toBeUndefined();
  });

  step('history to supervise, a second one on the same state is refused, with who has it', async (deskclaw) => {
    if (stranger === undefined) throw new Error('there is no stranger');
    await mkdir(join(settings(), '..'), { recursive: true });
    await writeFile(settings(), JSON.stringify({ mode: 'supervise' }));
    const ran = await deskclaw.run(['start', '--gateway', 'openclaw', '--port', '0', '--json']);
    expect(ran.code).not.toBe(0);
    const problem = at(records(ran.stderr).at(-1), 'error');
    expect(at(problem, 'code')).toBe('state.locked');
    expect(at(problem, 'detail')).toContain(`pid ${String(stranger.pid)}`);
    expect(at(problem, 'detail')).toContain(`port ${String(stranger.port)}`);
    await rm(settings());
    expect(await stranger.exitWithin(2_000)).toBeUndefined();
    await stranger.ready();
    await stranger.kill();
  });

  step(
    'its lock, left by SIGKILL, holds nobody up; naming the port we were given is no other start',
    async (deskclaw) => {
      const status = await start(deskclaw);
      expect(status).toMatchObject({ gateway: { state: 'running', ownership: 'owned' } });
      port = numberAt(status, 'gateway', 'port');
      const again = await deskclaw.run(['start', '--gateway', 'openclaw', '--port', String(port)]);
      expect(again.code, again.stderr).toBe(0);
    },
  );

  step('what it does not offer is refused by name and version', async (deskclaw) => {
    const ran = await deskclaw.run(['call', 'skills.bundles', '--json']);
    expect(ran.code).toBe(7);
    const version = at(await deskclaw.json(['status']), 'gateway', 'version');
    expect(at(records(ran.stderr).at(-1), 'error')).toMatchObject({ code: 'method.not-offered' });
    expect(ran.stderr).toContain(String(version));
  });

  step('killed with SIGKILL, it is back, and its own stale lock is no stranger’s', async (deskclaw) => {
    const before = numberAt(await deskclaw.json(['status']), 'gateway', 'pid');
    process.kill(before, 'SIGKILL');
    // Exit code 0 is "running", and it is the old one for as long as its death has not been noticed.
    const back = async (): Promise<boolean> => {
      const { code, stdout } = await deskclaw.run(['status', '--json']);
      return code === 0 && at(parseJson(stdout), 'gateway', 'pid') !== before;
    };
    await expect.poll(back, { timeout: STEP_MS, interval: 200 }).toBe(true);
    expect(await deskclaw.json(['status'])).toMatchObject({ gateway: { ownership: 'owned', port } });
  });

  step('its host dead, stop ends it all the same', async (deskclaw) => {
    const status = await deskclaw.json(['status']);
    pids.push(numberAt(status, 'gateway', 'pid'));
    process.kill(numberAt(status, 'host', 'pid'), 'SIGKILL');
    const ran = await deskclaw.run(['stop']);
    expect(ran.code, ran.stderr).toBe(0);
    await expectNothingLeft();
  });

  step('its host dead, the next start has it or another, never two', async (deskclaw) => {
    const before = await start(deskclaw);
    process.kill(numberAt(before, 'host', 'pid'), 'SIGKILL');
    const after = await start(deskclaw);
    expect(after).toMatchObject({ gateway: { ownership: 'owned' } });
    port = numberAt(after, 'gateway', 'port');
    // A gateway that had exited by then is replaced on any free port, as --port 0 asks.
    if (numberAt(after, 'gateway', 'pid') === numberAt(before, 'gateway', 'pid'))
      expect(port).toBe(numberAt(before, 'gateway', 'port'));
    // The output pipe of the old gateway has no reader any more: the newest OpenClaw exits at its next line and is
    // replaced.
    const first = numberAt(before, 'gateway', 'pid');
    // In any state: the gateway may be starting by then.
    const pidNow = async () => at(parseJson((await deskclaw.run(['status', '--json'])).stdout), 'gateway', 'pid');
    const isUp = async () => {
      const owner = await nodeTcpPorts.owner(port);
      return owner !== undefined && owner.pid === (await pidNow());
    };
    await expect.poll(isUp, { timeout: 60_000 }).toBe(true);
    const same = (await pidNow()) === first;
    console.log(`${generation.version}, its host dead: ${same ? 'taken back' : 'replaced'}`);
    expect(same || nodeProcessTable.find(first) === undefined).toBe(true);
    const again = await deskclaw.run(['restart']);
    expect(again.code, again.stderr).toBe(0);
    expect(nodeProcessTable.find(first)).toBeUndefined();
    const pid = await pidNow();
    expect(pid).not.toBe(first);
    expect(await nodeTcpPorts.owner(port)).toMatchObject({ pid });
  });

  step('stuck in a model call, its runs are aborted first, and stop ends in time', async (deskclaw) => {
    const stuck = deskclaw.run(['chat', '[hang 3]']);
    await expect
      .poll(() => model.requests.some(({ text }) => text.includes('[hang 3]')), { timeout: 60_000 })
      .toBe(true);
    // The oldest does not say who is at work; the middle one a moment after its model was asked, and of a session that was
    // called by its short name only that it is running.
    const word = generation.letter === 'B' ? '"status":"running"' : '"hasActiveRun":true';
    const atWork = async () => JSON.stringify(await deskclaw.json(['call', 'sessions.list'])).includes(word);
    if (generation.letter !== 'A') await expect.poll(atWork, { timeout: 60_000, interval: 200 }).toBe(true);
    const ran = await deskclaw.run(['stop']);
    expect(ran.code, ran.stderr).toBe(0);
    expect((await stuck).code).not.toBe(0);
    await expectNothingLeft();
    console.log(`stop of ${generation.version}, stuck in a model call: ${String(ran.tookMs)} ms`);
    expect(ran.tookMs).toBeLessThan(STOP_STUCK_MS);
    const history = JSON.stringify(await deskclaw.json(['history']));
    if (generation.letter !== 'A') expect(history).toMatch(/"what":"drained","cause":"1 run /);
  });

  step('a configuration it refuses is copied away and mended by its own doctor, once', async (deskclaw) => {
    const text = await readFile(workplace.configPath, 'utf8');
    const broken = text.replace('"mode":"local"', '"mode":"local","bogus":1');
    expect(broken).not.toBe(text);
    await writeFile(workplace.configPath, broken);
    await writeFile(settings(), JSON.stringify({ repair: false }));
    const refused = await deskclaw.run(['start', '--gateway', 'openclaw', '--port', '0']);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).not.toMatch(/doctor --fix" had/);
    await rm(settings());
    expect(await start(deskclaw)).toMatchObject({ gateway: { state: 'running', ownership: 'owned' } });
    const backups = join(workplace.root, 'deskclaw', 'state', 'default', 'backups');
    const names = await readdir(backups);
    expect(names).toHaveLength(1);
    expect(await readFile(join(backups, names[0] ?? ''), 'utf8')).toBe(broken);
    expect((await deskclaw.run(['stop'])).code).toBe(0);
  });
});

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson } from '@deskclaw/protocol';
import type { Bench } from '../bench.ts';
import type { Check } from '../check.ts';
import { runToExit, type StartOptions, startGateway } from '../gateway.ts';
import {
  classifyExit,
  judgeExit,
  nodeClock,
  nodeFiles,
  nodeProcessTable,
  nodeSpawner,
  type OpenClawPlan,
  recordFile,
  repairConfig,
} from '../ours.ts';
import { at } from '../wire.ts';
import type { Workplace } from '../workplace.ts';

function causeOf(exit: { code: number | null; signal: string | null; lines: readonly string[] }): string {
  const ending = { ...exit, endedBy: 'itself' as const, wasReady: false, memoryRanOut: false };
  return judgeExit(ending) ?? classifyExit(ending);
}

/** The usual plan, pointed at a place that it would not be pointed at: our own checks refuse before a spawn. */
async function blindPlan(bench: Bench, workplace: Workplace, without: readonly string[] = []): Promise<OpenClawPlan> {
  const { command, env, ...plan } = await bench.plan(await bench.workplace('usual'));
  const [program, ...args] = command;
  const { stateDir, configPath } = workplace;
  return {
    ...plan,
    command: [program, ...args.filter((arg) => !without.includes(arg))],
    env: { ...env, OPENCLAW_STATE_DIR: stateDir },
    stateDir,
    configPath,
  };
}

async function fails(options: StartOptions, code: number, cause: string): Promise<string> {
  const exit = await runToExit(options);
  assert.equal(exit.code, code, exit.lines.join('\n'));
  assert.equal(causeOf(exit), cause, exit.lines.join('\n'));
  return `exit ${String(exit.code)} after ${String(exit.afterMs)} ms: ${cause}`;
}

/** Takes up to half a minute, nearly all of it waiting: runs beside the other checks. */
export async function startOnTakenPort(bench: Bench): Promise<string> {
  const workplace = await bench.workplace('usual');
  const plan = await bench.plan(workplace);
  return fails({ plan, workplace, port: bench.gateway.port }, bench.expect({ A: 1, B: 0, C: 1 }), 'port-in-use');
}

export const failedStartChecks: readonly Check[] = [
  {
    name: 'no configuration, no flag',
    fact: 'it refuses',
    async run(bench) {
      const workplace = await bench.workplace();
      const plan = await blindPlan(bench, workplace, ['--allow-unconfigured']);
      return fails({ plan, workplace }, bench.expect({ A: 1, B: 78, C: 78 }), 'configuration');
    },
  },
  {
    name: 'a key it does not know',
    fact: 'it refuses; only the newest always says 78',
    async run(bench) {
      const workplace = await bench.workplace('{ "gateway": { "mode": "local", "bogus": 1 } }');
      const plan = await blindPlan(bench, workplace);
      return fails({ plan, workplace }, bench.expect({ A: 1, B: 1, C: 78 }), 'configuration');
    },
  },
  {
    name: 'repair',
    fact: 'its own doctor takes such a key out without questions, and keeps the rest; we keep a copy from before',
    only: ['B', 'C'],
    async run(bench) {
      const workplace = await bench.workplace('{ "gateway": { "mode": "local", "port": 19999, "bogus": 1 } }');
      const plan = await blindPlan(bench, workplace);
      const copy = join(workplace.root, 'before.json');
      const result = await repairConfig(
        plan,
        { ...workplace.env, ...plan.env },
        {
          files: nodeFiles,
          spawner: nodeSpawner,
          processes: nodeProcessTable,
          clock: nodeClock,
          backup: () => ({ path: copy, store: recordFile(copy) }),
        },
        new AbortController().signal,
      );
      assert.equal(result.kind, 'repaired', JSON.stringify(result));
      const repaired = parseJson(await readFile(workplace.configPath, 'utf8'));
      assert.equal(at(repaired, 'gateway', 'bogus'), undefined);
      assert.equal(at(repaired, 'gateway', 'port'), 19_999);
      assert.match(await readFile(copy, 'utf8'), /bogus/);
      return undefined;
    },
  },
  {
    name: 'a configuration cut off',
    fact: 'it refuses',
    async run(bench) {
      const workplace = await bench.workplace('{ gateway: { mode: "local", ');
      const plan = await blindPlan(bench, workplace);
      return fails({ plan, workplace }, bench.expect({ A: 1, B: 78, C: 78 }), 'configuration');
    },
  },
  {
    name: 'the state folder is held',
    fact: 'a second gateway on one state folder is refused, except by the middle generation, which starts: we look before',
    async run(bench) {
      const { workplace } = bench.gateway;
      const plan = await blindPlan(bench, workplace);
      if (bench.generation.letter !== 'B') {
        return fails({ plan, workplace }, bench.expect({ A: 1, B: -1, C: 78 }), 'state-locked');
      }
      const second = await startGateway({ plan, workplace });
      const exit = await second.exitWithin(12_000);
      await second.kill();
      return exit === undefined ? 'two gateways ran on one state folder' : `exit ${String(exit.code)}`;
    },
  },
  {
    name: 'the port is taken',
    fact: 'it tries for seconds and ends with 1, 0 (!) or 1: 0 is no success',
    run: (bench) => bench.portTaken,
  },
];

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import type { Check } from '../check.ts';
import { type Gateway, runToExit } from '../gateway.ts';
import { call, greet, login } from '../handshake.ts';
import {
  judgeExit,
  managedElsewhere,
  nodeClock,
  nodeFiles,
  nodeProcessTable,
  nodeSpawner,
  type ProgramRun,
  RestartHandoff,
  readProbeAnswer,
  runProgram,
} from '../ours.ts';
import { at } from '../wire.ts';
import type { Workplace } from '../workplace.ts';

const programs = { spawner: nodeSpawner, processes: nodeProcessTable, clock: nodeClock };
const never = new AbortController().signal;
const COMMAND_MS = 120_000;
const BACK_MS = 60_000;

/** Runs OpenClaw's own command line as in a shell of the user: without the variables of our gateway. */
async function openclaw(
  bench: Bench,
  { env }: Workplace,
  args: readonly string[],
  {
    extra = {},
    signal = never,
  }: { readonly extra?: Readonly<Record<string, string>>; readonly signal?: AbortSignal } = {},
): Promise<ProgramRun> {
  const [file, entry = ''] = (await bench.plan(await bench.workplace('usual'))).command;
  const request = { file, args: [entry, ...args], env: { ...env, ...extra } };
  return runProgram(request, { timeoutMs: COMMAND_MS, keepChars: 64 * 1024, signal }, programs);
}

function output(run: ProgramRun): string {
  assert.equal(run.kind, 'ended', JSON.stringify(run));
  return run.kind === 'ended' ? `${run.stdout}\n${run.stderr}` : '';
}

async function get(gateway: Gateway, path: string) {
  const response = await fetch(`http://127.0.0.1:${String(gateway.port)}${path}`);
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    body: await response.text(),
  };
}

/** Tries to log in until it works: the limit of a boot counts from the spawn, which is long ago. */
async function untilBack({ port }: Gateway): Promise<void> {
  const until = performance.now() + COMMAND_MS;
  for (;;) {
    const greeting = await greet(port).catch(() => undefined);
    if (greeting?.kind === 'hello') {
      greeting.wire.close();
      return;
    }
    if (performance.now() > until) throw new Error('it did not come back');
    await sleep(100);
  }
}

function handoffOf(gateway: Gateway): RestartHandoff {
  return new RestartHandoff(gateway.plan, { ...gateway.workplace.env, ...gateway.plan.env }, programs);
}

/** Checks that OpenClaw recognises its supervisor, asks it for restarts and follows what it answers. */
export const supervisionChecks: readonly Check[] = [
  {
    name: 'startup and readiness',
    fact: '/startupz proves a finished start and /readyz readiness for work, where they are offered; a web page proves neither',
    async run(bench) {
      const [startup, readiness] = await Promise.all([get(bench.gateway, '/startupz'), get(bench.gateway, '/readyz')]);
      const read = [readProbeAnswer('startup', startup)?.detail, readProbeAnswer('readiness', readiness)?.detail];
      assert.deepEqual(
        read,
        bench.expect<(string | undefined)[]>({
          A: [undefined, undefined],
          B: [undefined, 'ready'],
          C: ['started', 'ready'],
        }),
      );
      return undefined;
    },
  },
  {
    name: 'self-update is refused',
    fact: 'with an external supervisor named, the button of its own interface updates nothing and says who is to',
    only: ['C'],
    async run(bench) {
      const { wire } = await login(bench.gateway.port);
      const answer = await call(wire, 'update.run', {}, BACK_MS);
      wire.close();
      assert.equal(
        at(answer, 'payload', 'result', 'reason'),
        'external-supervisor-update-required',
        JSON.stringify(answer),
      );
      return undefined;
    },
  },
  {
    name: 'service commands are refused',
    fact: 'an agent inside cannot install a second service: its environment names the external supervisor',
    only: ['C'],
    async run(bench) {
      const { env } = bench.gateway.plan;
      const run = await openclaw(bench, bench.gateway.workplace, ['gateway', 'install', '--json'], { extra: env });
      assert.match(output(run), /managed by an external supervisor/);
      return undefined;
    },
  },
  {
    name: 'restart from a shell',
    fact: 'openclaw gateway restart of the user restarts our gateway in its own process: announced, same pid, back by itself',
    only: ['C'],
    async run(bench) {
      const { gateway } = bench;
      const { wire } = await login(gateway.port);
      const begun = performance.now();
      const command = openclaw(bench, gateway.workplace, ['gateway', 'restart']);
      const shutdown = await wire.next((frame) => frame['event'] === 'shutdown', 'shutdown event', BACK_MS);
      assert.equal(typeof at(shutdown, 'payload', 'restartExpectedMs'), 'number');
      assert.deepEqual(await wire.closed, { code: 1012, reason: 'service restart' });
      const away = performance.now();
      await untilBack(gateway);
      const back = performance.now();
      const run = await command;
      assert.equal(run.kind === 'ended' ? run.code : run.kind, 0, output(run));
      assert.equal(gateway.ended, undefined);
      const claim = await handoffOf(gateway).claim(gateway.pid, never);
      assert.equal(claim.accepted, false, 'it left a handoff as well');
      return `asked ${String(Math.round(away - begun))} ms, away ${String(Math.round(back - away))} ms`;
    },
  },
  {
    name: 'restart handoff',
    fact: 'without NO_RESPAWN it exits 0 and leaves one handoff for its pid: accepted once, and none after a stop',
    only: ['C'],
    async run(bench) {
      const workplace = await bench.workplace('usual');
      const plan = await bench.plan(workplace);
      const { OPENCLAW_NO_RESPAWN: _, ...env } = plan.env;
      const gateway = await bench.startPlan({ ...plan, env }, workplace);
      await gateway.ready();
      const abort = new AbortController();
      const command = openclaw(bench, workplace, ['gateway', 'restart'], { signal: abort.signal });
      const exit = await gateway.exitWithin(COMMAND_MS);
      // It waits for the successor, which nobody starts here.
      abort.abort();
      await command;
      assert.deepEqual([exit?.code, exit?.signal], [0, null], gateway.lines().join('\n'));
      const handoff = handoffOf(gateway);
      assert.equal((await handoff.claim(gateway.pid + 1, never)).accepted, false);
      const begun = performance.now();
      const claim = await handoff.claim(gateway.pid, never);
      const took = Math.round(performance.now() - begun);
      assert.equal(claim.accepted, true, claim.detail);
      assert.equal((await handoff.claim(gateway.pid, never)).accepted, false, 'it was accepted twice');
      return `${claim.detail} ${String(took)} ms`;
    },
  },
  {
    name: 'no handoff is offered',
    fact: 'a generation without the contract refuses its command and starts nothing',
    only: ['A', 'B'],
    async run(bench) {
      const claim = await handoffOf(bench.gateway).claim(bench.gateway.pid, never);
      assert.deepEqual(claim, { accepted: false, detail: 'This version of OpenClaw offers no restart handoff.' });
      return undefined;
    },
  },
  {
    name: 'a claimed state',
    fact: 'a state that another manager has claimed is recognised before a start; unmarked, OpenClaw ends with 78 and names the owner',
    only: ['C'],
    async run(bench) {
      const workplace = await bench.workplace('usual');
      const plan = await bench.plan(workplace);
      const env = { ...workplace.env, ...plan.env };
      const input = { stateDir: plan.stateDir, platform: process.platform, home: workplace.root, at: 0 };
      const look = () => managedElsewhere(plan, env, input, { ...programs, files: nodeFiles });
      assert.equal(await look(), undefined);
      const args = ['database', 'ownership', 'claim', '--manager', 'fleet-agent', '--json'];
      output(await openclaw(bench, workplace, args, { extra: { OPENCLAW_SUPERVISOR_MODE: 'external' } }));
      const problem = await look();
      assert.equal(problem?.code, 'gateway.managed-elsewhere');
      assert.match(problem.detail, /fleet-agent/);
      const { OPENCLAW_SUPERVISOR_MODE: _, ...unmarked } = plan.env;
      const exit = await runToExit({ plan: { ...plan, env: unmarked }, workplace });
      assert.equal(exit.code, 78, exit.lines.join('\n'));
      const cause = judgeExit({ ...exit, endedBy: 'itself', wasReady: false, memoryRanOut: false });
      assert.equal(cause, 'managed-elsewhere', exit.lines.join('\n'));
      return undefined;
    },
  },
];

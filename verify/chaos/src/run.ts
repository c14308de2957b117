import { randomInt, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeClock } from '@deskclaw/core';
import { delay } from '@deskclaw/core/internal';
import { SeededRandom } from '@deskclaw/core/testing';
import { resolvePaths } from '@deskclaw/host';
import { drawFaults, type FaultKind, faultKinds } from './faults.ts';
import { gatewayCommand, gatewayFile } from './gateway-command.ts';
import { HostLine } from './host-line.ts';
import { inject } from './inject.ts';
import { Broken, noBreaches } from './invariants.ts';
import { Ledger, type RequestKind, readExecutions, type Settlement } from './ledger.ts';
import { Load } from './load.ts';
import { unavailableFaults } from './machine-faults.ts';
import { Overseer } from './overseer.ts';
import { describeFound, processesOf, RUN_NAME } from './process-table.ts';
import { Program } from './program.ts';
import { type KindReport, quantile, type Report } from './report.ts';
import { SmallDisk } from './small-disk.ts';
import { Stage } from './stage.ts';
import { Bystander } from './strangers.ts';
import { Trace } from './trace.ts';

const TRACE_SHOWN = 80;
const WIND_DOWN_MS = 5_000;

export interface ChaosOptions {
  readonly seed: number;
  readonly forMs: number;
  /** Default: all kinds. */
  readonly kinds?: readonly FaultKind[];
  readonly signal?: AbortSignal;
}

/** Short limits, so that much happens in little time; the shape of every ladder is the product's. */
const limits = {
  mode: 'supervise',
  reconnect: { baseDelayMs: 50, maxDelayMs: 500, maxAttempts: 1_000, stableAfterMs: 500 },
  startup: { timeoutMs: 6_000 },
  request: { timeoutMs: 3_000 },
  health: { intervalMs: 1_000, unresponsiveAfterMs: 5_000 },
  heartbeat: { intervalMs: 400, timeoutMs: 400 },
  stop: { graceMs: 500 },
  crash: { maxCrashes: 5, windowMs: 20_000, stableAfterMs: 1_500 },
};

/** Below the ephemeral range, so that the system assigns the port to no other connection while the gateway is down. */
async function choosePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer().once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

async function measureBoot(): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const startedAt = nodeClock.now();
    const gateway = new Program([gatewayFile, '--port', '0', '--lifeline']);
    await gateway.says('listening');
    times.push(nodeClock.now() - startedAt);
    gateway.release();
    await gateway.ended;
  }
  return quantile(times, 0.5);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

class Counts {
  readonly #kinds = new Map<
    FaultKind,
    { injected: number; recovered: number; atOnceMs: number[]; laterMs: number[] }
  >();

  of(kind: FaultKind) {
    const known = this.#kinds.get(kind) ?? { injected: 0, recovered: 0, atOnceMs: [], laterMs: [] };
    this.#kinds.set(kind, known);
    return known;
  }

  list(kinds: readonly FaultKind[]): readonly KindReport[] {
    return kinds.map((kind) => ({ kind, ...this.of(kind) }));
  }
}

function requestCounts(ledger: Ledger): Readonly<Record<string, number>> {
  const kinds: readonly RequestKind[] = ['plain', 'keyed', 'idempotent'];
  const settlements: readonly Settlement[] = ['result', 'answered', 'not-sent', 'unknown'];
  return Object.fromEntries(
    kinds.flatMap((kind) =>
      settlements.map((settlement) => [`${kind}, ${settlement}`, ledger.count(kind, settlement)]),
    ),
  );
}

/** Runs faults against a real host with a real gateway. All processes have ended when the promise resolves. */
export async function runChaos(options: ChaosOptions): Promise<Report> {
  const random = new SeededRandom(options.seed);
  const trace = new Trace();
  const folder = mkdtempSync(join(tmpdir(), 'deskclaw-chaos-'));
  const home = join(folder, 'home');
  mkdirSync(home, { mode: 0o700 });
  const mounted = SmallDisk.mount(home);
  const disk = typeof mounted === 'string' ? undefined : mounted;
  const run = randomUUID();
  const port = await choosePort();
  const env = { ...process.env, DESKCLAW_HOME: home };
  const paths = resolvePaths({ name: 'chaos', env });
  const [faultsFile, recordFile] = [join(folder, 'faults'), join(folder, 'record')];
  mkdirSync(join(home, 'config'), { recursive: true, mode: 0o700 });
  const settings = { ...limits, port, command: gatewayCommand(faultsFile, recordFile), env: { [RUN_NAME]: run } };
  writeFileSync(paths.config, JSON.stringify(settings));

  const ledger = new Ledger();
  const line = new HostLine(env, ledger, trace);
  const load = new Load(line, ledger, new SeededRandom(options.seed + 1));
  const overseer = new Overseer(line, ledger, run);
  const stage = new Stage({ run, port, paths, home, env, faultsFile, line, trace, disk });
  const bystander = new Bystander();
  const counts = new Counts();
  const adoptions = { adopted: 0, replaced: 0 };
  const broken = noBreaches();
  const unavailable = unavailableFaults(mounted);
  const kinds = (options.kinds ?? faultKinds).filter((kind) => !unavailable.has(kind));
  const bootMs = await measureBoot();
  await bystander.ready();

  async function wreak(): Promise<void> {
    await line.start();
    await stage.call('start');
    await stage.recover();
    load.start();
    const began = nodeClock.now();
    const faults = drawFaults(random, kinds);
    const ceased: {
      readonly kind: FaultKind;
      readonly from: number;
      readonly lessMs: number;
      readonly paused: number;
      readonly heldBack: number;
    }[] = [];
    while (nodeClock.now() - began < options.forMs && options.signal?.aborted !== true) {
      await stage.wait(random.integer(0, 800));
      const fault = faults.next().value;
      trace.note(`FAULT ${JSON.stringify(fault)}`);
      counts.of(fault.kind).injected += 1;
      const { pausedMs: paused, heldBack } = line;
      const injected = await inject(fault, stage);
      if (injected.adopted !== undefined) adoptions[injected.adopted ? 'adopted' : 'replaced'] += 1;
      const lessMs = injected.keepsGateway === true ? 0 : bootMs + (injected.bootMs ?? 0);
      ceased.push({ kind: fault.kind, from: injected.from, lessMs, paused, heldBack });
      if (random.chance(0.25)) continue;
      await stage.recover();
      const at = nodeClock.now();
      const isAlone = ceased.length === 1;
      for (const { kind, from, lessMs, ...before } of ceased.splice(0)) {
        const its = counts.of(kind);
        its.recovered += 1;
        const isAtOnce = isAlone && line.heldBack === before.heldBack;
        const backMs = Math.max(0, at - from - lessMs - (line.pausedMs - before.paused));
        (isAtOnce ? its.atOnceMs : its.laterMs).push(backMs);
      }
      await stage.verifyRecord();
    }
    await stage.recover();
    for (const { kind } of ceased) counts.of(kind).recovered += 1;
    await load.stop();
    await stage.stop();
    const end = await line.shutDown();
    if (end?.code !== 0) throw new Broken('hosts that died by themselves', `at its shutdown: ${JSON.stringify(end)}`);
    const left = processesOf(run);
    if (left.length > 0) throw new Broken('orphans', `in the end there lives ${describeFound(left)}`);
  }

  let wreaking: Promise<void> = Promise.resolve();
  try {
    const watching = overseer.watch();
    wreaking = wreak().finally(() => overseer.stop());
    await Promise.race([wreaking, watching.then(() => new Promise<never>(() => undefined))]);
  } catch (error) {
    const must = error instanceof Broken ? error.must : 'mistakes of the run';
    const detail =
      error instanceof Error ? (error instanceof Broken ? error.message : (error.stack ?? '')) : String(error);
    trace.note(`BROKEN ${must}: ${detail}`);
    broken[must].push(detail);
  } finally {
    overseer.stop();
    stage.end();
    void load.stop();
    await Promise.race([wreaking.catch(() => undefined), delay(nodeClock, WIND_DOWN_MS)]);
    if (line.client !== undefined) await line.kill();
    for (const { pid } of processesOf(run)) process.kill(pid, 'SIGKILL');
    const hurt = await bystander.release();
    broken['foreign processes signalled'].push(...hurt.map((what) => `the bystander ${what}`));
  }
  const executions = readExecutions(readText(recordFile));
  broken['requests carried out twice'].push(...ledger.doubles(executions));
  broken['untrue outcomes'].push(...ledger.untruths(executions), ...load.mute);
  broken['requests settled twice'].push(...ledger.settledTwice());
  disk?.unmount();
  rmSync(folder, { recursive: true, force: true });
  const isBroken = Object.values(broken).some((details) => details.length > 0);
  return {
    seed: options.seed,
    tookMs: trace.elapsedMs,
    bootMs,
    kinds: counts.list(kinds),
    adoptions,
    requests: requestCounts(ledger),
    musts: broken,
    skipped: [...unavailable].map(([kind, reason]) => `"${kind}": ${reason}`),
    trace: isBroken ? trace.newest(TRACE_SHOWN) : [],
  };
}

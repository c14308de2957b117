import { type Gate, median, percentile, table } from '../report.ts';
import { type Flood, measureFlood } from './flood.ts';
import { bareNodeMb, type Idle, idleHost } from './idle.ts';
import { measurePm2, type Pm2 } from './pm2.ts';
import { ownBoot, type Turn, turn } from './turns.ts';

const TURNS_PER_ROUND = 6;
const FLOODS = 3;

function row(name: string, values: readonly number[], digits = 1): readonly string[] {
  return [
    name,
    median(values).toFixed(digits),
    percentile(values, 0.95).toFixed(digits),
    Math.max(...values).toFixed(digits),
  ];
}

function printPeer(quiet: Idle, recovery: number, pm2: Pm2 | string): void {
  if (typeof pm2 === 'string') {
    console.log(`SKIPPED the comparison with pm2, which cannot be installed here: ${pm2}`);
    return;
  }
  table(
    ['the same gateway under', 'deskclaw', `pm2 ${pm2.version}`],
    [
      ['kill -9 to answering again, ms', recovery.toFixed(1), pm2.recovery.toFixed(1)],
      ['idle CPU, % of a core', (quiet.cpuShare * 100).toFixed(2), (pm2.idle.cpuShare * 100).toFixed(2)],
      ['idle memory (RSS), MB', quiet.rssMb.toFixed(0), pm2.idle.rssMb.toFixed(0)],
    ],
  );
}

/** Times of one gateway under supervision, beside its own boot in the same interleaved run. */
export async function measureSupervisor(rounds: number): Promise<readonly Gate[]> {
  const bareMb = await bareNodeMb();
  const quiet = await idleHost();
  const boots: number[] = [];
  const turns: Turn[] = [];
  for (let count = 0; count < rounds * TURNS_PER_ROUND; count += 1) {
    boots.push(await ownBoot());
    turns.push(await turn());
  }
  const floods: Flood[] = [];
  for (let count = 0; count < FLOODS; count += 1) floods.push(await measureFlood());
  const pm2 = await measurePm2();

  const of = (key: keyof Turn) => turns.map((each) => each[key]);
  const over = (key: 'start' | 'recovery') => turns.map((each, index) => each[key] - (boots[index] ?? median(boots)));
  table(
    ['ms', 'p50', 'p95', 'max'],
    [
      row('the gateway’s own boot, spawn to accepting', boots),
      row('start() to running', of('start')),
      row('  over its own boot', over('start')),
      row('kill -9 to noticed', of('detection')),
      row('  to the next process', of('respawn')),
      row('kill -9 to running again', of('recovery')),
      row('  over its own boot', over('recovery')),
      row('stop(), the gateway’s own goodbye included', of('stop')),
      row('  after its death', of('afterDeath')),
    ],
  );
  const worst = (values: readonly number[]) => Math.max(...values);
  table(
    ['1 GB of output', 'quiet', 'flooded', 'ratio', 'requests', 's', 'grown MB'],
    floods.map(({ quietP99, floodP99, calls, seconds, grownMb }, index) => [
      `RPC p99 ms, run ${String(index + 1)}`,
      quietP99.toFixed(2),
      floodP99.toFixed(2),
      (floodP99 / quietP99).toFixed(2),
      String(calls),
      seconds.toFixed(1),
      grownMb.toFixed(0),
    ]),
  );
  printPeer(quiet, median(of('recovery')), pm2);
  const ratios = floods.map(({ quietP99, floodP99 }) => floodP99 / quietP99);
  const below = (name: string, value: number, limit: number): Gate => ({ name, value, limit, better: 'below' });
  return [
    below('start() over the gateway’s own boot, p50 ms', median(over('start')), 30),
    below('kill -9 noticed, p95 ms', percentile(of('detection'), 0.95), 50),
    below('noticed to the next process, p95 ms', percentile(of('respawn'), 0.95), 50),
    below('running again over its boot, p95 ms', percentile(over('recovery'), 0.95), 100),
    below('stop() after the gateway’s death, p95 ms', percentile(of('afterDeath'), 0.95), 50),
    below('idle CPU, % of a core', quiet.cpuShare * 100, 0.2),
    // 70 MB with the 45 that a bare Node usually holds; how much of its own file is mapped differs from machine to machine.
    below(`idle memory over a bare Node (${bareMb.toFixed(0)} MB), MB`, quiet.rssMb - bareMb, 25),
    below('RPC p99 beside 1 GB of output, ratio to quiet', median(ratios), 3),
    below('memory grown by 1 GB of output, MB', worst(floods.map(({ grownMb }) => grownMb)), 100),
  ];
}

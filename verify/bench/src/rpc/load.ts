/** Measures one peer under load in its own process: `load.ts URL PEER`. Prints one JSON line. */
import type { Connect, Params, Peer } from './peer.ts';

export interface LoadResult {
  /** Latency of single calls, µs. */
  readonly p50: number;
  readonly p99: number;
  readonly perSecond1: number;
  readonly perSecond64: number;
  readonly cpu64: number;
  readonly perSecond1024: number;
  readonly p99at1024: number;
  readonly rssMb: number;
}

const WARM_UP = 12_000;
const ALONE = 5_000;
/** At 64 in flight, and again at 1024. */
const CALLS = 80_000;
const text = 'x'.repeat(170);

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

async function run(
  peer: Peer,
  calls: number,
  inFlight: number,
): Promise<{ seconds: number; cpuUs: number; times: Float64Array }> {
  const times = new Float64Array(calls);
  let next = 0;
  const before = process.cpuUsage();
  const began = performance.now();
  const worker = async () => {
    while (next < calls) {
      const n = next;
      next += 1;
      const at = performance.now();
      const params: Params = { n, text };
      await peer.call(params);
      times[n] = performance.now() - at;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const used = process.cpuUsage(before);
  return {
    seconds: (performance.now() - began) / 1_000,
    cpuUs: (used.user + used.system) / calls,
    times: times.sort(),
  };
}

const [url = '', name = ''] = process.argv.slice(2);
const { connect }: { readonly connect: Connect } = await import(`./peers/${name}.ts`);
const peer = await connect(url);
await run(peer, WARM_UP, 64);
const alone = await run(peer, ALONE, 1);
const some = await run(peer, CALLS, 64);
const many = await run(peer, CALLS, 1_024);
const result: LoadResult = {
  p50: percentile(alone.times, 0.5) * 1_000,
  p99: percentile(alone.times, 0.99) * 1_000,
  perSecond1: ALONE / alone.seconds,
  perSecond64: CALLS / some.seconds,
  cpu64: some.cpuUs,
  perSecond1024: CALLS / many.seconds,
  p99at1024: percentile(many.times, 0.99),
  rssMb: process.memoryUsage().rss / 1024 / 1024,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);

import { type Gate, median, table } from '../report.ts';
import type { LifecycleResult } from './lifecycle.ts';
import { measureApart } from './processes.ts';

const parts = [
  { part: 'connects', what: '10,000 connects, each with a request and a goodbye', unit: 'ms' },
  { part: 'reconnects', what: '10,000 drops, each crossed by an idempotent request', unit: 'ms' },
  { part: 'losses', what: '10,000 pending requests lost with their connection', unit: 'ms' },
  { part: 'aborts', what: '10,000 pending requests aborted, each by its own signal', unit: 'ms' },
  { part: 'bare-aborts', what: '    what the platform takes for its signals alone', unit: 'ms' },
  { part: 'timeouts', what: '10,000 pending requests timed out in one sweep', unit: 'ms' },
  { part: 'fan-out', what: 'one notification to 100 listeners', unit: 'µs CPU' },
] as const;
type Part = (typeof parts)[number]['part'];

/** Measures what must hold however often a connection opens and closes, and however many requests depend on it. */
export async function measureLifecycles(rounds: number): Promise<readonly Gate[]> {
  const results = new Map<Part, LifecycleResult[]>();
  for (const { part } of parts) {
    const runs: LifecycleResult[] = [];
    // Ten thousand connections take seconds and vary little.
    const times = part === 'connects' || part === 'reconnects' ? 1 : rounds;
    for (let round = 0; round < times; round += 1) {
      runs.push(await measureApart<LifecycleResult>('./lifecycle-server.ts', './lifecycle.ts', part));
    }
    results.set(part, runs);
    process.stderr.write(`${part}          \r`);
  }
  const of = (part: Part, key: keyof LifecycleResult) => median((results.get(part) ?? []).map((run) => run[key]));
  table(
    ['measured', 'took', 'heap left'],
    parts.map(({ part, what, unit }) => [
      what,
      `${of(part, 'took').toFixed(unit === 'ms' ? 0 : 1)} ${unit}`,
      part === 'bare-aborts' ? '' : `${of(part, 'heapMb').toFixed(1)} MB`,
    ]),
  );
  const growth = (part: Part, what: string): Gate => ({
    name: `heap growth over 10,000 ${what}, MB`,
    value: of(part, 'heapMb'),
    limit: 1,
    better: 'below',
  });
  return [
    growth('connects', 'connects and goodbyes'),
    growth('reconnects', 'reconnects'),
    {
      name: 'ms to settle 10,000 pending after a loss',
      value: of('losses', 'took'),
      limit: 50,
      better: 'below',
    },
    {
      name: 'abort of 10,000 pending, × the signals alone',
      value: of('aborts', 'took') / of('bare-aborts', 'took'),
      limit: 2,
      better: 'below',
    },
  ];
}

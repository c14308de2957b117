import { type Gate, median, table } from '../report.ts';
import type { LoadResult } from './load.ts';
import { measureApart } from './processes.ts';

const base = 'raw-ws';
const peers = [
  base,
  'raw-ws-batched',
  'deskclaw',
  'map',
  'rpc-websockets',
  'json-rpc-2.0',
  'openclaw',
  'vscode-jsonrpc',
] as const;

/** Every peer once a round, forward and backward in turn, each in fresh processes: drift of the machine hits all alike. */
export async function compareRpc(rounds: number): Promise<readonly Gate[]> {
  const results = new Map<string, LoadResult[]>(peers.map((peer) => [peer, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const peer of round % 2 === 0 ? peers : peers.toReversed()) {
      process.stderr.write(`round ${String(round + 1)} of ${String(rounds)}: ${peer}          \r`);
      results.get(peer)?.push(await measureApart<LoadResult>('./server.ts', './load.ts', peer));
    }
  }
  const runsOf = (peer: string) => results.get(peer) ?? [];
  const of = (peer: string, key: keyof LoadResult) => median(runsOf(peer).map((result) => result[key]));
  /** Compares round by round with the raw socket, so that a slow round slows both sides. */
  const against = (peer: string, compare: (ours: LoadResult, raw: LoadResult) => number) =>
    median(
      runsOf(peer).flatMap((ours, round) => {
        const raw = runsOf(base)[round];
        return raw === undefined ? [] : [compare(ours, raw)];
      }),
    );
  const ratio = (peer: string, key: keyof LoadResult) => against(peer, (ours, raw) => ours[key] / raw[key]);

  table(
    [
      'peer',
      '@1: p50 µs',
      'p99 µs',
      'req/s',
      '@64: CPU µs',
      '× raw',
      'req/s',
      '× raw',
      '@1024: p99 ms',
      'req/s',
      '× raw',
      'RSS MB',
    ],
    peers.map((peer) => [
      peer,
      of(peer, 'p50').toFixed(0),
      of(peer, 'p99').toFixed(0),
      of(peer, 'perSecond1').toFixed(0),
      of(peer, 'cpu64').toFixed(2),
      ratio(peer, 'cpu64').toFixed(2),
      of(peer, 'perSecond64').toFixed(0),
      ratio(peer, 'perSecond64').toFixed(2),
      of(peer, 'p99at1024').toFixed(1),
      of(peer, 'perSecond1024').toFixed(0),
      ratio(peer, 'perSecond1024').toFixed(2),
      of(peer, 'rssMb').toFixed(0),
    ]),
  );
  return [
    {
      name: 'CPU per request at 64 in flight, × raw ws',
      value: ratio('deskclaw', 'cpu64'),
      limit: 0.8,
      better: 'below',
    },
    {
      name: 'throughput at 64 in flight, × raw ws',
      value: ratio('deskclaw', 'perSecond64'),
      limit: 1.2,
      better: 'above',
    },
    {
      name: 'throughput at 1024 in flight, × raw ws',
      value: ratio('deskclaw', 'perSecond1024'),
      limit: 1.2,
      better: 'above',
    },
    {
      name: 'memory after 177,000 calls, MB over raw ws',
      value: against('deskclaw', (ours, raw) => ours.rssMb - raw.rssMb),
      limit: 20,
      better: 'below',
    },
  ];
}

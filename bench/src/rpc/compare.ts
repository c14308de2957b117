import { execFile, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Gate, median, table } from '../report.ts';
import type { LoadResult } from './load.ts';

const base = 'raw-ws';
const peers = [base, 'deskclaw', 'map', 'rpc-websockets', 'json-rpc-2.0', 'openclaw', 'vscode-jsonrpc'] as const;
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const execute = promisify(execFile);

async function withServer<T>(use: (url: string) => Promise<T>): Promise<T> {
  const server = fork(file('./server.ts'));
  const told = await new Promise<unknown>((resolve) => server.once('message', resolve));
  try {
    return await use(`ws://127.0.0.1:${String((told as { port: number }).port)}/`);
  } finally {
    server.kill();
  }
}

async function measure(peer: string): Promise<LoadResult> {
  return withServer(async (url) => {
    const { stdout } = await execute(process.execPath, [file('./load.ts'), peer, url]);
    return JSON.parse(stdout) as LoadResult;
  });
}

/** Every peer once a round, forward and backward in turn, each in fresh processes: drift of the machine hits all alike. */
export async function compareRpc(rounds: number): Promise<readonly Gate[]> {
  const results = new Map<string, LoadResult[]>(peers.map((peer) => [peer, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const peer of round % 2 === 0 ? peers : peers.toReversed()) {
      results.get(peer)?.push(await measure(peer));
      process.stderr.write(`round ${String(round + 1)} of ${String(rounds)}: ${peer}          \r`);
    }
  }
  const of = (peer: string, key: keyof LoadResult) => median((results.get(peer) ?? []).map((result) => result[key]));
  /** The ratio round by round, so that what slows one round slows both of its sides. */
  const ratio = (peer: string, key: keyof LoadResult) =>
    median(
      (results.get(peer) ?? []).map((result, round) => result[key] / (results.get(base)?.[round]?.[key] ?? Number.NaN)),
    );

  table(
    [
      'peer',
      'p50 µs',
      'p99 µs',
      'req/s @64',
      '× raw',
      'CPU µs/req @64',
      '× raw',
      'req/s @1024',
      '× raw',
      'p99 ms @1024',
      'RSS MB',
    ],
    peers.map((peer) => [
      peer,
      of(peer, 'p50').toFixed(0),
      of(peer, 'p99').toFixed(0),
      of(peer, 'perSecond64').toFixed(0),
      ratio(peer, 'perSecond64').toFixed(2),
      of(peer, 'cpu64').toFixed(2),
      ratio(peer, 'cpu64').toFixed(2),
      of(peer, 'perSecond1024').toFixed(0),
      ratio(peer, 'perSecond1024').toFixed(2),
      of(peer, 'p99at1024').toFixed(1),
      of(peer, 'rssMb').toFixed(0),
    ]),
  );
  return [
    {
      name: 'CPU per request at 64 in flight, × raw ws',
      value: ratio('deskclaw', 'cpu64'),
      limit: 1.2,
      better: 'below',
    },
    {
      name: 'throughput at 1024 in flight, × raw ws',
      value: ratio('deskclaw', 'perSecond1024'),
      limit: 0.85,
      better: 'above',
    },
    {
      name: 'memory after 177,000 calls, MB over raw ws',
      value: of('deskclaw', 'rssMb') - of(base, 'rssMb'),
      limit: 20,
      better: 'below',
    },
  ];
}

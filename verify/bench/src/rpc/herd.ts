import { GatewayConnection } from '@deskclaw/core';
import { SeededRandom, SimulatedClock } from '@deskclaw/core/testing';
import { type Gate, table } from '../report.ts';

const CLIENTS = 10_000;
/** Time after which every client has been connected long enough to have a fresh retry budget. */
const SETTLED_MS = 20_000;

interface Outage {
  readonly what: string;
  readonly awayMs: number;
  /** Announced before: a time to wait for. */
  readonly restartExpectedMs?: number;
}

interface Herd {
  /** Connects, refused ones too, within the worst second and tenth of a second. */
  readonly perSecond: number;
  readonly perTenth: number;
  /** Accepted connections per second. */
  readonly letInPerSecond: number;
  /** Since the loss. */
  readonly halfBackMs: number;
  readonly allBackMs: number;
}

function mostWithin(times: readonly number[], windowMs: number): number {
  let most = 0;
  let first = 0;
  for (const [index, time] of times.entries()) {
    while ((times[first] ?? time) <= time - windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

/** The gateway all of them hang on, in simulated time: 1 ms away, and refusing while it is gone. */
class Gateway {
  readonly #clock: SimulatedClock;
  readonly #lines = new Set<{ hear(text: string): void; lose(): void }>();
  readonly probes: number[] = [];
  #backAt = 0;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  readonly open: ConstructorParameters<typeof GatewayConnection>[0]['socketFactory']['open'] = (
    _url,
    _options,
    handlers,
  ) => {
    const clock = this.#clock;
    this.probes.push(clock.now());
    let over = false;
    const end = (refused: boolean) => {
      if (over) return;
      over = true;
      this.#lines.delete(line);
      const failure = { kind: 'refused', message: 'connect ECONNREFUSED' } as const;
      clock.happen(0, () => handlers.closed({ code: 1006, reason: '', ...(refused ? { failure } : {}) }));
    };
    const line = { hear: (text: string) => handlers.text(text), lose: () => end(false) };
    clock.happen(1, () => {
      if (over) return;
      if (clock.now() < this.#backAt) return end(true);
      this.#lines.add(line);
      handlers.opened();
    });
    return {
      send: (frame) => {
        const { id } = JSON.parse(frame);
        clock.happen(1, () => {
          if (!over) handlers.text(JSON.stringify({ jsonrpc: '2.0', id, result: { ok: true } }));
        });
      },
      ping: () => clock.happen(1, () => handlers.pong()),
      bufferedAmount: 0,
      close: () => end(false),
      terminate: () => end(false),
    };
  };

  leave({ awayMs, restartExpectedMs }: Outage): void {
    this.#backAt = this.#clock.now() + awayMs;
    const params = { state: 'restarting', restartExpectedMs };
    const notice = JSON.stringify({ jsonrpc: '2.0', method: 'gateway.status_changed', params });
    for (const line of [...this.#lines]) {
      if (restartExpectedMs !== undefined) line.hear(notice);
      line.lose();
    }
  }
}

/**
 * Makes ten thousand real connections lose one gateway.
 * @param jitter without it every client uses the same delays
 */
async function lose(outage: Outage, jitter: boolean): Promise<Herd> {
  const clock = new SimulatedClock();
  const seed = new SeededRandom(1);
  const gateway = new Gateway(clock);
  const random = jitter ? seed : { next: () => 0.5, uuid: () => seed.uuid() };
  const connections = Array.from({ length: CLIENTS }, () => {
    return new GatewayConnection({ url: 'ws://gateway/', dialect: 'jsonrpc', clock, random, socketFactory: gateway });
  });
  const backAt: number[] = [];
  for (const connection of connections) connection.connect();
  await clock.advance(SETTLED_MS);
  for (const connection of connections) connection.on('ready', () => backAt.push(clock.now()));
  gateway.probes.length = 0;
  const lostAt = clock.now();
  gateway.leave(outage);
  await clock.advanceUntil(() => backAt.length === CLIENTS, 600_000);
  const sinceLoss = (at: number | undefined) => (at ?? Number.NaN) - lostAt;
  for (const connection of connections) void connection.disconnect();
  await clock.advance(1_000);
  return {
    perSecond: mostWithin(gateway.probes, 1_000),
    perTenth: mostWithin(gateway.probes, 100),
    letInPerSecond: mostWithin(backAt, 1_000),
    halfBackMs: sinceLoss(backAt[CLIENTS / 2 - 1]),
    allBackMs: sinceLoss(backAt[CLIENTS - 1]),
  };
}

const outages: readonly Outage[] = [
  { what: 'gone for 3 s', awayMs: 3_000 },
  { what: 'gone for 60 s', awayMs: 60_000 },
  { what: 'restart in 5 s, announced', awayMs: 4_000, restartExpectedMs: 5_000 },
];

/** How ten thousand clients of one gateway come back, in virtual time: their own reducers and drivers, no socket and no wait. */
export async function measureHerd(): Promise<readonly Gate[]> {
  const gates: Gate[] = [];
  const rows: string[][] = [];
  for (const outage of outages) {
    const [spread, alike] = [await lose(outage, true), await lose(outage, false)];
    for (const [name, herd] of [
      ['with jitter', spread],
      ['without', alike],
    ] as const) {
      rows.push([
        `${outage.what}, ${name}`,
        String(herd.perSecond),
        String(herd.perTenth),
        String(herd.letInPerSecond),
        herd.halfBackMs.toFixed(0),
        herd.allBackMs.toFixed(0),
      ]);
    }
    gates.push({
      name: `${outage.what}: connects within the worst 0.1 s, of 10,000 clients`,
      value: spread.perTenth,
      limit: CLIENTS / 4,
      better: 'below',
    });
  }
  table(
    [
      '10,000 clients lose one gateway',
      'worst 1 s',
      'worst 0.1 s',
      'let in, worst 1 s',
      'half back, ms',
      'all back, ms',
    ],
    rows,
  );
  return gates;
}

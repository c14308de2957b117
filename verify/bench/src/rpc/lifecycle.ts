/**
 * Runs one part of the life of a connection, repeatedly or ten thousand times at once: `lifecycle.ts URL PART`. Prints one
 * JSON line.
 */
import { GatewayConnection, type GatewayConnectionOptions, type SocketFactory, wsSockets } from '@deskclaw/core';

const COUNT = 10_000;
const LISTENERS = 100;
const EVENTS = 20_000;
/** Done before anything is counted: buffers, compiled code and shapes are there from then on. */
const WARM_UP = 1_000;
/** Long enough for ten thousand to be made before the first is due. */
const TIMEOUT_MS = 1_600;

export interface LifecycleResult {
  /** Duration: ms for all together, or µs of CPU for each. */
  readonly took: number;
  /** Heap that remains afterwards, in MB. */
  readonly heapMb: number;
}

const [url = '', part = ''] = process.argv.slice(2);

let socketEndedAt = 0;
let onSocketEnded: () => void = () => undefined;

const watchedSockets: SocketFactory = {
  open: (address, options, handlers) => {
    const ended: typeof handlers.closed = (end) => {
      socketEndedAt = performance.now();
      handlers.closed(end);
      onSocketEnded();
    };
    return wsSockets.open(address, options, { ...handlers, closed: ended });
  },
};

async function open(options: Partial<GatewayConnectionOptions> = {}): Promise<GatewayConnection> {
  const connection = new GatewayConnection({ url, dialect: 'jsonrpc', socketFactory: watchedSockets, ...options });
  connection.connect();
  await connection.whenReady();
  return connection;
}

function heapMb(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}

async function repeated(turn: () => Promise<void>): Promise<LifecycleResult> {
  for (let index = 0; index < WARM_UP; index += 1) await turn();
  const before = heapMb();
  const began = performance.now();
  for (let index = 0; index < COUNT; index += 1) await turn();
  const took = performance.now() - began;
  return { took, heapMb: heapMb() - before };
}

/** Connects, asks, and says goodbye, all with one connection. */
async function connects(): Promise<LifecycleResult> {
  const connection = new GatewayConnection({ url, dialect: 'jsonrpc', socketFactory: wsSockets });
  return repeated(async () => {
    connection.connect();
    await connection.whenReady();
    await connection.request('system.version');
    await connection.disconnect();
  });
}

/** Is dropped and comes back by itself; a request that may be sent twice crosses each time. */
async function reconnects(): Promise<LifecycleResult> {
  const reconnect = { baseDelayMs: 1, maxDelayMs: 1, maxAttempts: 10 * COUNT };
  const connection = await open({ reconnect });
  return repeated(async () => {
    connection.request<string>('drop').catch(() => undefined);
    await connection.request('system.version', undefined, { idempotencyKey: 'crosses' });
  });
}

/** Settles ten thousand unanswered requests; `harm` resolves with the moment from which they can settle. */
async function settling(
  harm: (connection: GatewayConnection, controllers: readonly AbortController[]) => Promise<number>,
): Promise<LifecycleResult> {
  const turn = async () => {
    const connection = await open({ request: { maxInFlight: COUNT + 1 } });
    const controllers = Array.from({ length: COUNT }, () => new AbortController());
    const calls = controllers.map(({ signal }) => {
      return connection.request<string>('never', undefined, { signal, timeoutMs: TIMEOUT_MS });
    });
    const settled = calls.map((call) => call.catch(() => undefined));
    const from = harm(connection, controllers);
    await Promise.all(settled);
    const took = performance.now() - (await from);
    await connection.disconnect();
    return took;
  };
  await turn();
  const before = heapMb();
  const took = await turn();
  return { took, heapMb: heapMb() - before };
}

/** Measures from the close event of the socket. */
async function lose(connection: GatewayConnection): Promise<number> {
  await connection.request('system.version');
  connection.notify('drop');
  await new Promise((resolve) => {
    onSocketEnded = () => resolve(undefined);
  });
  return socketEndedAt;
}

/** Measures from the first abort. Each abort also notifies the peer. */
async function abort(connection: GatewayConnection, controllers: readonly AbortController[]): Promise<number> {
  await connection.request('system.version');
  const from = performance.now();
  for (const controller of controllers) controller.abort();
  return from;
}

/** Measures the cost of the platform alone: the same signals, each with one listener that rejects a promise. */
async function abortBare(): Promise<LifecycleResult> {
  const turn = async () => {
    const controllers = Array.from({ length: COUNT }, () => new AbortController());
    const settled = controllers.map(({ signal }) => {
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
      }).catch(() => undefined);
    });
    const from = performance.now();
    for (const controller of controllers) controller.abort();
    await Promise.all(settled);
    return performance.now() - from;
  };
  await turn();
  return { took: await turn(), heapMb: 0 };
}

/** Measures from the time when all deadlines are due. No timer fires before, so one sweep finds all. */
function expire(): Promise<number> {
  const lastDue = performance.now() + TIMEOUT_MS;
  return new Promise((resolve) => {
    setTimeout(() => {
      while (performance.now() <= lastDue);
      resolve(performance.now());
    }, TIMEOUT_MS / 2);
  });
}

/** CPU of the client for each event that a hundred listeners hear. */
async function fanOut(): Promise<LifecycleResult> {
  const connection = await open();
  let heard = 0;
  let finish: () => void = () => undefined;
  for (let index = 0; index < LISTENERS; index += 1) {
    connection.on('notification', () => {
      heard += 1;
      if (heard === LISTENERS * EVENTS) finish();
    });
  }
  const flood = async () => {
    heard = 0;
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    connection.notify('flood', { events: EVENTS });
    await done;
  };
  await flood();
  const before = heapMb();
  const cpu = process.cpuUsage();
  await flood();
  const { user, system } = process.cpuUsage(cpu);
  return { took: (user + system) / EVENTS, heapMb: heapMb() - before };
}

const parts: Readonly<Record<string, () => Promise<LifecycleResult>>> = {
  connects,
  reconnects,
  losses: () => settling(lose),
  aborts: () => settling(abort),
  'bare-aborts': abortBare,
  timeouts: () => settling(expire),
  'fan-out': fanOut,
};
const result = await parts[part]?.();
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);

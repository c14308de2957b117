import type { StartRequest } from '@deskclaw/protocol';
import { expect, test } from 'vitest';
import { GatewayWatch, toViewLink } from '../../src/gateway/gateway-watch.ts';
import type { Connection } from '../../src/host-link/host-link.ts';
import type { LinkState } from '../../src/host-link/state.ts';
import { FakeHost } from '../support/fake-connection.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { failure, hostInfo, statusIn } from '../support/statuses.ts';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const answers = { 'events.subscribe': { topics: ['gateway.status'] }, 'gateway.status': statusIn('stopped') };

function scene() {
  let state: LinkState = { name: 'connecting', step: 'find', failures: 0, since: 1, lost: false };
  let connection: Connection | undefined;
  let changed: (now: LinkState, host: Connection | undefined) => void = () => undefined;
  const link = {
    get state() {
      return state;
    },
    get connection() {
      return connection;
    },
    onChange: (listener: typeof changed) => {
      changed = listener;
      return () => undefined;
    },
  };
  let started: StartRequest | undefined;
  const refusals: unknown[] = [];
  const watch = new GatewayWatch({
    link,
    lastStart: () => started,
    clock: new ManualClock(),
    onRefused: (problem) => refusals.push(problem),
    problemOf: () => failure,
  });
  const move = (to: LinkState, host?: FakeHost) => {
    state = to;
    connection = host?.connection;
    changed(state, connection);
  };
  const goLive = async (host: FakeHost) => {
    move({ name: 'live', role: host.connection.role, info: hostInfo, since: 2 }, host);
    await settled();
  };
  const storeStart = (request: StartRequest) => {
    started = request;
  };
  return { watch, storeStart, refusals, move, goLive };
}

test('GatewayWatch reads the status once connected and follows it', async () => {
  const { watch, goLive } = scene();
  const host = new FakeHost('client', answers);
  await goLive(host);
  expect(watch.viewState).toMatchObject({ link: { name: 'live' }, host: hostInfo, status: { state: 'stopped' } });
  host.tell('gateway.status', statusIn('starting'));
  expect(watch.viewState.status?.state).toBe('starting');
});

test('a status response older than an event is ignored', async () => {
  const { watch, goLive } = scene();
  const host = new FakeHost('client', { 'events.subscribe': answers['events.subscribe'] });
  await goLive(host);
  host.tell('gateway.status', statusIn('running'));
  host.answer('gateway.status', statusIn('starting'));
  await settled();
  expect(watch.viewState.status?.state).toBe('running');
});

test('a lost host keeps the last status, and events of the old host are ignored', async () => {
  const { watch, move, goLive } = scene();
  const [first, second] = [new FakeHost('client', answers), new FakeHost('client', answers)];
  await goLive(first);
  first.tell('gateway.status', statusIn('running'));
  move({ name: 'connecting', step: 'find', failures: 0, since: 3, lost: true });
  expect(watch.viewState).toMatchObject({ link: { name: 'lost', since: 3 }, status: { state: 'running' } });
  expect(watch.viewState.host).toBeUndefined();
  await goLive(second);
  first.tell('gateway.status', statusIn('error'));
  expect(watch.viewState.status?.state).toBe('stopped');
});

test('a request is pending until it is answered', async () => {
  const { watch, goLive } = scene();
  const host = new FakeHost('client', answers);
  await goLive(host);
  const asked = watch.ask({ method: 'gateway.stop', params: { force: true } });
  expect(watch.viewState.pending).toMatchObject([{ request: { method: 'gateway.stop' } }]);
  expect(host.asked.at(-1)).toEqual({ method: 'gateway.stop', params: { force: true } });
  host.answer('gateway.stop', { outcome: 'applied', generation: 2 });
  await asked;
  expect(watch.viewState.pending).toEqual([]);
});

test('a refused request is reported, one that dies with its host is not', async () => {
  const { watch, refusals, move, goLive } = scene();
  const host = new FakeHost('client', answers);
  await goLive(host);
  const refused = watch.ask({ method: 'gateway.restart' });
  host.refuse('gateway.restart', failure);
  await refused;
  expect(refusals).toEqual([failure]);
  const lost = watch.ask({ method: 'gateway.restart' });
  move({ name: 'connecting', step: 'find', failures: 0, since: 3, lost: true });
  host.end();
  await lost;
  expect(refusals).toHaveLength(1);
});

test('a request without a host is dropped', async () => {
  const { watch } = scene();
  await watch.ask({ method: 'gateway.start' });
  expect(watch.viewState.pending).toEqual([]);
});

test('a new host starts the gateway again that was up when the old one died', async () => {
  const { watch, storeStart, move, goLive } = scene();
  const first = new FakeHost('client', answers);
  await goLive(first);
  storeStart({ gateway: 'builtin', port: 18_790 });
  first.tell('gateway.status', statusIn('running'));
  move({ name: 'connecting', step: 'find', failures: 0, since: 3, lost: true });
  const second = new FakeHost('host', answers);
  await goLive(second);
  expect(second.asked).toContainEqual({ method: 'gateway.start', params: { gateway: 'builtin', port: 18_790 } });
  expect(watch.viewState.pending).toHaveLength(1);
});

test.each([
  ['it had been stopped', statusIn('stopped'), true, 'host' as const],
  ['it was attached', statusIn('running', { ownership: 'attached' }), true, 'host' as const],
  ['nobody knows how it was started', statusIn('running'), false, 'host' as const],
  ['another host has come, which knows better', statusIn('running'), true, 'client' as const],
])('no gateway is started again when %s', async (_why, last, known, role) => {
  const { storeStart, move, goLive } = scene();
  const first = new FakeHost('client', answers);
  await goLive(first);
  if (known) storeStart({ gateway: 'builtin' });
  first.tell('gateway.status', last);
  move({ name: 'connecting', step: 'find', failures: 0, since: 3, lost: true });
  const second = new FakeHost(role, answers);
  await goLive(second);
  expect(second.asked.map(({ method }) => method)).not.toContain('gateway.start');
});

test.each<[LinkState, object]>([
  [
    { name: 'connecting', step: 'start-host', failures: 2, since: 5, lost: false },
    { name: 'connecting', since: 5, attempt: 2 },
  ],
  [
    { name: 'connecting', step: 'find', failures: 0, since: 5, lost: true },
    { name: 'lost', cause: 'failure', since: 5, attempt: 0 },
  ],
  [
    { name: 'waiting', failures: 1, since: 5, lost: true, retryAt: 9, problem: failure },
    { name: 'lost', cause: 'failure', since: 5, attempt: 1, retryAt: 9, reason: failure.detail },
  ],
  [
    { name: 'live', role: 'client', info: hostInfo, since: 7 },
    { name: 'live', since: 7 },
  ],
])('toViewLink of %o is %o', (state, shown) => {
  expect(toViewLink(state)).toEqual(shown);
});

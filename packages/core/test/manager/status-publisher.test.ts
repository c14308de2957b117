import type { GatewayState, GatewayStatus, HealthVerdict } from '@deskclaw/protocol';
import { expect, test } from 'vitest';
import { Emitter } from '../../src/events/emitter.ts';
import type { ManagerEvents } from '../../src/manager/events.ts';
import { memoryFailureStore } from '../../src/manager/failure-store.ts';
import type { DerivedStatus } from '../../src/manager/status.ts';
import { StatusPublisher } from '../../src/manager/status-publisher.ts';

const derived = (state: GatewayState): DerivedStatus => ({
  state,
  phase: 'idle',
  ownership: 'none',
  health: 'unknown',
  generation: 1,
  host: '127.0.0.1',
  port: 1,
  url: 'ws://127.0.0.1:1/',
  reconnectAttempts: 0,
  restarts: 0,
});

test('a status that was read before it was published is still published, with the state published before it', () => {
  let state: GatewayState = 'starting';
  let now = 10;
  const events = new Emitter<ManagerEvents>();
  const statuses: GatewayStatus[] = [];
  const transitions: ManagerEvents['transition'][] = [];
  events.on('status', (status) => statuses.push(status));
  events.on('transition', (transition) => transitions.push(transition));
  const publisher = new StatusPublisher(
    () => derived(state),
    { now: () => now, toEpoch: (at) => at },
    events,
    memoryFailureStore,
  );
  state = 'error';
  now = 20;
  expect(publisher.read()).toMatchObject({ state: 'error', since: 20 });
  now = 30;
  publisher.refresh();
  publisher.refresh();
  expect(statuses).toMatchObject([{ state: 'error', since: 20 }]);
  expect(transitions).toMatchObject([{ from: 'starting', to: 'error', status: { since: 20 } }]);
});

test('a status says since when its health holds, apart from since when its state holds', () => {
  let health: HealthVerdict = 'ok';
  let now = 10;
  const publisher = new StatusPublisher(
    () => ({ ...derived('running'), health }),
    { now: () => now, toEpoch: (at) => at },
    new Emitter<ManagerEvents>(),
    memoryFailureStore,
  );
  now = 20;
  health = 'unresponsive';
  expect(publisher.read()).toMatchObject({ since: 10, healthSince: 20 });
  now = 30;
  expect(publisher.read()).toMatchObject({ since: 10, healthSince: 20 });
  health = 'ok';
  expect(publisher.read()).toMatchObject({ since: 10, healthSince: 30 });
});

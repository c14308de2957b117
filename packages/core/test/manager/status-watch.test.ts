import type { GatewayState } from '@deskclaw/protocol';
import { expect, test } from 'vitest';
import type { DerivedStatus } from '../../src/manager/status.ts';
import { StatusWatch } from '../../src/manager/status-watch.ts';

const status = (state: GatewayState): DerivedStatus => ({
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

test('a change that was read before it was told is still told, with the state that was told before it', () => {
  let state: GatewayState = 'starting';
  let now = 10;
  const watch = new StatusWatch(
    () => status(state),
    () => now,
  );
  state = 'error';
  now = 20;
  expect(watch.read()).toMatchObject({ state: 'error', since: 20 });
  now = 30;
  expect(watch.news()).toMatchObject({ status: { state: 'error', since: 20 }, from: 'starting' });
  expect(watch.news()).toBeUndefined();
});

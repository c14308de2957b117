import { getEventListeners } from 'node:events';
import { expect, test, vi } from 'vitest';
import { GatewayConnection } from '../../src/connection/connection.ts';
import { Emitter } from '../../src/events/emitter.ts';
import type { ManagerEvents } from '../../src/manager/events.ts';
import { waitForReady } from '../../src/manager/wait-for.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { World } from '../supervisor/world.ts';

/** A connection and a supervisor that count the listeners added and not yet removed. */
function stage() {
  const connection = new GatewayConnection({
    url: 'ws://127.0.0.1:1/',
    socketFactory: {
      open: () => {
        throw new Error('nobody asked for a socket');
      },
    },
  });
  const { supervisor } = new World();
  const events = new Emitter<ManagerEvents>(() => undefined);
  let listening = 0;
  const listen = () => {
    listening += 1;
    return () => {
      listening -= 1;
    };
  };
  vi.spyOn(connection, 'on').mockImplementation(listen);
  vi.spyOn(supervisor, 'on').mockImplementation(listen);
  vi.spyOn(events, 'on').mockImplementation(listen);
  const deadline = { clock: new SimulatedClock(), timeoutMs: 1_000, problem: () => undefined };
  const wait = (signal: AbortSignal) =>
    waitForReady({ connection, supervisor, events, busyProblem: () => undefined }, signal, deadline);
  return { wait, listeners: () => listening };
}

test('waitForReady removes its listeners and rejects with the reason once its signal aborts', async () => {
  const { wait, listeners } = stage();
  const controller = new AbortController();
  const waiting = wait(controller.signal);
  expect(listeners()).toBe(3);
  const reason = new Error('superseded');
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  expect(listeners()).toBe(0);
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
});

test('waitForReady with an aborted signal adds no listener that stays', async () => {
  const { wait, listeners } = stage();
  const reason = new Error('superseded');
  await expect(wait(AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(listeners()).toBe(0);
});

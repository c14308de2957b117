import { expect, test, vi } from 'vitest';
import { GatewayConnection } from '../../src/connection/connection.ts';
import { untilReady } from '../../src/manager/until-ready.ts';
import { World } from '../supervisor/world.ts';

/** How many listeners are left, of those that come from now on. */
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
  let listening = 0;
  const listen = () => {
    listening += 1;
    return () => {
      listening -= 1;
    };
  };
  vi.spyOn(connection, 'on').mockImplementation(listen);
  vi.spyOn(supervisor, 'on').mockImplementation(listen);
  return { connection, supervisor, listeners: () => listening };
}

test('nothing is listened to any more once the wait is called off', () => {
  const { connection, supervisor, listeners } = stage();
  const controller = new AbortController();
  void untilReady({ connection, supervisor }, controller.signal);
  expect(listeners()).toBe(2);
  controller.abort();
  expect(listeners()).toBe(0);
});

test('nor where it was called off before it began', () => {
  const { connection, supervisor, listeners } = stage();
  void untilReady({ connection, supervisor }, AbortSignal.abort());
  expect(listeners()).toBe(0);
});

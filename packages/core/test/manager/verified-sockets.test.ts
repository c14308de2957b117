import { describe, expect, test } from 'vitest';
import { type PeerVerifier, verifiedSockets } from '../../src/manager/verified-sockets.ts';
import type { SocketHandlers } from '../../src/ports/sockets.ts';

/** Opens a verified socket on a fake one, and records what its handlers and the fake received. */
function line(admit: PeerVerifier) {
  const events: string[] = [];
  const done: string[] = [];
  const peer: SocketHandlers[] = [];
  const sockets = verifiedSockets(
    {
      open: (_url, _options, handlers) => {
        peer.push(handlers);
        return {
          send: () => undefined,
          bufferedAmount: 0,
          close: () => undefined,
          terminate: () => void done.push('terminated'),
        };
      },
    },
    admit,
  );
  sockets.open(
    'ws://127.0.0.1:1/',
    { maxPayload: 1 },
    {
      opened: (localPort) => void events.push(`opened ${String(localPort)}`),
      text: (text) => void events.push(text),
      binary: (bytes) => void events.push(`${String(bytes)} bytes`),
      pong: () => void events.push('beat'),
      closed: ({ code }) => void events.push(`ended ${String(code)}`),
    },
  );
  const [handlers] = peer;
  if (handlers === undefined) throw new Error('nothing was opened');
  return { handlers, events, done };
}

const ended = { code: 1006, reason: '' };

describe('verifiedSockets', () => {
  test('a socket whose peer is verified at once behaves like any other', () => {
    const { handlers, events } = line(() => true);
    handlers.opened(7);
    handlers.text('hello');
    expect(events).toEqual(['opened 7', 'hello']);
  });

  test('a socket buffers events until its peer is verified, then delivers them in order', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const { handlers, events, done } = line((localPort) => {
      expect(localPort).toBe(7);
      return promise;
    });
    handlers.opened(7);
    handlers.text('hello');
    handlers.binary(3);
    handlers.pong();
    expect(events).toEqual([]);
    resolve(true);
    await promise;
    expect(events).toEqual(['opened 7', 'hello', '3 bytes', 'beat']);
    handlers.text('more');
    handlers.closed(ended);
    expect(events.slice(4)).toEqual(['more', 'ended 1006']);
    expect(done).toEqual([]);
  });

  test.each<[string, PeerVerifier]>([
    ['refused', () => Promise.resolve(false)],
    ['refused at once', () => false],
    ['not decided, because the check failed', () => Promise.reject(new Error('no look'))],
  ])('a socket is terminated without an event when its peer is %s', async (_how, admit) => {
    const { handlers, events, done } = line(admit);
    handlers.opened(7);
    handlers.text('hello');
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).toEqual(['terminated']);
    handlers.closed(ended);
    expect(events).toEqual(['ended 1006']);
  });

  test('a socket that closes during verification never opens', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const { handlers, events } = line(() => promise);
    handlers.opened(7);
    handlers.text('hello');
    handlers.closed(ended);
    resolve(true);
    await promise;
    expect(events).toEqual(['ended 1006']);
  });

  test.each([
    ['too much', Array.from({ length: 300 }, () => 'again')],
    ['things too long', ['x'.repeat(700_000), 'x'.repeat(700_000)]],
  ])('a socket that receives %s during verification is terminated', async (_what, texts) => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const { handlers, events, done } = line(() => promise);
    handlers.opened(7);
    for (const text of texts) handlers.text(text);
    expect(done).toEqual(['terminated']);
    resolve(true);
    await promise;
    handlers.text('and on');
    expect(events).toEqual([]);
  });
});

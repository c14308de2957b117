import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import type { GatewayConnectionOptions } from '../../src/connection/options.ts';
import { startHttp, startServer } from '../ports/servers.ts';
import { dial, dialReady, next } from './real.ts';

type Frame = Readonly<Record<string, unknown>>;

/** A server of somebody else: answers each request by `answer`, and keeps every frame it receives. */
async function serve(answer: (frame: Frame, socket: WebSocket) => unknown, greet?: (socket: WebSocket) => void) {
  const received: Frame[] = [];
  const headers: Readonly<Record<string, unknown>>[] = [];
  const sockets: WebSocket[] = [];
  const url = await startServer((socket, sent) => {
    headers.push(sent);
    sockets.push(socket);
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Frame;
      received.push(frame);
      const reply = answer(frame, socket);
      if (reply !== undefined) socket.send(typeof reply === 'string' ? reply : JSON.stringify(reply));
    });
    greet?.(socket);
  });
  return { url, received, headers, sockets };
}

const unknownMethod = ({ id }: Frame) => ({ jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } });

/** Resolves once the server has handled everything that was sent before. */
async function settled(socket: WebSocket | undefined): Promise<void> {
  if (socket === undefined) throw new Error('nobody connected');
  const answered = once(socket, 'pong');
  socket.ping();
  await answered;
}

describe('servers that nobody here wrote', () => {
  test('a language server that is not initialized is reached, and its code is not taken for a refused login', async () => {
    const server = await serve(({ id, method }) =>
      method === 'initialize'
        ? { jsonrpc: '2.0', id, result: { capabilities: {} } }
        : { jsonrpc: '2.0', id, error: { code: -32002, message: 'server not initialized' } },
    );
    const connection = await dialReady(server.url);
    expect(await connection.request<string>('initialize', {})).toEqual({ capabilities: {} });
  });

  test('loose notifications arrive as `message`, and none of them is answered', async () => {
    const loose = [
      { notification: 'feed', params: ['x'] },
      { event: 'volume_changed', volume: 5 },
      ['odd', 1],
      { jsonrpc: '2.0', id: 77_777, result: 'of nobody' },
    ];
    const server = await serve(unknownMethod);
    const connection = await dialReady(server.url);
    const messages: unknown[] = [];
    const notifications: unknown[] = [];
    connection.on('message', (frame) => messages.push(frame));
    connection.on('notification', (frame) => notifications.push(frame));
    const [socket] = server.sockets;
    const before = server.received.length;
    for (const frame of loose) socket?.send(JSON.stringify(frame));
    socket?.send('not JSON at all');
    socket?.send('{"jsonrpc":"2.0","method":"scalar","params":7}');
    await settled(socket);
    expect(server.received.slice(before)).toEqual([]);
    expect(messages).toEqual([loose[0], loose[1], 'odd', 1, loose[3], 'not JSON at all']);
    expect(notifications).toEqual([{ method: 'scalar', params: 7 }]);
  });

  test('a server that sends events before anything else is reached', async () => {
    const server = await serve(unknownMethod, (socket) => socket.send('{"event":"hello"}'));
    const connection = dial(server.url);
    const heard = next(connection, 'message');
    connection.connect();
    await connection.whenReady();
    expect(await heard).toEqual({ event: 'hello' });
  });

  test('a request of the server is answered under its id, also without params and without jsonrpc', async () => {
    const server = await serve(unknownMethod);
    const connection = await dialReady(server.url);
    connection.onRequest('ask', (params) => ({ params }));
    const before = server.received.length;
    const [socket] = server.sockets;
    for (const frame of ['{"jsonrpc":"2.0","id":"a","method":"ask","params":null}', '{"id":7,"method":"other"}'])
      socket?.send(frame);
    await settled(socket);
    expect(server.received.slice(before)).toEqual([
      { jsonrpc: '2.0', id: 7, error: { code: -32601, message: 'Method not found' } },
      { jsonrpc: '2.0', id: 'a', result: { params: null } },
    ]);
  });

  test.each([
    ['a string', 'disk is full', { code: -32000, message: 'disk is full' }],
    [
      'with a code of its own',
      { code: 'E_FULL', message: 'disk is full' },
      { code: 'E_FULL', message: 'disk is full' },
    ],
    [
      'without a message',
      { code: 9, data: 'disk is full' },
      { code: 9, message: 'disk is full', data: 'disk is full' },
    ],
  ])('an error that is %s keeps its words', async (_, error, rpc) => {
    const server = await serve(({ id, method }) =>
      method === 'system.health' ? unknownMethod({ id }) : { id, result: null, error },
    );
    const connection = await dialReady(server.url);
    const reply = connection.request<string>('save');
    await expect(reply).rejects.toMatchObject({
      code: 'rpc.error',
      outcome: 'answered',
      rpc,
      message: expect.stringContaining('disk is full'),
    });
  });

  test('JSON in binary frames is read, for replies and notifications; other binary frames are a `message`', async () => {
    const server = await serve(({ id }, socket) => {
      socket.send(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: String(id), result: { id } })));
      return undefined;
    });
    // The handshake's own ids are no numbers, and come back as they were.
    const connection = await dialReady(server.url);
    expect(await connection.request<string>('any')).toEqual({ id: 1 });
    const notified = next(connection, 'notification');
    server.sockets[0]?.send(Buffer.from(' {"jsonrpc":"2.0","method":"tick","params":{"n":1}}'));
    expect(await notified).toEqual({ method: 'tick', params: { n: 1 } });
    for (const bytes of [Buffer.alloc(77), Buffer.from('{"half":'), Buffer.from([0x7b, 0xff])]) {
      const heard = next(connection, 'message');
      server.sockets[0]?.send(bytes);
      expect(await heard).toEqual({ binary: bytes.byteLength });
    }
  });

  test('an unknown method of a server that does not say what it has is told in plain words', async () => {
    const server = await serve(unknownMethod);
    const connection = await dialReady(server.url);
    const error = await connection.request<string>('math.sum', [1]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'rpc.error',
      rpc: { code: -32601, message: 'Method not found' },
      problem: { detail: expect.stringMatching(/no method "math\.sum", or not at this address.*\(-32601\)/) },
    });
  });
});

describe('the upgrade', () => {
  test('headers and subprotocols are sent, and a secret among them is masked in what the server says', async () => {
    const secret = 'Basic dXNlcjpwYXNzd29yZA==';
    const server = await serve(({ id, method }) =>
      method === 'system.health'
        ? unknownMethod({ id })
        : { jsonrpc: '2.0', id, error: { code: 1, message: `no ${secret}` } },
    );
    const connection = await dialReady(server.url, {
      headers: { authorization: secret, 'x-room': 'a' },
      protocols: ['jsonrpc', 'mcp'],
    });
    expect(server.headers[0]).toMatchObject({
      authorization: secret,
      'x-room': 'a',
      'sec-websocket-protocol': 'jsonrpc,mcp',
    });
    expect(server.sockets[0]?.protocol).toBe('jsonrpc');
    const refused = await connection.request<string>('any').catch((reason: unknown) => reason);
    expect(JSON.stringify(refused)).not.toContain('dXNlcjpwYXNzd29yZA');
  });

  test.each([
    [404, 'gateway.not-a-gateway', /\/jsonrpc answers with HTTP 404/, 'other-path'],
    [400, 'gateway.not-a-gateway', /\/jsonrpc answers with HTTP 400/, 'other-path'],
    [401, 'auth.token-missing', /HTTP 401.*headers/, 'set-token'],
  ])('HTTP %i to the upgrade says what to set', async (status, code, detail, action) => {
    const address = await startHttp((response) => response.writeHead(status).end());
    const connection = dial(new URL('/jsonrpc', address).href, { reconnect: { maxAttempts: 0 } });
    const over = next(connection, 'ended');
    connection.connect();
    expect(await over).toMatchObject({
      failure: {
        problem: {
          code,
          detail: expect.stringMatching(detail),
          actions: expect.arrayContaining([expect.objectContaining({ id: action })]),
        },
      },
    });
  });

  test('HTTP 401 with headers given says that they were refused', async () => {
    const address = await startHttp((response) => response.writeHead(401).end());
    const connection = dial(address, { headers: { authorization: 'Basic eDp5' }, reconnect: { maxAttempts: 0 } });
    connection.connect();
    await expect(connection.whenReady()).rejects.toMatchObject({ code: 'auth.token-mismatch' });
  });
});

describe('ready', () => {
  test('"open" asks nothing, and the heartbeat and a probe go by pings', async () => {
    const server = await serve(() => undefined);
    const connection = await dialReady(server.url, { ready: 'open', heartbeat: { intervalMs: 20, timeoutMs: 100 } });
    expect(await connection.probe({ timeoutMs: 1_000 })).toBeLessThan(1_000);
    expect(server.received).toEqual([]);
    server.sockets[0]?.removeAllListeners('message').pause();
    await expect(connection.probe({ timeoutMs: 30 })).rejects.toMatchObject({ code: 'request.timeout' });
  });

  test('a request is asked until it has a result, and is what a later probe asks', async () => {
    let asked = 0;
    const server = await serve(({ id }) => {
      asked += 1;
      return asked === 1
        ? { jsonrpc: '2.0', id, error: { code: 5, message: 'loading' } }
        : { jsonrpc: '2.0', id, result: 1 };
    });
    const connection = await dialReady(server.url, { ready: { method: 'ping', params: ['x'] } });
    await connection.probe();
    expect(server.received.map(({ method, params }) => [method, params])).toEqual(Array(3).fill(['ping', ['x']]));
  });

  test('a request for a method that does not exist fails at once, and names it', async () => {
    const connection = dial((await serve(unknownMethod)).url, { ready: { method: 'pnig' } });
    connection.connect();
    await expect(connection.whenReady()).rejects.toMatchObject({
      code: 'rpc.error',
      problem: { detail: expect.stringContaining('pnig: Method not found (-32601)') },
    });
  });
});

describe('onConnect', () => {
  const echo = ({ id, method }: Frame) => (id === undefined ? undefined : { jsonrpc: '2.0', id, result: method });

  test('the hook runs at each connect before requests that wait, and its own requests and notifications come first', async () => {
    const server = await serve(echo);
    const runs: unknown[] = [];
    const options: Partial<GatewayConnectionOptions> = {
      ready: 'open',
      request: { whenDisconnected: 'wait' },
      onConnect: async ({ rpc, notify }) => {
        runs.push(await rpc('initialize', { processId: null }));
        notify('initialized', {});
      },
    };
    const connection = dial(server.url, options);
    connection.connect();
    const early = connection.request<string>('early');
    await early;
    expect(server.received.map(({ method }) => method)).toEqual(['initialize', 'initialized', 'early']);
    const lost = next(connection, 'ended');
    server.sockets[0]?.terminate();
    await lost;
    await connection.request<string>('late');
    expect(server.received.map(({ method }) => method).slice(3)).toEqual(['initialize', 'initialized', 'late']);
    expect(runs).toEqual(['initialize', 'initialize']);
  });

  test('while the hook runs the connection is not ready: requests and notifications of others are refused', async () => {
    const server = await serve(echo);
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const connection = dial(server.url, {
      ready: 'open',
      onConnect: async ({ rpc }) => {
        await rpc('one');
        begin();
        await gate;
      },
    });
    connection.connect();
    await begun;
    expect(connection.state.name).toBe('handshaking');
    await expect(connection.request<string>('other')).rejects.toMatchObject({ outcome: 'not-sent' });
    expect(() => connection.notify('other')).toThrow(expect.objectContaining({ outcome: 'not-sent' }));
    open();
    await connection.whenReady();
    expect(server.received.map(({ method }) => method)).toEqual(['one']);
  });

  test('requests and notifications of the server are taken while the hook runs', async () => {
    const server = await serve(({ id, method }, socket) => {
      if (method === undefined) return undefined;
      socket.send('{"jsonrpc":"2.0","method":"window/logMessage","params":{}}');
      socket.send('{"jsonrpc":"2.0","id":"s1","method":"workspace/configuration"}');
      return { jsonrpc: '2.0', id, result: {} };
    });
    const connection = dial(server.url, { ready: 'open', onConnect: ({ rpc }) => rpc('initialize') });
    connection.onRequest('workspace/configuration', () => [null]);
    const notified = next(connection, 'notification');
    connection.connect();
    await connection.whenReady();
    await settled(server.sockets[0]);
    expect(await notified).toEqual({ method: 'window/logMessage', params: {} });
    expect(server.received).toContainEqual({ jsonrpc: '2.0', id: 's1', result: [null] });
  });

  test.each([
    [
      'an error of its own',
      () => Promise.reject(new Error('no project here')),
      'connection.hook-failed',
      /no project here/,
    ],
    [
      'the error of the server',
      ({ rpc }: { rpc: (method: string) => Promise<unknown> }) => rpc('refuse'),
      'rpc.error',
      /refuse: not today/,
    ],
  ])('a hook that fails with %s fails the start at once with it', async (_, onConnect, code, detail) => {
    const server = await serve(({ id }) => ({ jsonrpc: '2.0', id, error: { code: 4, message: 'not today' } }));
    const connection = dial(server.url, { ready: 'open', onConnect });
    connection.connect();
    await expect(connection.whenReady()).rejects.toMatchObject({
      code,
      problem: { detail: expect.stringMatching(detail) },
    });
  });

  test('a hook whose connection is lost is told, and runs again on the next one', async () => {
    const server = await serve(({ id, method }) =>
      method === 'hang' && id === 1 ? undefined : { jsonrpc: '2.0', id, result: 1 },
    );
    const reasons: unknown[] = [];
    const connection = dial(server.url, {
      ready: 'open',
      onConnect: async ({ rpc, signal }) => {
        signal.addEventListener('abort', () => reasons.push('aborted'));
        await rpc('hang').catch((error: unknown) => {
          reasons.push(error);
          throw error;
        });
      },
    });
    connection.connect();
    await expect.poll(() => server.received.length).toBe(1);
    server.sockets[0]?.terminate();
    await connection.whenReady();
    expect(reasons).toHaveLength(2);
    expect(reasons).toContain('aborted');
    expect(server.received).toHaveLength(2);
  });
});

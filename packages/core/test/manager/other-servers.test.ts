/** Options for JSON-RPC servers that nobody here wrote, with a real process and real sockets. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { GatewayManager } from '../../src/manager/gateway-manager.ts';
import type { GatewayManagerOptions } from '../../src/manager/options.ts';
import { freePort, manage, stopAll } from './builtin.ts';

const program = fileURLToPath(new URL('../programs/other-server-program.ts', import.meta.url));
const authorization = 'Bearer let-us-in-0123456789';

afterEach(stopAll);

function supervise(options: GatewayManagerOptions = {}): {
  readonly manager: GatewayManager;
  readonly lines: string[];
} {
  const lines: string[] = [];
  const manager = manage({
    command: [process.execPath, program, '{port}', authorization],
    path: '/rpc',
    headers: { authorization },
    ...options,
  });
  manager.on('log', ({ source, text }) => {
    if (source === 'gateway') lines.push(text);
  });
  return { manager, lines };
}

describe('a supervised JSON-RPC server of somebody else', () => {
  it('runs with its path, headers and subprotocol, is initialized at each connect, and sees a close frame at restart and stop', async () => {
    const { manager, lines } = supervise({
      protocols: ['rpc.v1'],
      ready: 'open',
      health: { http: false },
      onConnect: ({ rpc }) => rpc('initialize', { client: 'test' }),
    });
    await manager.start();
    expect(await manager.rpc('echo', { a: 1 })).toEqual({ a: 1 });
    expect(await manager.checkHealth()).toMatchObject({
      ok: true,
      evidence: [
        { kind: 'process', ok: true },
        { kind: 'rpc', ok: true },
      ],
    });
    await manager.restart();
    await manager.stop();
    expect(lines).toEqual([
      ...['opened rpc.v1', 'got initialize', 'got echo', 'closed 1000'],
      ...['opened rpc.v1', 'got initialize', 'closed 1000'],
    ]);
  });

  it('is recovered after a crash: the hook runs again before a request that waits', async () => {
    const { manager, lines } = supervise({
      request: { whenDisconnected: 'wait' },
      onConnect: ({ rpc }) => rpc('initialize', []),
    });
    await manager.start();
    const crashed = manager.rpc('crash').catch(() => undefined);
    const exited = new Promise((resolve) => manager.once('exit', resolve));
    await Promise.all([crashed, exited]);
    expect(await manager.rpc('echo', ['late'])).toEqual(['late']);
    // The line may arrive after the answer.
    await expect
      .poll(() => lines.slice(lines.indexOf('got crash')))
      .toEqual(['got crash', 'opened ', 'got system.health', 'got initialize', 'got echo']);
  });

  it('tells every status of a channel in its own word, and unknown frames as messages', async () => {
    const { manager } = supervise();
    await manager.start();
    const heard: unknown[] = [];
    manager.on('channel:status', (event) => heard.push(event));
    manager.on('message', (frame) => heard.push(frame));
    const change = (channelId: string, status: string) => ({
      jsonrpc: '2.0',
      method: 'channel.status_changed',
      params: { channelId, status },
    });
    await manager
      .rpc('emit', [change('a', 'pairing'), { event: 'volume' }, { notification: 'feed' }, change('b', 'connected')])
      .catch(() => undefined);
    expect(heard).toEqual([
      { channelId: 'a', status: 'pairing' },
      { event: 'volume' },
      { notification: 'feed' },
      { channelId: 'b', status: 'connected' },
    ]);
  });

  it('is attached to where it runs already: the probe of the port goes by the same path and headers', async () => {
    const port = await freePort();
    const child = spawn(process.execPath, [program, String(port), authorization], { stdio: 'ignore' });
    try {
      const { manager: waiting } = supervise({ mode: 'attach', port });
      await waiting.start();
      const { manager } = supervise({ mode: 'auto', port });
      await manager.start();
      expect(manager.getStatus()).toMatchObject({ ownership: 'attached' });
      await manager.stop();
    } finally {
      child.kill('SIGKILL');
    }
  });

  it.each([
    [{ path: '/ws' }, 'gateway.not-a-gateway', /\/ws answers with HTTP 404/],
    [{ headers: {} }, 'auth.token-missing', /HTTP 401.*"headers"/],
    [{ headers: { authorization: 'Bearer wrong-9876543210' } }, 'auth.token-mismatch', /HTTP 401/],
    [{ ready: { method: 'no.such' } } as const, 'rpc.error', /no\.such: Unknown \(-32601\)/],
    [{ onConnect: () => Promise.reject(new Error('no workspace')) }, 'connection.hook-failed', /no workspace/],
  ])('fails with %j as %s, and says what to set', async (options, code, detail) => {
    const { manager } = supervise({ startup: { timeoutMs: 2_000 }, ...options });
    const error: unknown = await manager.start().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code, problem: { detail: expect.stringMatching(detail) } });
    expect(JSON.stringify(error)).not.toContain('wrong-9876543210');
  });
});

import { request } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { StartProblem, startGateway } from '../../src/index.ts';
import { closeAll, connect, gateway, later } from '../harness/gateways.ts';

afterEach(closeAll);

const get = (port: number, path: string, init?: RequestInit): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', ...init });

describe('HTTP', () => {
  it('tells its health as JSON', async () => {
    const { port } = await gateway();
    const response = await get(port, '/health');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toEqual({ ok: true, uptime: expect.any(Number), version: '0.2.0' });
    expect((await get(port, '/health?x=1', { method: 'HEAD' })).status).toBe(200);
  });

  it('answers 404 and 405 in JSON', async () => {
    const { port } = await gateway();
    const missing = await get(port, '/nope');
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ error: { code: 'NOT_FOUND' } });
    const posted = await get(port, '/health', { method: 'POST', body: '{}' });
    expect(posted.status).toBe(405);
    expect(posted.headers.get('allow')).toBe('GET, HEAD');
    expect(await posted.json()).toMatchObject({ error: { code: 'METHOD_NOT_ALLOWED' } });
    expect((await get(port, '/healthz')).status).toBe(404);
  });

  it('HTTP serves the probes of OpenClaw in that dialect', async () => {
    const { port } = await gateway({ dialect: 'both' });
    expect(await (await get(port, '/healthz')).json()).toEqual({ ok: true, status: 'live' });
    expect(await (await get(port, '/readyz')).json()).toMatchObject({ ready: true, failing: [] });
    expect(await (await get(port, '/startupz')).json()).toMatchObject({ ok: true, status: 'started' });
    expect(await (await get(port, '/health')).json()).toMatchObject({ ok: true, status: 'live', version: '0.2.0' });
  });

  it.each(['//', '/%', '*', 'http://[', '/\\\\', `/${'a'.repeat(9000)}`])(
    'survives the request target %j',
    async (path) => {
      const { port } = await gateway();
      const status = await new Promise((resolve) => {
        request({ port, host: '127.0.0.1', path, agent: false }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', () => resolve('refused'))
          .end();
      });
      expect([404, 400, 'refused']).toContain(status);
      expect((await get(port, '/health')).status).toBe(200);
    },
  );

  it('survives a peer that speaks no HTTP, and one that resets in the middle of an upgrade', async () => {
    const { port, url } = await gateway();
    for (const words of [
      '\u0016\u0003\u0001garbage\r\n\r\n',
      'GET /ws HTTP/1.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
    ]) {
      const socket = connectTcp(port, '127.0.0.1', () => {
        socket.write(words, () => socket.resetAndDestroy());
      });
      await new Promise((resolve) => socket.once('close', resolve));
    }
    expect(await (await connect(url)).call('system.health')).toMatchObject({ ok: true });
  });
});

describe('the upgrade', () => {
  it('a JSON-RPC upgrade is accepted at /ws only', async () => {
    const { port } = await gateway();
    await expect(connect(`ws://127.0.0.1:${port}/`)).rejects.toThrow('404');
    await expect(connect(`ws://127.0.0.1:${port}/ws/x`)).rejects.toThrow('404');
    await connect(`ws://127.0.0.1:${port}/ws?from=test`);
  });

  it('an OpenClaw upgrade is accepted at any path', async () => {
    const { port } = await gateway({ dialect: 'openclaw' });
    for (const path of ['/', '/ws', '/any/thing']) {
      const client = await connect(`ws://127.0.0.1:${port}${path}`);
      expect(await client.any()).toMatchObject({ event: 'connect.challenge' });
    }
  });

  it.each([
    'http://evil.example',
    'null',
    'file://',
    'https://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'chrome-extension://abc',
  ])('an upgrade is rejected for pages of %s', async (origin) => {
    for (const dialect of ['jsonrpc', 'openclaw', 'both'] as const) {
      const { url } = await gateway({ dialect });
      await expect(connect(url, { headers: { origin } })).rejects.toThrow('403');
    }
  });

  it.each(['http://localhost:5173', 'http://127.0.0.1:18789', 'http://[::1]:1', 'https://app.localhost'])(
    'an upgrade is accepted for pages of %s',
    async (origin) => {
      const client = await connect((await gateway()).url, { headers: { origin } });
      expect(await client.call('system.health')).toMatchObject({ ok: true });
    },
  );

  it('closes with 1009 on a frame above the limit, and only that connection', async () => {
    const { url } = await gateway({ maxPayload: 1000 });
    const [one, other] = [await connect(url), await connect(url)];
    one.send(' '.repeat(1001));
    expect(await one.closed).toMatchObject({ code: 1009 });
    expect(await other.call('system.health')).toMatchObject({ ok: true });
  });

  it('does not compress', async () => {
    const client = await connect((await gateway()).url, { perMessageDeflate: true });
    expect(client.socket.extensions).toBe('');
  });
});

describe('listening', () => {
  it('names the port that is taken', async () => {
    const { port } = await gateway();
    const problem = await startGateway({ port }).catch((fault: unknown) => fault);
    expect(problem).toBeInstanceOf(StartProblem);
    expect(problem).toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(new RegExp(`port ${port} .*EADDRINUSE`)),
    });
  });

  it('does not listen for the world without a token', async () => {
    await expect(startGateway({ host: '0.0.0.0' })).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringContaining('token'),
    });
    const open = await startGateway({ host: '0.0.0.0', token: 'abc' });
    later(() => open.close());
    expect((await get(open.port, '/health')).status).toBe(200);
  });

  it('names an address this machine has not', async () => {
    await expect(startGateway({ host: '192.0.2.1', token: 'abc' })).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringContaining('192.0.2.1'),
    });
  });

  it('serves IPv6 loopback', async () => {
    const { url, port } = await gateway({ host: '::1' });
    expect(url).toBe(`ws://[::1]:${port}/ws`);
    expect(await (await connect(url)).call('system.health')).toMatchObject({ ok: true });
  });

  it('closes twice without harm, and frees the port', async () => {
    const first = await startGateway();
    await first.close();
    await first.close();
    const second = await startGateway({ port: first.port });
    await second.close();
  });
});

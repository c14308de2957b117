import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FrameChannel, nodeClock } from '@deskclaw/core';
import { RpcErrorCode, SESSION_REFUSED } from '@deskclaw/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type DashboardServer, startDashboardServer } from '../../src/host/dashboard-server.ts';
import { DashboardSessions } from '../../src/host/dashboard-sessions.ts';
import { DashboardPage } from './dashboard-page.ts';

let folder: string;
let server: DashboardServer;
let sessions: DashboardSessions;
let now: number;
let channels: FrameChannel[];
let closedChannels: FrameChannel[];
/** What passed the rules for pages, and so would reach the host. */
let frames: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-web-'));
  const root = join(folder, 'public');
  mkdirSync(join(root, 'assets'), { recursive: true });
  writeFileSync(join(root, 'index.html'), '<h1>DeskClaw</h1>');
  writeFileSync(join(root, 'assets', 'a.js'), 'export {}');
  writeFileSync(join(folder, 'secret.json'), '{}');
  now = 0;
  channels = [];
  // Of this test alone: channels of an earlier one may end later.
  const closed: FrameChannel[] = [];
  closedChannels = closed;
  frames = [];
  const clock = { ...nodeClock, now: () => now, wallTime: () => now };
  sessions = new DashboardSessions({ clock, idleMs: () => 3_600_000, stored: [], onChange: () => undefined });
  const onChannel = (channel: FrameChannel) => {
    channels.push(channel);
    channel.onFrame((text) => frames.push(text));
    channel.onClose(() => closed.push(channel));
  };
  server = await startDashboardServer({ port: 0, root, clock, sessions, onChannel });
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}
/** A raw request: unlike `fetch` it sends the Host header and the path exactly as told. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.port, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject).end();
  });
}
const own = () => `127.0.0.1:${String(server.port)}`;
const link = () => `http://${own()}/?token=${sessions.issueToken()}`;
const page = (host?: string) => DashboardPage.connect(server.port, host);

/** The outcome of an upgrade: `open`, or the HTTP status that refused it. */
function upgrade(headers: Record<string, string>, path = '/control'): Promise<'open' | number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${String(server.port)}${path}`, { headers });
    socket.on('open', () => {
      socket.terminate();
      resolve('open');
    });
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('error', reject);
  });
}

describe('the files of the dashboard server (T4)', () => {
  it('a link is not spent by looking at it, with GET or HEAD, and answers 401 once it was used', async () => {
    const address = new URL(link());
    const path = address.pathname + address.search;
    expect(await get(path, {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
    expect(await get(path)).toMatchObject({ status: 200, body: '<h1>DeskClaw</h1>' });
    await (await page()).open(address.href);
    expect(await get(path, {}, 'HEAD')).toMatchObject({ status: 401, body: '' });
    expect(await get(path)).toMatchObject({ status: 401, body: '<h1>DeskClaw</h1>' });
  });

  it('sets no cookie, which every port of this machine would receive', async () => {
    const address = new URL(link());
    for (const path of ['/', address.pathname + address.search])
      expect((await get(path)).headers['set-cookie']).toBeUndefined();
  });

  it('forbids everything foreign and inline by policy', async () => {
    const { headers } = await get('/');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it.each([
    ['a wrong token', '/?token=abc', {}, 401],
    ['an empty token', '/?token=', {}, 401],
    ['another host name', '/', { host: 'evil.example' }, 421],
    ['a rebound name with our port', '/', { host: 'evil.example:80' }, 421],
    ['a name that begins like ours', '/', { host: 'localhost.evil.example:80' }, 421],
  ])('the dashboard server refuses %s', async (_name, path, headers, status) => {
    expect((await get(path, headers)).status).toBe(status);
  });

  it.each(['127.0.0.1:1', 'localhost:65535', '127.0.0.1'])(
    'a forwarded port is served under its own number: %s (E13)',
    async (host) => {
      expect((await get('/', { host })).status).toBe(200);
    },
  );

  it('the refusal of another name says how to reach the dashboard (E13)', async () => {
    const { body } = await get('/', { host: 'machine.example:80' });
    expect(body).toContain(`ssh -L ${String(server.port)}:127.0.0.1:${String(server.port)}`);
    expect(body).toContain('deskclaw ui --port');
  });

  it.each([
    '/../secret.json',
    '/%2e%2e/secret.json',
    '/..%2fsecret.json',
    '/assets/../../secret.json',
    '/%00',
    '/%zz',
    '//',
    '/assets',
    '/nope.html',
  ])('serves nothing outside its folder: %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  it('answers no other method', async () => {
    expect((await get('/', {}, 'POST')).status).toBe(405);
  });
});

describe('the session of a dashboard page (T5)', () => {
  it('a link opens one session, and an old or used one none', async () => {
    const used = link();
    await (await page()).open(used);
    const token = new URL(used).searchParams.get('token');
    const refused = { error: { code: RpcErrorCode.AuthRequired } };
    expect(await (await page()).ask('session.open', { token })).toMatchObject(refused);
    const old = new URL(link()).searchParams.get('token');
    now = 120_001;
    expect(await (await page()).ask('session.open', { token: old })).toMatchObject(refused);
    expect(channels).toHaveLength(1);
  });

  it('a session is continued by proof, on both sides, and its secret crosses the wire once', async () => {
    const session = await (await page()).open(link());
    expect(await (await page()).resume(session)).toMatchObject({ isHost: true });
    expect(channels).toHaveLength(2);
  });

  it.each([
    [
      'another secret',
      (session: { id: string }) => ({ id: session.id, secret: Buffer.alloc(32).toString('base64url') }),
    ],
    ['a secret that is too short', (session: { id: string }) => ({ id: session.id, secret: 'AAAA' })],
    ['another id', (session: { secret: string }) => ({ id: 'nobody', secret: session.secret })],
  ])('a page with %s gets no session', async (_what, change) => {
    const session = await (await page()).open(link());
    expect(await (await page()).resume(change(session))).toMatchObject({ error: { code: RpcErrorCode.AuthRequired } });
    expect(channels).toHaveLength(1);
  });

  it('a proof for another origin, or repeated, is refused', async () => {
    const session = await (await page()).open(link());
    const other = await page();
    expect(await other.resume(session, 'http://127.0.0.1:1')).toMatchObject({ error: {} });
    const repeated = await page();
    const params = { id: session.id, nonce: 'n', proof: 'AAAA' };
    expect(await repeated.ask('session.resume', params)).toMatchObject({ error: {} });
    expect(channels).toHaveLength(1);
  });

  it('a session opened through a tunnel belongs to the address of the tunnel', async () => {
    const tunnel = '127.0.0.1:41999';
    const session = await (await page(tunnel)).open(link());
    expect(await (await page(tunnel)).resume(session)).toMatchObject({ isHost: true });
    expect(await (await page()).resume(session)).toMatchObject({ error: {} });
  });

  it('a session is idle while no page of it is open, and ends after the time for that', async () => {
    const [first, second] = [await page(), await page()];
    const session = await first.open(link());
    now += 7_200_000;
    expect(await second.resume(session)).toMatchObject({ isHost: true });
    for (const each of channels) each.close();
    await expect.poll(() => closedChannels).toHaveLength(2);
    now += 3_600_001;
    expect(await (await page()).resume(session)).toMatchObject({ error: {} });
  });

  it('revoking ends open pages, sessions and unused links', async () => {
    const open = await page();
    const session = await open.open(link());
    const unused = new URL(link()).searchParams.get('token');
    expect(sessions.revokeAll()).toBe(1);
    expect(await open.closed).toMatchObject({ code: SESSION_REFUSED, reason: expect.stringContaining('deskclaw ui') });
    expect(await (await page()).resume(session)).toMatchObject({ error: {} });
    expect(await (await page()).ask('session.open', { token: unused })).toMatchObject({ error: {} });
    expect(sessions.revokeAll()).toBe(0);
  });

  it.each([
    ['a request', '{"jsonrpc":"2.0","id":1,"method":"config.get"}'],
    ['a login without its values', '{"jsonrpc":"2.0","id":1,"method":"session.resume","params":{"id":1}}'],
    ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"session.challenge"}]'],
    ['no JSON', 'hello'],
  ])('%s before the login ends the connection', async (_what, text) => {
    const stranger = await page();
    stranger.send(text);
    expect(await stranger.closed).toMatchObject({ code: SESSION_REFUSED });
    expect([channels, frames]).toEqual([[], []]);
  });

  it('much before the login, and too many attempts, end the connection', async () => {
    const loud = await page();
    loud.send('x'.repeat(100_000));
    expect((await loud.closed).code).toBe(1006);
    const patient = await page();
    const replies = [];
    for (let attempt = 0; attempt < 7; attempt += 1) replies.push(await patient.ask('session.challenge'));
    expect(replies.at(-1)).toMatchObject({ closed: SESSION_REFUSED });
  });

  it('opens the control channel for its own page only', async () => {
    const origin = `http://${own()}`;
    expect(await upgrade({ origin })).toBe('open');
    expect(await upgrade({ origin: 'http://evil.example' })).toBe(403);
    expect(await upgrade({})).toBe(403);
    expect(await upgrade({ origin: 'null' })).toBe(403);
    expect(await upgrade({ origin: 'http://127.0.0.1:1' })).toBe(403);
    expect(await upgrade({ origin: 'http://evil.example', host: 'evil.example' })).toBe(421);
    expect(await upgrade({ origin }, '/other')).toBe(404);
  });

  it('a page follows the rules for pages: no start with a command', async () => {
    const open = await page();
    await open.open(link());
    expect(await open.ask('gateway.start', { command: ['id'] })).toMatchObject({
      error: { code: RpcErrorCode.PermissionDenied },
    });
    open.send('{"jsonrpc":"2.0","id":9,"method":"gateway.status"}');
    await expect.poll(() => frames).toEqual(['{"jsonrpc":"2.0","id":9,"method":"gateway.status"}']);
  });
});

describe('connections without a session (T5)', () => {
  async function connectIdle(count: number): Promise<readonly Socket[]> {
    return Promise.all(
      Array.from({ length: count }, async () => {
        const socket = connect(server.port, '127.0.0.1')
          .on('error', () => undefined)
          .resume();
        await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
        return socket;
      }),
    );
  }

  it('3,000 idle connections leave room for a page, and the host holds few of them', { timeout: 60_000 }, async () => {
    // In parts: of more at once than its backlog holds, the system lets some believe they are connected.
    const idle: Socket[] = [];
    while (idle.length < 3_000) idle.push(...(await connectIdle(250)));
    const open = () => idle.filter((socket) => !socket.destroyed).length;
    await expect.poll(open, { timeout: 30_000 }).toBeLessThanOrEqual(64);
    const session = await (await page()).open(link());
    expect(await (await page()).resume(session)).toMatchObject({ isHost: true });
    expect((await get('/')).status).toBe(200);
    for (const socket of idle) socket.destroy();
  });

  it('a connection that sends no request, and a page that does not log in, are closed within seconds', {
    timeout: 30_000,
  }, async () => {
    const visitor = await page();
    const [silent] = await connectIdle(1);
    if (silent === undefined) throw new Error('no connection');
    const [slow] = await connectIdle(1);
    slow?.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ');
    await Promise.all([once(silent.resume(), 'close'), slow === undefined ? undefined : once(slow.resume(), 'close')]);
    expect(await visitor.closed).toMatchObject({ code: SESSION_REFUSED });
  });
});

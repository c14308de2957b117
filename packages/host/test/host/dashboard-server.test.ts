import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameChannel } from '@deskclaw/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type DashboardServer, startDashboardServer } from '../../src/host/dashboard-server.ts';

let folder: string;
let server: DashboardServer;
let now: number;
let channels: FrameChannel[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-web-'));
  const root = join(folder, 'public');
  mkdirSync(join(root, 'assets'), { recursive: true });
  writeFileSync(join(root, 'index.html'), '<h1>DeskClaw</h1>');
  writeFileSync(join(root, 'assets', 'a.js'), 'export {}');
  writeFileSync(join(folder, 'secret.json'), '{}');
  now = 0;
  channels = [];
  const clock = { now: () => now, wallTime: () => now, schedule: () => () => undefined };
  server = await startDashboardServer({ port: 0, root, clock, onChannel: (channel) => channels.push(channel) });
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

async function enter(): Promise<string> {
  const link = new URL(server.createLink());
  const answer = await get(link.pathname + link.search);
  const cookie = answer.headers['set-cookie']?.[0];
  if (cookie === undefined) throw new Error(`no session: ${String(answer.status)} ${answer.body}`);
  return cookie.split(';')[0] ?? '';
}

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

describe('the dashboard server', () => {
  it('turns a link into a session once, takes the token out of the address, and serves the page', async () => {
    const link = new URL(server.createLink());
    const first = await get(link.pathname + link.search);
    expect(first.status).toBe(303);
    expect(first.headers['location']).toBe('/');
    expect(first.headers['set-cookie']?.[0]).toMatch(/HttpOnly; SameSite=Strict/);
    expect((await get(link.pathname + link.search)).status).toBe(401);
    const page = await get('/', { cookie: first.headers['set-cookie']?.[0]?.split(';')[0] ?? '' });
    expect([page.status, page.body]).toEqual([200, '<h1>DeskClaw</h1>']);
  });

  it('forbids everything foreign and inline by policy', async () => {
    const { headers } = await get('/', { cookie: await enter() });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('lets a link die after two minutes', async () => {
    const link = new URL(server.createLink());
    now = 120_001;
    expect((await get(link.pathname + link.search)).status).toBe(401);
  });

  it.each([
    ['no session', '/', {}, 401],
    ['a made-up session', '/', { cookie: 'deskclaw_session_1=abc' }, 401],
    ['a wrong token', '/?token=abc', {}, 401],
    ['an empty token', '/?token=', {}, 401],
    ['another host name', '/', { host: 'evil.example' }, 421],
    ['a rebound name with our port', '/', { host: 'evil.example:80' }, 421],
  ])('the dashboard server refuses %s', async (_name, path, headers, status) => {
    expect((await get(path, headers)).status).toBe(status);
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
    expect((await get(path, { cookie: await enter() })).status).toBe(404);
  });

  it('answers no other method', async () => {
    expect((await get('/', { cookie: await enter() }, 'POST')).status).toBe(405);
  });

  it('opens the control socket for its own page only', async () => {
    const cookie = await enter();
    const origin = `http://${own()}`;
    expect(await upgrade({ cookie, origin })).toBe('open');
    expect(channels).toHaveLength(1);
    expect(await upgrade({ cookie, origin: 'http://evil.example' })).toBe(403);
    expect(await upgrade({ cookie })).toBe(403);
    expect(await upgrade({ cookie, origin: 'null' })).toBe(403);
    expect(await upgrade({ origin })).toBe(401);
    expect(await upgrade({ cookie: 'x=y', origin })).toBe(401);
    expect(await upgrade({ cookie, origin: 'http://evil.example', host: 'evil.example' })).toBe(421);
    expect(await upgrade({ cookie, origin }, '/other')).toBe(404);
    expect(channels).toHaveLength(1);
  });
});

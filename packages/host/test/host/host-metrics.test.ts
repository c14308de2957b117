import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { nodeClock } from '@deskclaw/core';
import { nodeTcpPorts } from '@deskclaw/core/internal';
import type { GatewayMetrics } from '@deskclaw/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HostMetrics } from '../../src/host/host-metrics.ts';

const counted: GatewayMetrics = {
  pending: 0,
  requests: { succeeded: 0, failed: 0, timedOut: 0, cancelled: 0, lost: 0, overloaded: 0 },
  droppedReplies: { late: 0, duplicate: 0, unknown: 0, malformed: 0 },
  invalidFrames: 0,
  eventGaps: 0,
  connections: 0,
  roundTrips: { buckets: [], count: 0, sumMs: 0 },
};
const stopped = {
  state: 'stopped',
  phase: 'idle',
  since: 0,
  ownership: 'none',
  health: 'unknown',
  generation: 0,
  host: '127.0.0.1',
  port: 1,
  url: 'ws://127.0.0.1:1/ws',
  reconnectAttempts: 0,
  restarts: 0,
} as const;

let metrics: HostMetrics;
let port: number;
beforeEach(async () => {
  metrics = new HostMetrics({
    clock: nodeClock,
    version: '0.2.0',
    startedAt: nodeClock.now(),
    manager: { getMetrics: () => counted, getStatus: () => stopped },
    clients: () => 1,
  });
  port = (await metrics.serve(0)).port;
});
afterEach(async () => {
  vi.restoreAllMocks();
  await metrics.close();
});

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

function get(options: { path?: string; headers?: Record<string, string>; method?: string } = {}): Promise<Answer> {
  const { path = '/metrics', headers = {}, method = 'GET' } = options;
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode, type: response.headers['content-type'], body }));
    });
    sent.on('error', reject).end();
  });
}

describe('the metrics server', () => {
  it('answers in the format that is asked for', async () => {
    const plain = await get();
    expect(plain).toMatchObject({ status: 200, type: expect.stringContaining('version=0.0.4') });
    expect(plain.body).toContain('deskclaw_build_info{version="0.2.0"} 1\n');
    const open = await get({ headers: { accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5' } });
    expect(open).toMatchObject({ status: 200, type: expect.stringContaining('application/openmetrics-text') });
    expect(open.body.endsWith('# EOF\n')).toBe(true);
  });

  it.each([
    ['a name that is rebound to this machine', { headers: { host: 'evil.example' } }, 421],
    ['a name that only begins like ours', { headers: { host: 'localhost.evil.example' } }, 421],
    ['a request to write', { method: 'POST' }, 405],
    ['another path', { path: '/' }, 404],
    ['a path above', { path: '/metrics/../etc/passwd' }, 404],
  ])('%s is refused', async (_name, options, status) => {
    const answer = await get(options);
    expect(answer.status).toBe(status);
    expect(answer.body).not.toContain('deskclaw_');
  });

  it('a head beyond the limit is refused, and more connections than the limit end the oldest', async () => {
    expect((await get({ headers: { padding: 'x'.repeat(9_000) } })).status).toBe(431);
    const idle = Array.from({ length: 40 }, () => connect(port, '127.0.0.1'));
    for (const socket of idle) socket.on('error', () => undefined);
    await Promise.all(idle.slice(0, 10).map((socket) => once(socket, 'close')));
    expect((await get()).status).toBe(200);
    for (const socket of idle) socket.destroy();
  });

  it('another port takes the place of the first, the same one is kept, and a taken one is refused', async () => {
    expect((await metrics.serve(0)).port).toBe(port);
    expect((await metrics.serve(port)).port).toBe(port);
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const taken = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(metrics.serve(taken)).rejects.toMatchObject({ code: 'metrics.port-unavailable' });
    expect((await get()).status).toBe(200);
    other.close();
    await once(other, 'close');
    const before = port;
    port = (await metrics.serve(taken)).port;
    expect((await get()).status).toBe(200);
    port = before;
    await expect(get()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('a port that is taken between the check and the bind is reported as one that was taken before', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const taken = typeof address === 'object' && address !== null ? address.port : 0;
    vi.spyOn(nodeTcpPorts, 'check').mockResolvedValue('free');
    await expect(metrics.serve(taken)).rejects.toMatchObject({
      code: 'metrics.port-unavailable',
      problem: { detail: expect.stringContaining(`Port ${String(taken)}`) },
    });
    other.close();
  });

  it('the metrics go without the memory of the host while no descriptor is free', async () => {
    expect((await get()).body).toContain('deskclaw_host_resident_memory_bytes');
    vi.spyOn(process.memoryUsage, 'rss').mockImplementation(() => {
      throw Object.assign(new Error('EMFILE: too many open files, uv_resident_set_memory'), { code: 'EMFILE' });
    });
    expect(metrics.snapshot().host).not.toHaveProperty('rssBytes');
    const answer = await get();
    expect(answer.status).toBe(200);
    expect(answer.body).not.toContain('deskclaw_host_resident_memory_bytes');
  });
});

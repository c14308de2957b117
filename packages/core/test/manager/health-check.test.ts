import { describe, expect, it } from 'vitest';
import {
  checkHealth,
  type HealthCheckDeps,
  type ProbeKind,
  readHealthAnswer,
  readProbeAnswer,
} from '../../src/manager/health-check.ts';
import type { HttpResponse } from '../../src/ports/http.ts';

const json = 'application/json; charset=utf-8';
const html = 'text/html';

describe('an HTTP answer', () => {
  it.each<[string, HttpResponse, boolean]>([
    ['the built-in gateway’s', { status: 200, contentType: json, body: '{"ok":true,"uptime":1,"version":"1"}' }, true],
    ['OpenClaw’s', { status: 200, contentType: json, body: '{"ok":true,"status":"live"}' }, true],
    ['a web page under every path', { status: 200, contentType: html, body: '<!doctype html>' }, false],
    ['a web page that calls itself JSON', { status: 200, contentType: json, body: '<!doctype html>' }, false],
    ['JSON that is not well', { status: 200, contentType: json, body: '{"ok":false}' }, false],
    ['JSON of something else', { status: 200, contentType: json, body: '[1]' }, false],
    ['no content type', { status: 200, contentType: '', body: '{"ok":true}' }, false],
    ['draining', { status: 503, contentType: json, body: '{"ok":true}' }, false],
    ['nothing there', { status: 404, contentType: 'text/plain', body: '' }, false],
  ])('reads an HTTP answer (%s): %j', (_name, answer, ok) => {
    expect(readHealthAnswer(answer).ok).toBe(ok);
  });

  it.each<[HttpResponse, string]>([
    [{ status: 503, contentType: json, body: '{"ok":true}' }, 'HTTP 503'],
    [{ status: 200, contentType: html, body: '' }, 'HTTP 200, but text/html instead of JSON'],
    [{ status: 200, contentType: '', body: '' }, 'HTTP 200, but no content type instead of JSON'],
    [{ status: 200, contentType: json, body: '[]' }, 'HTTP 200 without "ok": true'],
    [{ status: 200, contentType: json, body: '{"ok":true}' }, 'HTTP 200'],
  ])('an HTTP answer %j is described as %s', (answer, detail) => {
    expect(readHealthAnswer(answer).detail).toBe(detail);
  });
});

function answer(status: number, body: unknown): HttpResponse {
  return { status, contentType: json, body: JSON.stringify(body) };
}

describe('checkHealth', () => {
  const clock = { now: () => 5, wallTime: () => 1_000, schedule: () => () => undefined };
  const well: HttpResponse = { status: 200, contentType: json, body: '{"ok":true}' };
  const questions = (over: Partial<HealthCheckDeps>): HealthCheckDeps => ({
    clock,
    http: { get: () => Promise.resolve(well) },
    healthUrl: 'http://127.0.0.1:1/health',
    verifyPeer: () => Promise.resolve(undefined),
    rpc: () => Promise.resolve(),
    processAlive: true,
    ...over,
  });
  const kinds = (report: Awaited<ReturnType<typeof checkHealth>>) => report.evidence.map(({ kind, ok }) => [kind, ok]);

  it('checkHealth reports ok with all evidence when every check is answered', async () => {
    const report = await checkHealth(questions({}), 77);
    expect(report).toMatchObject({ ok: true, uptime: 77, latencyMs: 0 });
    expect(kinds(report)).toEqual([
      ['process', true],
      ['rpc', true],
      ['http', true],
    ]);
  });

  it('checkHealth trusts the RPC over HTTP, which also answers while a gateway starts or drains', async () => {
    const report = await checkHealth(questions({ rpc: () => Promise.reject(new Error('no answer')) }), undefined);
    expect(report).toMatchObject({ ok: false, error: 'no answer' });
    expect(kinds(report)).toContainEqual(['http', true]);
    const silent = { get: () => Promise.resolve({ failure: 'refused' }) };
    expect((await checkHealth(questions({ http: silent }), undefined)).ok).toBe(true);
  });

  it('checkHealth reports each piece of evidence with its time and detail', async () => {
    const asked: unknown[] = [];
    const report = await checkHealth(
      questions({
        http: {
          get: (url, timeoutMs) => {
            asked.push([url, timeoutMs]);
            return Promise.resolve({ failure: 'refused' });
          },
        },
        rpc: (timeoutMs) => {
          asked.push(timeoutMs);
          return Promise.reject('no error object');
        },
        processAlive: false,
      }),
      undefined,
    );
    expect(asked.sort()).toEqual([5_000, ['http://127.0.0.1:1/health', 2_000]]);
    expect(report).toStrictEqual({
      ok: false,
      error: 'no error object',
      evidence: [
        { kind: 'process', ok: false, at: 1_000 },
        { kind: 'rpc', ok: false, at: 1_000, detail: 'no error object' },
        { kind: 'http', ok: false, at: 1_000, detail: 'refused' },
      ],
    });
  });

  it('checkHealth without a connection says so, and adds no evidence about a process that is not ours', async () => {
    const report = await checkHealth(questions({ rpc: undefined, processAlive: undefined }), undefined);
    expect(report).toMatchObject({ ok: false, error: 'not connected' });
    expect(kinds(report).map(([kind]) => kind)).toEqual(['rpc', 'http']);
  });

  it.each<[ProbeKind, HttpResponse, unknown]>([
    ['startup', answer(200, { ok: true, status: 'started', version: 'v' }), { ok: true, detail: 'started' }],
    [
      'startup',
      answer(503, { ok: false, status: 'starting', pendingReason: 'startup-sidecars' }),
      { ok: false, detail: 'starting, waiting for startup-sidecars' },
    ],
    ['startup', answer(503, { ok: false, status: 'draining' }), { ok: false, detail: 'draining' }],
    ['startup', { status: 200, contentType: 'text/html', body: '<html>' }, undefined],
    ['startup', answer(200, { ok: true }), undefined],
    ['readiness', answer(200, { ready: true, failing: [] }), { ok: true, detail: 'ready' }],
    [
      'readiness',
      answer(503, { ready: false, failing: ['gateway-draining', 'telegram'] }),
      { ok: false, detail: 'not ready: gateway-draining, telegram' },
    ],
    ['readiness', answer(503, { ready: false }), { ok: false, detail: 'not ready' }],
    ['readiness', answer(404, 'no'), undefined],
  ])('readProbeAnswer reads what a %s probe proves: %j', (kind, response, expected) => {
    expect(readProbeAnswer(kind, response)).toEqual(expected);
  });

  it('checkHealth adds the probes that the gateway offers, and judges by the RPC all the same', async () => {
    const pages: Readonly<Record<string, HttpResponse>> = {
      'http://g/readyz': answer(503, { ready: false, failing: ['startup-sidecars'] }),
      'http://g/startupz': { status: 200, contentType: 'text/html', body: '<html>' },
    };
    const report = await checkHealth(
      questions({
        http: { get: (url) => Promise.resolve(pages[url] ?? well) },
        probes: [
          { kind: 'startup', url: 'http://g/startupz' },
          { kind: 'readiness', url: 'http://g/readyz' },
        ],
      }),
      undefined,
    );
    expect(report.ok).toBe(true);
    expect(kinds(report)).toEqual([
      ['process', true],
      ['rpc', true],
      ['http', true],
      ['readiness', false],
    ]);
  });
});

/** Behaviour, section 9, E11: a gateway with TLS is met with exactly the certificate of its file, for health requests too. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { targetFromOptions } from '../../src/manager/target.ts';
import { readPinnedCertificate } from '../../src/ports/node/certificate-file.ts';
import { manage, stopAll } from '../manager/builtin.ts';

let folder: string;
let server: Server;
let port: number;
const paths: string[] = [];

/** A key and a self-signed certificate, for a name that nobody connects to. */
function makeCertificate(name: string): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', [...request, '-subj', `/CN=${name}`, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { cert, key };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-tls-'));
  const { cert, key } = makeCertificate('gateway');
  makeCertificate('other');
  server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
    paths.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.setHeader('content-type', 'application/json').end('{"ok":true}');
  });
  new WebSocketServer({ server }).on('connection', (socket, request) => {
    paths.push(`upgrade ${request.url ?? ''}`);
    socket.on('message', (data) => {
      const { id } = JSON.parse(String(data)) as { readonly id?: number };
      if (id !== undefined) socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: { ok: true } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  await stopAll();
  paths.length = 0;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

function attach(certificate: string) {
  const target = targetFromOptions({ mode: 'attach', port, dialect: 'jsonrpc', startup: { timeoutMs: 3_000 } });
  return manage({
    mode: 'attach',
    port,
    prepare: () =>
      Promise.resolve({
        ok: true,
        target: { ...target, certificate: () => readPinnedCertificate(join(folder, certificate)) },
      }),
  });
}

test('a gateway with the pinned certificate is connected to by wss, and asked for its health by https', async () => {
  const manager = attach('gateway.pem');
  await manager.start();
  expect(manager.getStatus()).toMatchObject({ state: 'running', url: `wss://127.0.0.1:${String(port)}/ws` });
  expect(await manager.rpc('system.health')).toEqual({ ok: true });
  const { evidence } = await manager.checkHealth();
  expect(evidence.find(({ kind }) => kind === 'http')).toMatchObject({ ok: true });
  expect(paths).toContain('GET /health');
});

test('another certificate is refused before a byte is sent, with both fingerprints, until the file has it', async () => {
  const manager = attach('other.pem');
  const error: unknown = await manager.start().catch((reason: unknown) => reason);
  const [expected, shown] = await Promise.all(
    ['other.pem', 'gateway.pem'].map((name) => readPinnedCertificate(join(folder, name))),
  );
  expect(error).toMatchObject({ code: 'tls.untrusted' });
  const { problem } = manager.getStatus();
  expect(problem?.detail).toContain(shown?.fingerprint256);
  expect(problem?.detail).toContain(expected?.fingerprint256);
  expect(problem?.detail).toContain(join(folder, 'other.pem'));
  expect(paths).toEqual([]);
  const health = await manager.checkHealth();
  expect(health.evidence.find(({ kind }) => kind === 'http')).toMatchObject({ ok: false });
  expect(paths).toEqual([]);
  renameSync(join(folder, 'gateway.pem'), join(folder, 'kept.pem'));
  renameSync(join(folder, 'other.pem'), join(folder, 'gateway.pem'));
  renameSync(join(folder, 'kept.pem'), join(folder, 'other.pem'));
  manager.reconnectNow();
  await manager.waitFor('running');
  expect(await manager.rpc('system.health')).toEqual({ ok: true });
});

test('a certificate that cannot be read fails the start with its path, and nothing is sent', async () => {
  const manager = attach('missing.pem');
  const error: unknown = await manager.start().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'gateway.start-timeout' });
  expect(String(error)).toContain(join(folder, 'missing.pem'));
  expect(paths).toEqual([]);
});

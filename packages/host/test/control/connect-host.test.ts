import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { nodeProcessTable } from '@deskclaw/core';
import { CONTROL_PROTOCOL } from '@deskclaw/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectHost } from '../../src/control/connect-host.ts';
import { earlierHost } from '../../src/control/earlier-host.ts';
import { type Paths, resolvePaths } from '../../src/profile/paths.ts';

let folder: string;
let env: Record<string, string>;
let paths: Paths;
let server: Server | undefined;
let streams: Socket[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-connect-'));
  env = { DESKCLAW_HOME: folder, HOME: folder };
  paths = resolvePaths({ name: 'test', env });
  streams = [];
  server = undefined;
});
afterEach(() => {
  for (const stream of streams) stream.destroy();
  server?.close();
  rmSync(folder, { recursive: true });
});

/** Something on the profile's socket. */
async function listen(accept: (stream: Socket) => void): Promise<void> {
  mkdirSync(dirname(paths.socket), { recursive: true });
  server = createServer((stream) => {
    streams.push(stream);
    stream.on('error', () => undefined);
    accept(stream);
  });
  await new Promise<void>((resolve) => void server?.listen(paths.socket, resolve));
}

const connect = (timeoutMs?: number) =>
  connectHost({ profile: 'test', env, ...(timeoutMs === undefined ? {} : { timeoutMs }) });

function infoLine(controlProtocol: number): string {
  const result = { pid: 7, version: '8.8.8', controlProtocol, startedAt: 0, profile: 'test', kind: 'background' };
  return `${JSON.stringify({ jsonrpc: '2.0', id: 'greeting', result })}\n`;
}

describe('connectHost meets a host that speaks WebSocket on its socket', () => {
  /** The answer of such a host (commit 2129afe) to a line of JSON, byte for byte. */
  const refusal = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n';
  const listenAsEarlierHost = () => listen((stream) => stream.once('data', () => stream.end(refusal)));

  it.skipIf(process.platform === 'win32')(
    'reports its pid from the owner lock and a command that ends it when typed',
    async () => {
      const host = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1e6)'], { stdio: 'ignore' });
      const ended = once(host, 'exit');
      const pid = host.pid ?? 0;
      const startMark = nodeProcessTable.find(pid)?.startMark;
      mkdirSync(dirname(paths.lock), { recursive: true });
      writeFileSync(paths.lock, JSON.stringify({ pid, startMark, nonce: 'n' }));
      await listenAsEarlierHost();

      const error: unknown = await connect().catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        code: 'host.version-mismatch',
        problem: {
          detail: expect.stringContaining(`The host is process ${String(pid)}.`),
          actions: [{ id: 'stop-host', command: `kill ${String(pid)}` }, { command: 'deskclaw start' }],
        },
      });
      await promisify(execFile)('/bin/sh', ['-c', `kill ${String(pid)}`]);
      expect(await ended).toEqual([null, 'SIGTERM']);
    },
  );

  it('reports host.version-mismatch without a pid where the lock names no living process', async () => {
    await listenAsEarlierHost();
    await expect(connect()).rejects.toMatchObject({
      code: 'host.version-mismatch',
      problem: { actions: [{ id: 'restart-host' }] },
    });
  });

  it('names taskkill as the command on Windows, which has no SIGTERM', () => {
    mkdirSync(dirname(paths.lock), { recursive: true });
    const startMark = nodeProcessTable.find(process.pid)?.startMark;
    writeFileSync(paths.lock, JSON.stringify({ pid: process.pid, startMark, nonce: 'n' }));
    const { problem } = earlierHost({ name: 'test', env }, 'win32');
    expect(problem.actions[0]?.command).toBe(`taskkill /F /PID ${String(process.pid)}`);
  });
});

describe('connectHost', () => {
  it('returns a client of a host that answers the greeting, however its answer is cut', async () => {
    await listen((stream) => {
      stream.once('data', () => {
        for (const byte of Buffer.from(infoLine(CONTROL_PROTOCOL))) stream.write(Buffer.from([byte]));
      });
    });
    const client = await connect();
    expect(client).toBeDefined();
    client?.close();
  });

  it('reports host.version-mismatch for a host of another control protocol', async () => {
    await listen((stream) => stream.once('data', () => stream.write(infoLine(CONTROL_PROTOCOL + 1))));
    await expect(connect()).rejects.toMatchObject({
      code: 'host.version-mismatch',
      problem: { detail: expect.stringContaining('version 8.8.8') },
    });
  });

  it('reports host.unreachable for a host that accepts and never answers', async () => {
    await listen(() => undefined);
    await expect(connect(100)).rejects.toMatchObject({
      code: 'host.unreachable',
      problem: { detail: 'The host of profile "test" did not answer within 100 ms.' },
    });
  });

  it.each([
    ['closes the connection without a word', '', 'close code 1006'],
    ['answers in another language', 'SSH-2.0-OpenSSH_9.2\r\n', 'SSH-2.0-OpenSSH_9.2'],
    ['answers with JSON that describes no host', '{"jsonrpc":"2.0","id":"greeting","result":{}}\n', '"result":{}'],
    [
      'says why it closes',
      '{"jsonrpc":"2.0","method":"connection.closing","params":{"code":1001,"reason":"the host ends"}}\n',
      'the host ends',
    ],
  ])('reports host.unreachable for a program that %s', async (_, answer, detail) => {
    await listen((stream) => stream.once('data', () => stream.end(answer)));
    await expect(connect()).rejects.toMatchObject({
      code: 'host.unreachable',
      problem: { detail: expect.stringContaining(detail) },
    });
  });
});

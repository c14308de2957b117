import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { freePort, Home } from '../support/deskclaw.ts';

const gateway = fileURLToPath(new URL('../../../../packages/gateway/dist/deskclaw-gateway.js', import.meta.url));

test.skipIf(process.platform !== 'linux')(
  'a start whose gateway listens on another port says so while it waits, and the printed next step starts it',
  async () => {
    const home = new Home();
    const [asked, real] = [await freePort(), await freePort()];
    const command = `${process.execPath} ${gateway} --port ${String(real)}`;
    const starting = home.start(['start', '--command', command, '--port', String(asked), '--timeout', '4']);
    const reason = `Its process listens on 127.0.0.1:${String(real)}, not on 127.0.0.1:${String(asked)}.`;
    const line = await starting.line('stderr', (text) => text.includes(reason));
    expect(line).toMatch(/^Starting the gateway: /);
    // It was told while the start went on.
    expect(starting.child.exitCode).toBeNull();
    const { code, stderr } = await starting.ended;
    expect([code, stderr]).toEqual([6, expect.stringContaining('(gateway.wrong-address)')]);
    const suggested = /Connect to \S+:\s+(deskclaw start .*)$/m.exec(stderr)?.[1] ?? '';
    expect(suggested).toContain(`--port ${String(real)}`);
    const literal = [...suggested.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    expect(await home.run(...literal.slice(1))).toMatchObject({ code: 0 });
  },
);

test.each([
  ['HTTP 302 answers', 302],
  ['HTTP 502 answers', 502],
  ['nobody listens', undefined],
])('E12: start --timeout holds in attach mode where %s, exits 6, and names what was found', async (_what, status) => {
  const home = new Home();
  const port = await freePort();
  if (status !== undefined) {
    const server = createServer();
    server.on('upgrade', (_request, socket) => {
      socket.end(`HTTP/1.1 ${String(status)} Told\r\nLocation: http://127.0.0.1:${String(port)}/login\r\n\r\n`);
    });
    await once(server.listen(port, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
  }
  mkdirSync(join(home.folder, 'config'));
  const url = `ws://127.0.0.1:${String(port)}/ws`;
  writeFileSync(join(home.folder, 'config', 'config.json'), JSON.stringify({ mode: 'attach', url }));
  const ended = await home.run('start', '--timeout', '1');
  expect(ended).toMatchObject({ code: 6, stdout: '' });
  expect(ended.stderr).toContain(status === undefined ? 'ECONNREFUSED' : String(status));
  if (status === 302) expect(ended.stderr).toContain('/login');
});

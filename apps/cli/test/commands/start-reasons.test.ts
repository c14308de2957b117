import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
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

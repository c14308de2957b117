import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Home } from '../support/deskclaw.ts';
import { numberAt } from '../support/shape.ts';

/** Receives alerts as a web service does, and waits for one that fits. */
async function alertReceiver() {
  const bodies: Record<string, unknown>[] = [];
  let arrived: () => void = () => undefined;
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      bodies.push(JSON.parse(text));
      response.end();
      arrived();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const received = async (kind: string) => {
    for (;;) {
      const found = bodies.find((body) => body['kind'] === kind);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
  };
  return { url: `http://127.0.0.1:${String(address.port)}/`, bodies, received };
}

function homeWithAlerts(alerts: unknown): Home {
  const home = new Home();
  mkdirSync(join(home.folder, 'config'), { recursive: true });
  writeFileSync(join(home.folder, 'config', 'config.json'), JSON.stringify({ alerts }));
  return home;
}

describe('alerts', () => {
  it('a gateway that dies, comes back and is given up is told to the receiver', async () => {
    const receiver = await alertReceiver();
    const home = homeWithAlerts({ afterMs: 0, targets: [{ kind: 'webhook', url: receiver.url }] });
    const pid = numberAt(await home.startBuiltin(), 'pid');
    process.kill(pid, 'SIGKILL');
    expect(await receiver.received('down')).toMatchObject({ schema: 'deskclaw.alert/1', profile: 'default' });
    expect(await receiver.received('back')).toMatchObject({ downForMs: expect.any(Number) });
    await home.run('stop');
    expect(receiver.bodies.map(({ kind }) => kind)).toEqual(['down', 'back']);
  });

  it('a test alert is sent without a host, and a target that fails is told with exit code 1', async () => {
    const receiver = await alertReceiver();
    const home = homeWithAlerts({
      targets: [
        { kind: 'webhook', url: receiver.url, name: 'phone' },
        { kind: 'command', command: ['/bin/sh', '-c', 'exit 3'], name: 'pager' },
      ],
    });
    expect((await home.run('alerts')).stdout).toMatch(/phone +webhook +127\.0\.0\.1:\d+\npager +command +\/bin\/sh/);
    expect(await home.run('alerts', 'test', 'phone')).toMatchObject({ code: 0, stdout: 'phone: sent\n' });
    expect(receiver.bodies).toEqual([
      expect.objectContaining({ kind: 'test', title: expect.stringMatching(/^Test alert/) }),
    ]);
    const all = await home.run('alerts', 'test');
    expect(all).toMatchObject({ code: 1, stdout: 'phone: sent\npager: /bin/sh exited with code 3.\n' });
    expect(await home.run('alerts', 'test', 'fax')).toMatchObject({ code: 2 });
  });

  it('an address that others could read along is refused with the reason', async () => {
    const home = homeWithAlerts({ targets: [{ kind: 'ntfy', url: 'http://ntfy.example/topic' }] });
    const { code, stderr } = await home.run('alerts');
    expect(code).toBe(78);
    expect(stderr).toContain('https');
  });
});

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Home } from '../support/deskclaw.ts';
import { bareMachine } from '../support/registry.ts';
import { openedBy, running } from '../support/upgraded-home.ts';

const LONG = { timeout: 480_000 };

/** How long the bad version works until it breaks, ms. 120000 was tried too: docs/recovery.md. */
const BREAKS_AFTER_MS = Number(process.env['DESKCLAW_TEST_BREAKS_AFTER_MS'] ?? 2_500);

interface Received {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Receives alerts as the services do, and waits for those that fit. */
async function receiver() {
  const all: Received[] = [];
  let arrived: () => void = () => undefined;
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      all.push({ path: request.url ?? '', body: JSON.parse(text) });
      response.end();
      arrived();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const received = async (fits: (each: Received) => boolean): Promise<Received> => {
    for (;;) {
      const found = all.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
  };
  return { url: `http://127.0.0.1:${String(address.port)}`, received };
}

/** One target of each kind that a machine without a desktop can receive. */
function configure(home: Home, url: string): string {
  const alertFile = join(home.folder, 'alert.json');
  mkdirSync(join(home.folder, 'config'), { recursive: true });
  const secret = (name: string, text: string): string => {
    const path = join(home.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const targets = [
    { kind: 'webhook', url: `${url}/hook` },
    { kind: 'ntfy', url: `${url}/phone` },
    { kind: 'slack', urlFile: secret('slack', `${url}/slack`) },
    { kind: 'telegram', url, chat: '42', tokenFile: secret('telegram', '1:secret-of-the-bot') },
    {
      kind: 'command',
      command: ['/bin/sh', '-c', `[ "$DESKCLAW_ALERT_KIND" = recovery ] && printf %s "$DESKCLAW_ALERT" > ${alertFile}`],
    },
  ];
  writeFileSync(join(home.folder, 'config', 'config.json'), JSON.stringify({ alerts: { targets } }));
  return alertFile;
}

describe('an upgrade on trial', () => {
  it('a version that breaks after a while is left by itself, and every kind of alert says why', LONG, async () => {
    const beforeGateway = `setTimeout(() => { console.error('the new scheduler broke'); process.exit(7); }, ${String(BREAKS_AFTER_MS)});`;
    const { home } = await bareMachine({ '2026.5.28': {}, '2026.9.6': { beforeGateway } });
    const { url, received } = await receiver();
    const alertFile = configure(home, url);
    await home.document('openclaw', 'install', '2026.5.28');
    await home.document('start', '--port', '0');
    expect(await home.document('openclaw', 'upgrade')).toMatchObject({ outcome: 'upgraded', running: true });
    const isRecovery = (path: string) => (each: Received) =>
      each.path === path && JSON.stringify(each.body).includes('went back from OpenClaw 2026.9.6 to 2026.5.28');
    const hook = await received(isRecovery('/hook'));
    expect(hook.body).toMatchObject({
      schema: 'deskclaw.alert/1',
      kind: 'recovery',
      message: expect.stringMatching(/on the state as 2026\.5\.28 left it\..*kept at .*Why: The gateway ended again/),
    });
    expect((await received(isRecovery('/'))).body).toMatchObject({ topic: 'phone', priority: 4, tags: ['ladder'] });
    expect((await received(isRecovery('/slack'))).body).toEqual({
      text: expect.stringMatching(/^Recovery step taken/),
    });
    expect((await received(isRecovery('/bot1:secret-of-the-bot/sendMessage'))).body).toMatchObject({ chat_id: '42' });
    await home.document('start');
    expect((await running(home)).version).toBe('2026.5.28');
    expect(openedBy(home)).toEqual(['2026.5.28', '2026.5.28']);
    const { gateway } = await home.document('status');
    expect(gateway).toMatchObject({
      recovery: { message: expect.stringContaining('went back from OpenClaw 2026.9.6') },
    });
    expect((await home.run('status')).stdout).toMatch(/Recovery +on trial/);
    expect((await home.run('history')).stdout).toContain('DeskClaw took a recovery step');
    expect((await home.run('why')).stdout).toContain('DeskClaw went back from OpenClaw 2026.9.6 to 2026.5.28');
    expect(existsSync(alertFile)).toBe(true);
    expect(JSON.parse(readFileSync(alertFile, 'utf8'))).toMatchObject({ kind: 'recovery' });
    expect(await home.run('openclaw', 'rollback')).toMatchObject({ code: 1 });
  });
});

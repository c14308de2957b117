import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Home, isAlive } from '../support/deskclaw.ts';
import { gatewayCommand } from '../support/gateway-command.ts';
import { numberAt } from '../support/shape.ts';

const tokenFile = (home: Home) => join(home.folder, 'state', 'default', 'gateway.token');
const tokenOf = (home: Home) => readFileSync(tokenFile(home), 'utf8').trim();

/** What the gateway says to a client that logs in with a token. */
async function answerTo(port: number, token: string): Promise<'accepted' | 'refused'> {
  const socket = new WebSocket(`ws://127.0.0.1:${String(port)}/ws`);
  await new Promise((resolve) => socket.addEventListener('open', resolve));
  const answered = new Promise<string>((resolve) => {
    socket.addEventListener('message', ({ data }) => {
      if (String(data).includes('"id":1')) resolve(String(data));
    });
    socket.addEventListener('close', () => resolve('"error"'));
  });
  socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'auth.login', params: { token } }));
  const text = await answered;
  socket.close();
  return text.includes('"error"') ? 'refused' : 'accepted';
}

describe('deskclaw token rotate', { timeout: 60_000 }, () => {
  it('replaces the token and restarts the gateway, which then refuses the old one', async () => {
    const home = new Home();
    await home.startBuiltin();
    const status = await home.document('status');
    const [before, pid, port] = [tokenOf(home), numberAt(status, 'gateway.pid'), numberAt(status, 'gateway.port')];
    const rotated = await home.document('token', 'rotate');
    expect(rotated).toMatchObject({ schema: 'deskclaw.token-rotate/1', outcome: 'restarted', previousPid: pid });
    expect(isAlive(pid)).toBe(false);
    const after = tokenOf(home);
    expect(after).toMatch(/^[\w-]{43}$/);
    expect(after).not.toBe(before);
    expect(statSync(tokenFile(home)).mode & 0o777).toBe(0o600);
    expect(await home.document('call', 'system.health')).toMatchObject({ result: { ok: true } });
    expect(await answerTo(port, before)).toBe('refused');
    expect(await answerTo(port, after)).toBe('accepted');
  });

  it('without a host, replaces the token for the next start', async () => {
    const home = new Home();
    await home.startBuiltin();
    await home.run('stop');
    const before = tokenOf(home);
    expect(await home.run('token', 'rotate')).toMatchObject({
      code: 0,
      stderr: 'The token was replaced. The gateway uses the new one from its next start on.\n',
    });
    expect(tokenOf(home)).not.toBe(before);
    await home.startBuiltin();
    expect(await home.document('call', 'system.health')).toMatchObject({ result: { ok: true } });
  });

  it('leaves a gateway alone that uses another token, and fails where there is none', async () => {
    const home = new Home();
    expect(await home.run('token', 'rotate')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('made no token'),
    });
    await home.startBuiltin();
    await home.run('stop');
    await home.document('start', '--command', gatewayCommand(), '--port', '0');
    const pid = numberAt(await home.document('status'), 'gateway.pid');
    expect(await home.document('token', 'rotate')).toMatchObject({ outcome: 'rotated' });
    expect(isAlive(pid)).toBe(true);
  });
});

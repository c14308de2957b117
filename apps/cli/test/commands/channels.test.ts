import { spawnSync } from 'node:child_process';
import { encode } from 'uqr';
import { describe, expect, it } from 'vitest';
import { readQrPicture } from '../../src/channels/qr-picture.ts';
import { Home, parseDocument, parseDocuments, type Running, shareHome } from '../support/deskclaw.ts';
import { gatewayCommand } from '../support/gateway-command.ts';
import { at, listAt } from '../support/shape.ts';

const hasScript = spawnSync('script', ['--version']).status === 0;

async function startGateway(home: Home, dialect: string, ...faults: readonly string[]): Promise<Home> {
  await home.document('start', '--command', `${gatewayCommand(...faults)} --dialect ${dialect}`, '--port', '0');
  return home;
}

function running(dialect: string, ...faults: readonly string[]): Promise<Home> {
  return startGateway(new Home(), dialect, ...faults);
}

async function statusOf(home: Home, id: string): Promise<unknown> {
  const found = listAt(await home.document('channels'), 'channels').find((channel) => at(channel, 'id') === id);
  return at(found, 'status');
}

/** Sends JSON-RPC requests over one open connection. */
async function ask(url: string, method: string, params: object): Promise<{ socket: WebSocket; answer: unknown }> {
  const socket = new WebSocket(url);
  const answer = await new Promise<unknown>((resolve, reject) => {
    socket.addEventListener('error', () => reject(new Error(`no connection to ${url}`)));
    socket.addEventListener('open', () => socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })));
    socket.addEventListener('message', ({ data }) => {
      const frame: unknown = JSON.parse(String(data));
      if (typeof frame === 'object' && frame !== null && 'id' in frame) resolve(frame);
    });
  });
  return { socket, answer };
}

/** The other device: logs in to the gateway with the content of its QR code, and stays until the gateway disconnects it. */
async function link(text: string): Promise<WebSocket> {
  const { searchParams } = new URL(text);
  const { socket } = await ask(searchParams.get('url') ?? '', 'auth.login', { token: searchParams.get('code') });
  return socket;
}

async function record(running: Running, schema: string, nth = 0): Promise<Record<string, unknown>> {
  let seen = -1;
  const line = await running.line('stdout', (text) => {
    if (text.includes(`"deskclaw.${schema}/1"`)) seen += 1;
    return seen === nth;
  });
  return parseDocument(line);
}

describe.each(['jsonrpc', 'openclaw'])('channels of a gateway that speaks %s', (dialect) => {
  const shared = shareHome((home) => startGateway(home, dialect));

  it('channels lists them as text and as a document', async () => {
    const home = shared();
    const plain = await home.run('channels');
    expect(plain).toMatchObject({ code: 0, stderr: '' });
    expect(plain.stdout).toMatch(/● +webchat +Web chat .*connected/);
    expect(plain.stdout).toMatch(/○ +device +Linked device .*disconnected +not logged in/);
    expect((await home.run('channels', 'list')).stdout).toBe(plain.stdout);
    const document = await home.document('channels');
    expect(document).toMatchObject({ schema: 'deskclaw.channels/1' });
    expect(listAt(document, 'channels')).toMatchObject([
      { id: 'webchat', status: 'connected' },
      { id: 'device', status: 'disconnected', linked: false },
    ]);
  });

  it('channels disconnect and connect print the status that the gateway reports afterwards', async () => {
    const home = shared();
    expect(await home.document('channels', 'disconnect', 'webchat')).toMatchObject({
      schema: 'deskclaw.channel/1',
      channel: { id: 'webchat', status: 'disconnected' },
    });
    expect(await statusOf(home, 'webchat')).toBe('disconnected');
    const connected = await home.run('channels', 'connect', 'webchat');
    expect(connected).toMatchObject({ code: 0, stderr: '' });
    expect(connected.stdout).toMatch(/webchat .*connected/);
    expect((await home.run('channels', 'connect', 'webchat')).stderr).toContain('already');
  });

  it('channels connect exits with 6 when a channel stays connecting', async () => {
    const home = await running(dialect, 'channels-stuck');
    const ended = await home.run('channels', 'connect', 'webchat', '--timeout', '0.2', '--json');
    expect(ended).toMatchObject({ code: 6, stdout: '' });
    expect(parseDocument(ended.stderr)).toMatchObject({ error: { code: 'channel.timeout' } });
  });

  it('channels connect exits with 4 and suggests a login when nobody is logged in', async () => {
    const home = shared();
    const ended = await home.run('channels', 'connect', 'device');
    expect(ended).toMatchObject({ code: 4, stdout: '' });
    expect(ended.stderr).toContain('(channel.login-required)');
    expect(ended.stderr).toContain('deskclaw channels qr device');
  });

  it('channels connect exits with 1 and lists the known channels for an unknown one', async () => {
    const home = shared();
    for (const act of ['connect', 'disconnect', 'qr']) {
      const ended = await home.run('channels', act, 'devise');
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      expect(ended.stderr).toContain('webchat, device');
    }
  });

  it('without a QR code: exit 7, in the gateway’s words', async () => {
    const home = shared();
    const ended = await home.run('channels', 'qr', 'webchat', '--json');
    expect(ended).toMatchObject({ code: 7, stdout: '' });
    expect(parseDocument(ended.stderr)).toMatchObject({ error: { code: 'rpc.error' } });
  });

  it('channels qr exits with 6 when nobody logs in in time', async () => {
    const home = shared();
    const ended = await home.run('channels', 'qr', 'device', '--timeout', '0.3', '--json');
    expect(ended.code).toBe(6);
    expect(parseDocuments(ended.stdout)).toMatchObject([{ schema: 'deskclaw.channel-qr/1', channelId: 'device' }]);
    expect(parseDocument(ended.stderr)).toMatchObject({ error: { code: 'channel.timeout' } });
  });
});

describe('a login by a QR code', () => {
  it('ends when the device is linked; then it is connected, and can be logged out', async () => {
    const home = await running('jsonrpc');
    const waiting = home.start(['channels', 'qr', 'device', '--json']);
    const code = await record(waiting, 'channel-qr');
    expect(code).toMatchObject({ channelId: 'device', expiresAt: expect.stringMatching(/Z$/) });
    const device = await link(String(code['text']));
    const ended = await waiting.ended;
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(parseDocuments(ended.stdout).at(-1)).toMatchObject({
      schema: 'deskclaw.channel/1',
      channel: { id: 'device', status: 'connected', linked: true },
    });
    expect((await home.run('channels', 'qr', 'device')).code).toBe(0);
    const cut = new Promise((resolve) => device.addEventListener('close', ({ code: why }) => resolve(why)));
    expect((await home.run('channels', 'disconnect', 'device', '--logout')).code).toBe(0);
    expect(await cut).toBe(4401);
  });

  it('shows each new code when the one before has expired', async () => {
    const home = await running('jsonrpc', 'link-code-lives=200');
    const waiting = home.start(['channels', 'qr', 'device']);
    const first = await record(waiting, 'channel-qr');
    const second = await record(waiting, 'channel-qr', 1);
    expect(second['text']).not.toBe(first['text']);
    waiting.child.kill('SIGINT');
    expect(await waiting.ended).toMatchObject({ code: 130 });
  });

  it('channels qr shows a refreshed picture of OpenClaw and ends when the device is linked', async () => {
    const home = await running('both', 'link-code-lives=1500');
    const waiting = home.start(['channels', 'qr', 'device', '--json']);
    const first = await record(waiting, 'channel-qr');
    expect(readQrPicture(String(first['dataUrl']))).toBeDefined();
    const second = await record(waiting, 'channel-qr', 1);
    expect(second['dataUrl']).not.toBe(first['dataUrl']);
    waiting.child.kill('SIGINT');
    await waiting.ended;
  });

  it('channels qr ends by the waiting request of OpenClaw when the device is linked', async () => {
    const home = await running('both');
    const waiting = home.start(['channels', 'qr', 'device', '--json']);
    const code = await record(waiting, 'channel-qr');
    const url = String(at(at(await home.document('status'), 'gateway'), 'url'));
    // The content of the picture is requested in the other dialect; the newest code is the valid one.
    const { socket, answer } = await ask(url, 'channels.getQRCode', { channelId: 'device' });
    socket.close();
    const text = String(at(at(answer, 'result'), 'qr'));
    expect(readQrPicture(String(code['dataUrl']))).toHaveLength(encode(text, { border: 0 }).size);
    const device = await link(text);
    const ended = await waiting.ended;
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(parseDocuments(ended.stdout).at(-1)).toMatchObject({ channel: { status: 'connected', linked: true } });
    device.close();
  });

  it('channels qr works with an OpenClaw that accepts no channel name', async () => {
    const home = await running('openclaw', 'openclaw-protocol=3');
    const waiting = home.start(['channels', 'qr', 'device']);
    expect(await record(waiting, 'channel-qr')).toMatchObject({ dataUrl: expect.stringMatching(/^data:image/) });
    waiting.child.kill('SIGINT');
    await waiting.ended;
  });

  it.skipIf(!hasScript)('channels qr draws the code in a terminal and prints data when there is no room', async () => {
    const home = await running('openclaw');
    const wide = home.startInTerminal(120, 'channels', 'qr', 'device');
    await wide.shown('stdout', /█/);
    await wide.shown('stdout', /Scan the code/);
    wide.child.stdin.write('\u0003');
    expect((await wide.ended).code).toBe(130);
    const narrow = home.startInTerminal(30, 'channels', 'qr', 'device');
    await narrow.shown('stdout', /needs \d+ columns.*"deskclaw\.channel-qr\/1"/s);
    narrow.child.stdin.write('\u0003');
    expect((await narrow.ended).code).toBe(130);
  });
});

it('what the gateway does not know: exit 7, and which version it is', async () => {
  const home = await running('openclaw', 'openclaw-protocol=3');
  for (const act of ['connect', 'disconnect']) {
    const channel = act === 'connect' ? 'device' : 'webchat';
    const ended = await home.run('channels', act, channel, '--json');
    expect(ended).toMatchObject({ code: 7, stdout: '' });
    expect(at(parseDocument(ended.stderr), 'error')).toMatchObject({
      code: 'method.not-offered',
      detail: expect.stringContaining('(version dev)'),
    });
  }
});

it('channels exits with 3 without a gateway', async () => {
  for (const args of [[], ['connect', 'x'], ['disconnect', 'x'], ['qr', 'x']]) {
    expect(await new Home().run('channels', ...args)).toMatchObject({ code: 3, stdout: '' });
  }
});

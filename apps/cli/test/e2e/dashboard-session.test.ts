/** Rows T4 and T5 with the real host: a person's browser, and what another program on this machine can do. */
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { nodeClock } from '@deskclaw/core';
import { ControlClient } from '@deskclaw/core/client';
import { connectHostChannel } from '@deskclaw/host';
import { RpcErrorCode, SESSION_REFUSED } from '@deskclaw/protocol';
import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DashboardPage } from '../../../../packages/host/test/host/dashboard-page.ts';
import { hasBrowser, shareBrowser } from '../support/chromium.ts';
import { Home, shareHome } from '../support/deskclaw.ts';
import { at, numberAt } from '../support/shape.ts';

const state = (page: Page, word: string) =>
  page.locator('.state-word', { hasText: new RegExp(`^${word}$`, 'u') }).waitFor({ timeout: 60_000 });

/** A client of the home's host that asks for the page that leads to a link, as `deskclaw ui` does. */
async function redirectPage(home: Home): Promise<{ readonly url: string; readonly file: string }> {
  const env = { DESKCLAW_HOME: home.folder, HOME: home.folder };
  const connection = await connectHostChannel({ profile: 'default', env });
  if (connection === undefined) throw new Error('no host');
  const client = new ControlClient(connection.channel, { clock: nodeClock });
  const { url, redirectPage: file = '' } = await client.call('host.openDashboard', { redirectPage: true });
  client.close();
  return { url, file };
}

async function link(home: Home): Promise<string> {
  return String((await home.document('ui', '--no-open'))['url']);
}

const shared = shareHome((home) => home.startBuiltin());

describe.skipIf(!hasBrowser)('the dashboard in a browser', { timeout: 120_000 }, () => {
  const browser = shareBrowser();

  it('T4: the page on disk opens the dashboard once, is private, and is gone afterwards', async () => {
    const home = shared();
    const { url, file } = await redirectPage(home);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const page = await browser.newPage();
    await page.goto(pathToFileURL(file).href);
    await state(page, 'Running');
    expect(page.url()).toBe(`${new URL(url).origin}/`);
    expect(() => statSync(file)).toThrow(/ENOENT/);
  });

  it('T4: a used link leads to the dashboard with a session, and to the command for a new one without', async () => {
    const home = shared();
    const used = await link(home);
    const mine = await browser.newContext();
    const first = await mine.newPage();
    await first.goto(used);
    await state(first, 'Running');
    const second = await mine.newPage();
    await second.goto(used);
    await state(second, 'Running');
    expect(second.url()).toBe(`${new URL(used).origin}/`);
    const stranger = await (await browser.newContext()).newPage();
    await stranger.goto(used);
    await stranger.getByRole('alert').getByText('Open the dashboard with a new link').waitFor();
    await stranger.getByText('deskclaw ui', { exact: true }).waitFor();
  });

  it('T5: another server on this machine gets nothing of the session from the same browser', async () => {
    const home = shared();
    const url = await link(home);
    const page = await browser.newPage();
    await page.goto(url);
    await state(page, 'Running');
    const headers: unknown[] = [];
    const other = createServer((request, response) => {
      headers.push(request.headers);
      response.setHeader('content-type', 'text/html');
      response.end('<title>other</title>');
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const address = other.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    await page.goto(`http://127.0.0.1:${String(address.port)}/`);
    expect(headers.length).toBeGreaterThan(0);
    for (const each of headers) expect(each).not.toHaveProperty('cookie');
    expect(await page.context().cookies()).toEqual([]);
    const found = await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]');
    expect(found).toEqual([0, 0, '']);
    // Nor can its page connect: the origin is not the dashboard's.
    const control = `${new URL(url).origin.replace('http', 'ws')}/control`;
    const outcome = await page.evaluate(
      (target) =>
        new Promise((resolve) => {
          const socket = new WebSocket(target);
          socket.onopen = () => resolve('open');
          socket.onerror = () => resolve('refused');
        }),
      control,
    );
    expect(outcome).toBe('refused');
  });

  it('T5: an open tab and a reloaded one survive stop and start, and a killed host', async () => {
    const home = new Home();
    await home.startBuiltin();
    const url = await link(home);
    const page = await browser.newPage();
    await page.goto(url);
    await state(page, 'Running');
    await home.run('stop');
    await page.locator('.banner').waitFor();
    await home.startBuiltin();
    await page.locator('.banner').waitFor({ state: 'detached', timeout: 60_000 });
    await state(page, 'Running');
    const host = numberAt(await home.document('status'), 'host.pid');
    process.kill(host, 'SIGKILL');
    await page.locator('.banner').waitFor();
    await home.startBuiltin();
    await page.locator('.banner').waitFor({ state: 'detached', timeout: 60_000 });
    await page.reload();
    await state(page, 'Running');
    expect(new URL(page.url()).origin).toBe(new URL(url).origin);
    expect(new URL(await link(home)).origin).toBe(new URL(url).origin);
  });

  it('T5: ui --revoke ends open pages, with a host and without', async () => {
    const home = new Home();
    await home.startBuiltin();
    const page = await browser.newPage();
    await page.goto(await link(home));
    await state(page, 'Running');
    expect(await home.document('ui', '--revoke')).toEqual({ schema: 'deskclaw.ui-revoke/1', sessions: 1 });
    await page.getByRole('alert').getByText('The session of this page ended').waitFor();
    await page.goto(await link(home));
    await state(page, 'Running');
    await home.run('stop');
    expect(await home.run('ui', '--revoke')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Ended 1 session'),
    });
    expect(await home.document('ui', '--revoke')).toMatchObject({ sessions: 0 });
    await home.startBuiltin();
    await page.goto(await link(home));
    await state(page, 'Running');
  });
});

describe('the dashboard of a host', { timeout: 120_000 }, () => {
  const portOf = (document: unknown) => numberAt(document, 'port');

  it('T5: a page cannot start a command, and reads no secret of the settings', async () => {
    const home = shared();
    const url = await link(home);
    const page = await DashboardPage.connect(Number(new URL(url).port));
    onTestFinished(() => page.close());
    expect(await page.ask('config.get')).toMatchObject({ closed: SESSION_REFUSED });
    const own = await DashboardPage.connect(Number(new URL(url).port));
    onTestFinished(() => own.close());
    await own.open(url);
    const denied = { error: { code: RpcErrorCode.PermissionDenied } };
    expect(await own.ask('gateway.start', { command: ['/bin/sh', '-c', 'id'] })).toMatchObject(denied);
    expect(await own.ask('host.openDashboard')).toMatchObject(denied);
    expect(await own.ask('gateway.rpc', { method: 'system.updateConfig', params: {} })).toMatchObject(denied);
    expect(await own.ask('gateway.rpc', { method: 'system.health' })).toMatchObject({ result: { ok: true } });
  });

  it('T5: 3,000 idle connections neither exhaust the descriptors of the host nor slow its answers', async () => {
    const home = shared();
    const url = await link(home);
    const port = Number(new URL(url).port);
    const host = numberAt(await home.document('status'), 'host.pid');
    const descriptors = () => readdirSync(`/proc/${String(host)}/fd`).length;
    const before = descriptors();
    const idle: Socket[] = [];
    onTestFinished(() => {
      for (const socket of idle) socket.destroy();
    });
    for (let count = 0; count < 3_000; count += 1) {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      idle.push(socket);
      if (count % 200 === 199) await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
    }
    expect(descriptors()).toBeLessThan(before + 600);
    await expect.poll(descriptors, { timeout: 60_000 }).toBeLessThan(before + 150);
    expect(await home.document('call', 'system.health')).toMatchObject({ result: { ok: true } });
    const page = await DashboardPage.connect(port);
    onTestFinished(() => page.close());
    await page.open(url);
    expect(await page.ask('gateway.status')).toMatchObject({ result: { state: 'running' } });
  });

  it('ui serves the port that is named, also beside another one, and says when it cannot', async () => {
    const home = new Home();
    const first = portOf(await home.document('ui', '--no-open'));
    expect(portOf(await home.document('ui', '--no-open'))).toBe(first);
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    onTestFinished(() => void holder.close());
    const address = holder.address();
    const taken = address === null || typeof address === 'string' ? 0 : address.port;
    const refused = await home.run('ui', '--no-open', '--port', String(taken));
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(`Port ${String(taken)}`) });
    expect(refused.stderr).toContain(`(pid ${String(process.pid)})`);
    holder.close();
    await once(holder, 'close');
    const second = await home.document('ui', '--no-open', '--port', String(taken));
    expect(second).toMatchObject({ port: taken });
    expect((await fetch(`http://127.0.0.1:${String(first)}/`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${String(taken)}/`)).status).toBe(200);
  });

  it('the port is the same after a stop; where another program took it, another one, and that is said', async () => {
    const home = new Home();
    const port = portOf(await home.document('ui', '--no-open'));
    await home.run('stop');
    expect(portOf(await home.document('ui', '--no-open'))).toBe(port);
    await home.run('stop');
    const holder = createServer().listen(port, '127.0.0.1');
    await once(holder, 'listening');
    onTestFinished(() => void holder.close());
    const moved = await home.run('ui', '--no-open');
    expect(moved).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`Another program uses port ${String(port)}`),
    });
    expect(new URL(moved.stdout.trim()).port).not.toBe(String(port));
  });

  it('the state folder keeps hashes of sessions only, readable by their owner', async () => {
    const home = new Home();
    const url = await link(home);
    const page = await DashboardPage.connect(Number(new URL(url).port));
    const { secret } = await page.open(url);
    page.close();
    await home.run('stop');
    const file = join(home.folder, 'state', 'default', 'dashboard.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain(secret);
    expect(at(JSON.parse(text), 'sessions')).toHaveLength(1);
  });
});

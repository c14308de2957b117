import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isObject } from '@deskclaw/protocol';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { dialReady, faults, serve } from './real.ts';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const chromiumPath = process.env['DESKCLAW_CHROMIUM'] ?? places.find((place) => existsSync(place));
if (chromiumPath === undefined) {
  console.warn(`SKIPPED: no Chromium at ${places.join(', ')} and DESKCLAW_CHROMIUM is not set.`);
}

/** Folders of the built modules, which a page loads without a bundler. */
const roots: Readonly<Record<string, string>> = {
  core: fileURLToPath(new URL('../../dist/', import.meta.url)),
  protocol: dirname(fileURLToPath(import.meta.resolve('@deskclaw/protocol'))),
};
const html = `<!doctype html><script type="importmap">{"imports":{"@deskclaw/protocol":"/protocol/index.js"}}</script>`;

async function startSite(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site');
    const [, package_ = '', ...path] = normalize(pathname).split('/');
    const root = roots[package_];
    if (root === undefined || extname(pathname) !== '.js') {
      response.setHeader('Content-Type', 'text/html').end(html);
      return;
    }
    readFile(join(root, ...path)).then(
      (file) =>
        response.setHeader('Content-Type', 'text/javascript').setHeader('Cache-Control', 'max-age=600').end(file),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not on a port');
  return {
    url: `http://127.0.0.1:${String(address.port)}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe.skipIf(chromiumPath === undefined)('the client in a browser page', () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof startSite>>;
  /** For tests that leave nothing in the page: to load all modules takes 0.5 s of processor time. */
  let shared: Page;
  beforeAll(async () => {
    site = await startSite();
    browser = await chromium.launch({ executablePath: chromiumPath ?? '', headless: true });
    shared = await browser.newPage();
    await shared.goto(site.url);
  });
  afterAll(async () => {
    await browser.close();
    site.close();
  });

  /** @param profile the browser's memory */
  async function open(profile: BrowserContext): Promise<Page> {
    const page = await profile.newPage();
    onTestFinished(() => page.close());
    await page.goto(site.url);
    return page;
  }

  /** Runs the body of a function in the page, with the client's exports and a ready-made connection at hand. */
  function run(page: Page, url: string, options: string, body: string): Promise<unknown> {
    const script = `(async () => {
      const client = await import('/core/client.js');
      const { GatewayConnection, GatewayError, browserSockets } = client;
      const connection = new GatewayConnection({ url: ${JSON.stringify(url)}, socketFactory: browserSockets, ...${options} });
      try { ${body} } finally { await connection.disconnect(); }
    })()`;
    return page.evaluate(script);
  }

  test.each(['jsonrpc', 'openclaw', 'auto'] as const)(
    'connects, calls and streams a chat (told %s)',
    async (reported) => {
      const dialect = reported === 'auto' ? 'jsonrpc' : reported;
      const gateway = await serve({ dialect, token: 'T' });
      const result = await run(
        shared,
        gateway.url,
        `{ dialect: '${reported}', auth: { token: 'T' } }`,
        `connection.connect();
       const session = await connection.whenReady();
       const stream = connection.events('notification');
       const sessionKey = session.dialect === 'openclaw' ? 'agent:main:main' : 'main';
       const { runId } = await connection.request('chat.send', { message: 'hello', sessionKey, idempotencyKey: crypto.randomUUID() });
       for await (const { params } of stream) if (params?.runId === runId && params?.state === 'final') break;
       return { dialect: session.dialect, latency: connection.snapshot().latencyMs.last > 0 };`,
      );
      expect(result).toEqual({ dialect, latency: true });
    },
  );

  test('comes back after a restart, and an idempotent request crosses it', async () => {
    const gateway = await serve({ faults: faults('slow-reply=300') });
    const running = run(
      shared,
      gateway.url,
      `{ dialect: 'jsonrpc', reconnect: { baseDelayMs: 50 }, handshakeTimeoutMs: 10000 }`,
      `connection.connect();
       await connection.whenReady();
       const reply = connection.request('system.version');
       document.title = 'asked';
       const { version } = await reply;
       return { version: typeof version, ...connection.snapshot().counters };`,
    );
    await shared.waitForFunction(`document.title === 'asked'`);
    await gateway.restart(100);
    expect(await running).toMatchObject({ version: 'string', resent: 1, sessions: 2 });
  });

  test('a browser page reports the same problem as Node does', async () => {
    const gateway = await serve({ token: 'right' });
    const result = await run(
      shared,
      gateway.url,
      `{ dialect: 'jsonrpc', auth: { token: 'wrong' } }`,
      `connection.connect();
       try { await connection.whenReady(); } catch (error) {
         return { isOurs: error instanceof GatewayError, code: error.code, title: error.problem.title };
       }`,
    );
    expect(result).toEqual({ isOurs: true, code: 'auth.token-mismatch', title: 'The gateway rejected the token' });
  });

  test.each(['3', '4'] as const)(
    'a browser page is a device whose key the browser creates and stores: approved once, recognised on every later page (protocol %s)',
    async (protocol) => {
      const gateway = await serve({
        dialect: 'openclaw',
        token: 'T',
        faults: faults('device-approval', `openclaw-protocol=${protocol}`),
      });
      const profile = await browser.newContext();
      onTestFinished(() => profile.close());
      const asDevice = (page: Page, token: string, body: string) =>
        run(
          page,
          gateway.url,
          `{
            dialect: 'openclaw',
            auth: {
              token: '${token}',
              useDevice: 'always',
              device: new client.StoredDevice({ records: {
                load: async () => localStorage.getItem('device') ?? undefined,
                save: async (text) => localStorage.setItem('device', text),
                clear: async () => localStorage.removeItem('device'),
              } }),
            },
          }`,
          body,
        );
      const refused = await asDevice(
        await open(profile),
        'T',
        `connection.connect();
         return await connection.whenReady().catch(({ problem }) => ({ code: problem.code, ...problem.actions[0] }));`,
      );
      expect(refused).toMatchObject({ code: 'auth.pairing-required', id: 'approve' });
      const command = isObject(refused) ? String(refused['command']) : '';
      const owner = await dialReady(gateway.url, { dialect: 'openclaw', auth: { token: 'T' } });
      await owner.request<string>('device.pair.approve', { requestId: command.split(' ').at(-1) });

      // A device with its own token needs no other token and no second approval: its signature was verified.
      const known = `connection.connect();
        const session = await connection.whenReady();
        while (!localStorage.getItem('device').includes('ws://')) await new Promise((resolve) => setTimeout(resolve, 20));
        return session.protocol;`;
      expect(await asDevice(await open(profile), 'T', known)).toBe(Number(protocol));
      expect(await asDevice(await open(profile), 'of no use', known)).toBe(Number(protocol));
    },
  );

  test('keeps an idle connection alive with requests, for pages cannot ping', async () => {
    const gateway = await serve();
    const result = await run(
      shared,
      gateway.url,
      `{ dialect: 'jsonrpc', heartbeat: { intervalMs: 100, timeoutMs: 1000 } }`,
      `connection.connect();
       await connection.whenReady();
       while (connection.snapshot().counters.results < 3) await new Promise((resolve) => setTimeout(resolve, 20));
       return connection.snapshot().state;`,
    );
    expect(result).toBe('ready');
  });
});

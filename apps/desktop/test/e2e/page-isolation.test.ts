import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { CONTENT_SECURITY_POLICY } from '../../src/window/bundle.ts';
import { DesktopApp, deskclaw } from './desktop-app.ts';
import { appFolder, closeDisplay, findMissingRequirement, Home } from './test-environment.ts';

const missing = findMissingRequirement();
let home: Home;
let app: DesktopApp;

beforeEach(async (context) => {
  if (missing !== undefined) context.skip(missing);
  home = new Home();
  app = await DesktopApp.launch(home);
  await app.waitForState('Gateway: Stopped');
});
afterEach(async () => {
  await app?.kill();
  home?.remove();
});
afterAll(closeDisplay);

/** A server that the page must never reach; counts every connection. */
async function lure(): Promise<{ readonly url: string; readonly visits: () => number; close(): void }> {
  let visits = 0;
  const server: Server = createServer((_request, response) => response.end('caught')).on('connection', () => {
    visits += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${String(port)}/`,
    visits: () => visits,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

test('the page has no access to Node or Electron', async () => {
  const found = await app.page.evaluate(() => ({
    globals: ['require', 'process', 'module', 'Buffer', 'global', 'electron', 'ipcRenderer'].filter(
      (name) => name in globalThis,
    ),
    bridge: Object.keys(Reflect.get(globalThis, 'deskclaw')),
    isolated: window.origin,
  }));
  expect(found).toEqual({ globals: [], bridge: ['connect'], isolated: 'app://bundle' });
});

test('the page process is sandboxed', async () => {
  const pid = await app.electron.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId(),
  );
  // 2: system calls are filtered. Without the sandbox it is 0.
  expect(readFileSync(`/proc/${String(pid)}/status`, 'utf8')).toMatch(/^Seccomp:\s+2$/mu);
});

test('the page cannot connect or navigate anywhere', async () => {
  const trap = await lure();
  try {
    const attempts = await app.page.evaluate(async (url) => {
      const outcome = (promise: Promise<unknown>) =>
        promise.then(
          () => 'reached',
          () => 'refused',
        );
      const element = (name: 'img' | 'script' | 'iframe' | 'link', attributes: Record<string, string>) =>
        new Promise((resolve, reject) => {
          const made = document.createElement(name);
          for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
          made.addEventListener('load', resolve);
          made.addEventListener('error', reject);
          document.body.append(made);
          // A frame that is blocked loads an error page, and says "load" for it.
          if (name === 'iframe') setTimeout(reject, 500);
        });
      return {
        fetch: await outcome(fetch(url, { mode: 'no-cors' })),
        itself: await outcome(fetch('app://bundle/desktop.html')),
        socket: await outcome(
          new Promise((resolve, reject) => {
            const socket = new WebSocket(url.replace('http', 'ws'));
            socket.onopen = resolve;
            socket.onerror = reject;
          }),
        ),
        image: await outcome(element('img', { src: `${url}x.png` })),
        script: await outcome(element('script', { src: `${url}x.js` })),
        style: await outcome(element('link', { rel: 'stylesheet', href: `${url}x.css` })),
        inline: await outcome(
          new Promise((resolve, reject) => {
            Reflect.set(globalThis, 'ranInline', resolve);
            const made = document.createElement('script');
            made.textContent = 'ranInline()';
            document.body.append(made);
            setTimeout(reject, 200);
          }),
        ),
        opened: window.open(url) === null ? 'refused' : 'opened',
      };
    }, trap.url);
    // A refused permission reports no error here, so the test checks the effect.
    await app.page.evaluate((url) => {
      navigator.sendBeacon(url);
      location.assign(url);
      const form = document.createElement('form');
      form.action = url;
      document.body.append(form);
      form.submit();
      const link = document.createElement('a');
      link.href = url;
      document.body.append(link);
      link.click();
    }, trap.url);
    // A last allowed navigation, after all the refused ones.
    await app.electron.evaluate(({ net }, url) => net.fetch(url).then((response) => response.text()), trap.url);
    expect(attempts).toEqual({
      ...{ fetch: 'refused', itself: 'refused', socket: 'refused', image: 'refused', script: 'refused' },
      ...{ style: 'refused', inline: 'refused', opened: 'refused' },
    });
    const pages = await app.electron.evaluate(({ webContents }) =>
      webContents.getAllWebContents().map((one) => one.getURL()),
    );
    expect(pages).toEqual(['app://bundle/desktop.html']);
    expect(trap.visits()).toBe(1);
  } finally {
    trap.close();
  }
});

test('every permission request is refused', async () => {
  const answers = await app.page.evaluate(async () => {
    const state = async (name: string) => {
      try {
        // Names that the types of another browser do not know are asked for as well.
        return (await navigator.permissions.query({ name } as PermissionDescriptor)).state;
      } catch {
        return 'denied';
      }
    };
    return {
      location: await state('geolocation'),
      notifications: await Notification.requestPermission(),
      camera: await navigator.mediaDevices.getUserMedia({ video: true }).then(
        () => 'granted',
        () => 'denied',
      ),
      midi: await state('midi'),
    };
  });
  expect(Object.values(answers)).toEqual(Array.from(Object.values(answers), () => 'denied'));
});

test('the app scheme serves only files of the page folder', async () => {
  const answers = await app.electron.evaluate(
    async ({ session }, urls) => {
      const found: [string, number, string | null][] = [];
      for (const url of urls) {
        const response = await session.defaultSession.fetch(url);
        found.push([url, response.status, response.headers.get('content-security-policy')]);
      }
      return found;
    },
    [
      'app://bundle/desktop.html',
      'app://bundle/../main/main.js',
      'app://bundle/..%2fmain%2fmain.js',
      'app://bundle/%2e%2e/%2e%2e/package.json',
      'app://bundle/assets/..%2f..%2f..%2fpackage.json',
      'app://bundle/%00',
      'app://bundle/',
      'app://elsewhere/desktop.html',
    ],
  );
  expect(answers.map(([, status]) => status)).toEqual([200, 404, 404, 404, 404, 404, 404, 404]);
  expect(new Set(answers.map(([, , policy]) => policy))).toEqual(new Set([CONTENT_SECURITY_POLICY]));
});

/** Posts to a port of its own as a page could, and gathers what comes back. */
function exchange(messages: readonly unknown[], answers: number): Promise<readonly string[]> {
  return app.page.evaluate(
    ({ messages: posted, answers: wanted }) =>
      new Promise<string[]>((resolve) => {
        const heard: string[] = [];
        addEventListener('message', function take(event) {
          const [port] = event.ports;
          if (event.data !== 'deskclaw:port' || port === undefined) return;
          removeEventListener('message', take);
          port.onmessage = ({ data }) => {
            heard.push(String(data));
            if (heard.length === wanted) resolve(heard);
          };
          for (const message of posted) port.postMessage(message);
        });
        Reflect.get(globalThis, 'deskclaw').connect();
      }),
    { messages, answers },
  );
}

function call(id: number, method: string, params?: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) });
}

test('invalid frames are answered and forbidden methods refused', async () => {
  const answers = await exchange(
    [
      'not JSON',
      { an: 'object' },
      null,
      '[]',
      `[${call(1, 'host.info')}]`,
      '{"jsonrpc":"2.0","id":2}',
      'x'.repeat(9 * 1024 * 1024),
      call(3, 'gateway.start', { command: ['touch', '/tmp/owned'] }),
      call(4, 'host.shutdown'),
      call(5, 'host.openDashboard'),
      call(6, 'no.such.method'),
      call(7, 'gateway.start', { port: 'twelve' }),
      call(8, 'host.info'),
    ],
    13,
  );
  const codes = answers.map((text) => {
    const { id, error, result } = JSON.parse(text);
    return [id, error?.code ?? result?.kind];
  });
  expect(codes.sort(([, a], [, b]) => String(a).localeCompare(String(b)))).toEqual(
    [
      [null, -32700],
      [null, -32700],
      [null, -32700],
      [null, -32600],
      [null, -32600],
      [null, -32600],
      [null, -32600],
      [3, -32003],
      [4, -32003],
      [5, -32003],
      [6, -32601],
      [7, -32602],
      [8, 'desktop'],
    ].sort(([, a], [, b]) => String(a).localeCompare(String(b))),
  );
  await app.waitForState('Gateway: Stopped');
});

test('a foreign page gets no channel, even with the preload script', async () => {
  const elsewhere = await lure();
  try {
    const answer = await app.electron.evaluate(
      async ({ BrowserWindow }, { preload, url }) => {
        const stranger = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } });
        await stranger.loadURL(url);
        const heard: unknown = await stranger.webContents.executeJavaScript(`new Promise((resolve) => {
          addEventListener('message', ({ ports: [port] }) => {
            port.addEventListener('close', () => resolve('closed'));
            port.onmessage = ({ data }) => resolve(data);
            port.postMessage('{"jsonrpc":"2.0","id":1,"method":"host.info"}');
          });
          deskclaw.connect();
        })`);
        stranger.destroy();
        return heard;
      },
      { preload: join(appFolder, 'dist', 'preload', 'preload.cjs'), url: elsewhere.url },
    );
    expect(answer).toBe('closed');
  } finally {
    elsewhere.close();
  }
});

test('the port of the page never carries a token', async () => {
  const started = await deskclaw(home, 'start', '--gateway', 'builtin');
  expect(started.code).toBe(0);
  const token = readFileSync(join(home.folder, 'dc', 'state', 'default', 'gateway.token'), 'utf8').trim();
  expect(token.length).toBeGreaterThan(16);
  const answers = await exchange(
    [
      'host.info',
      'gateway.status',
      'config.get',
      'logs.query',
      'timeline.query',
      'gateway.methods',
      'gateway.health',
    ].map((method, id) => call(id, method)),
    7,
  );
  expect(answers.filter((text) => text.includes(token))).toEqual([]);
  expect(await app.page.content()).not.toContain(token);
});

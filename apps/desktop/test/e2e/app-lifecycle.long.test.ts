import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { DesktopApp, deskclaw, isAlive, statusOf } from './desktop-app.ts';
import { closeDisplay, findMissingRequirement, gatewayProgram, Home } from './test-environment.ts';

const missing = findMissingRequirement();
let home: Home;
let app: DesktopApp | undefined;

beforeEach((context) => {
  if (missing !== undefined) context.skip(missing);
  home = new Home();
});
afterEach(async () => {
  await app?.kill();
  app = undefined;
  home?.remove();
});
afterAll(closeDisplay);

async function open(...args: readonly string[]): Promise<DesktopApp> {
  app = await DesktopApp.launch(home, args);
  return app;
}

async function startBuiltin(): Promise<void> {
  const started = await deskclaw(home, 'start', '--gateway', 'builtin');
  if (started.code !== 0) throw new Error(started.stderr);
}

async function gatewayPid(): Promise<number> {
  const { pid } = (await statusOf(home)).gateway;
  if (typeof pid !== 'number') throw new Error('the status names no process');
  return pid;
}

async function hostPid(): Promise<unknown> {
  return (await statusOf(home)).host?.['pid'];
}

test('the app becomes the host for the command line and stops its gateway when it quits', async () => {
  const desktop = await open();
  await desktop.waitForState('Gateway: Stopped');
  expect(await hostPid()).toBe(desktop.process.pid);
  await startBuiltin();
  await desktop.waitForState('Gateway: Running');
  expect(await hostPid()).toBe(desktop.process.pid);
  const gateway = await gatewayPid();

  desktop.process.kill('SIGTERM');
  expect(await desktop.ended()).toBe(0);
  expect(isAlive(gateway)).toBe(false);
  expect((await statusOf(home)).host).toBeUndefined();
});

test('the app joins a running host and leaves it running', async () => {
  await startBuiltin();
  const [host, gateway] = [await hostPid(), await gatewayPid()];
  const desktop = await open();
  await desktop.waitForState('Gateway: Running');
  expect(await hostPid()).toBe(host);

  await desktop.answerDialogs('Keep Running');
  await desktop.quit();
  expect(await desktop.ended()).toBe(0);
  expect(await gatewayPid()).toBe(gateway);
  expect(await hostPid()).toBe(host);
});

test('quitting with Stop ends the gateway and the background host', async () => {
  await startBuiltin();
  const [host, gateway] = [Number(await hostPid()), await gatewayPid()];
  const desktop = await open();
  await desktop.waitForState('Gateway: Running');
  await desktop.answerDialogs('Stop and Quit');
  await desktop.quit();
  expect(await desktop.ended()).toBe(0);
  expect(isAlive(gateway)).toBe(false);
  await expect.poll(() => isAlive(host)).toBe(false);
});

test('quitting with Keep Running hands the same process to a background host', async () => {
  const desktop = await open();
  await desktop.waitForState('Gateway: Stopped');
  await desktop.page.getByRole('button', { name: 'Start built-in gateway' }).click();
  await desktop.waitForState('Gateway: Running');
  const before = await gatewayPid();
  await desktop.answerDialogs('Keep Running');
  await desktop.quit();
  expect(await desktop.ended()).toBe(0);

  const { gateway, host } = await statusOf(home);
  expect(gateway['state']).toBe('running');
  expect(host?.['pid']).not.toBe(desktop.process.pid);
  // The same process continues without interruption for its users.
  expect(gateway['pid']).toBe(before);
  expect(isAlive(before)).toBe(true);
  // The new host holds the lifeline and notices the exit.
  expect((await deskclaw(home, 'stop')).code).toBe(0);
  expect(isAlive(before)).toBe(false);
});

test('a cancelled quit dialog keeps the app open', async () => {
  const desktop = await open();
  await startBuiltin();
  await desktop.waitForState('Gateway: Running');
  await desktop.answerDialogs('Cancel');
  await desktop.quit();
  await expect.poll(() => desktop.dialogs()).toMatchObject([{ message: 'Keep the gateway running after you quit?' }]);
  await desktop.page.getByRole('button', { name: 'Stop gateway', exact: true }).click();
  await desktop.waitForState('Gateway: Stopped');
  // Without a running gateway the app quits without asking.
  await desktop.quit();
  expect(await desktop.ended()).toBe(0);
});

test('the app becomes the host when the joined one dies and restarts its gateway', async () => {
  await startBuiltin();
  const desktop = await open();
  await desktop.waitForState('Gateway: Running');
  const gateway = await gatewayPid();

  process.kill(Number(await hostPid()), 'SIGKILL');
  await expect.poll(hostPid, { timeout: 20_000 }).toBe(desktop.process.pid);
  await desktop.page
    .getByText(`pid ${String(desktop.process.pid)}`)
    .first()
    .waitFor();
  await desktop.waitForState('Gateway: Running');
  // The lifeline closed with the host, so a new process runs; there are never two.
  await expect.poll(() => isAlive(gateway)).toBe(false);
  expect(isAlive(await gatewayPid())).toBe(true);
});

test('the app adopts a gateway that outlived its host', async () => {
  const program = ['node', gatewayProgram, '--host', '{host}', '--port', '{port}'];
  home.configure({ command: program });
  await deskclaw(home, 'start');
  const desktop = await open();
  await desktop.waitForState('Gateway: Running');
  const gateway = await gatewayPid();

  process.kill(Number(await hostPid()), 'SIGKILL');
  await expect.poll(hostPid, { timeout: 20_000 }).toBe(desktop.process.pid);
  await desktop.waitForState('Gateway: Running');
  expect(await gatewayPid()).toBe(gateway);
  desktop.process.kill('SIGTERM');
  expect(await desktop.ended()).toBe(0);
  expect(isAlive(gateway)).toBe(false);
});

test('a second start shows the window of the first and ends', async () => {
  const desktop = await open();
  await desktop.waitForState('Gateway: Stopped');
  await desktop.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
  expect(await desktop.isVisible()).toBe(false);
  expect(await DesktopApp.runToEnd(home)).toBe(0);
  await expect.poll(() => desktop.isVisible()).toBe(true);
});

test('a second profile runs as a separate app', async () => {
  const desktop = await open();
  const other = await DesktopApp.launch(home, ['--profile', 'other']);
  try {
    await Promise.all([desktop.waitForState('Gateway: Stopped'), other.waitForState('Gateway: Stopped')]);
    await other.page.getByText('other', { exact: true }).waitFor();
  } finally {
    await other.kill();
  }
});

test('an invalid profile name exits with an error', async () => {
  expect(await DesktopApp.runToEnd(home, ['--profile', '../etc'])).toBe(2);
});

test('closing the window quits without a tray and hides with one', async () => {
  const bare = await open();
  await bare.waitForState('Gateway: Stopped');
  await bare.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  expect(await bare.ended()).toBe(0);

  home.program('gdbus', 'echo "(true,)"');
  home.env['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/nonexistent';
  const shown = await open();
  await shown.waitForState('Gateway: Stopped');
  await expect.poll(() => shown.isVisible()).toBe(true);
  await shown.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  await expect.poll(() => shown.isVisible()).toBe(false);
  expect(await DesktopApp.runToEnd(home)).toBe(0);
  await expect.poll(() => shown.isVisible()).toBe(true);
});

test('--hidden starts the app in the tray', async () => {
  const desktop = await open('--hidden');
  await desktop.waitForState('Gateway: Stopped');
  expect(await desktop.isVisible()).toBe(false);
});

test('a crashed page is loaded again', async () => {
  const desktop = await open();
  await desktop.waitForState('Gateway: Stopped');
  const isBack = await desktop.electron.evaluate(
    ({ webContents }) =>
      new Promise((resolve) => {
        const page = webContents.getAllWebContents()[0];
        page?.once('did-finish-load', () => {
          const words = `document.querySelector('.status-bar [role=status]')?.textContent`;
          const saysSo = `new Promise((done) => {
            const look = () => ${words} === 'Gateway: Stopped' && done(true);
            new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
            look();
          })`;
          resolve(page.executeJavaScript(saysSo));
        });
        page?.forcefullyCrashRenderer();
      }),
  );
  expect(isBack).toBe(true);
});

test('the menu opens screens and stores the When I Quit choice', async () => {
  const desktop = await open();
  await desktop.waitForState('Gateway: Stopped');
  expect(await desktop.chooseMenuItem('screen-logs')).toBe(true);
  await desktop.page.locator('main[data-screen=logs]').waitFor();
  expect(await desktop.chooseMenuItem('screen-overview')).toBe(true);
  await desktop.page.locator('main[data-screen=overview]').waitFor();
  expect(desktop.page.url()).toBe('app://bundle/desktop.html#overview');

  await desktop.chooseMenuItem('keep-never');
  const settings = JSON.parse(
    readFileSync(join(home.folder, 'dc', 'config', 'desktop', 'default', 'settings.json'), 'utf8'),
  );
  expect(settings).toMatchObject({ keepGateway: 'never' });
});

test('an invalid configuration blocks the host until it is repaired', async () => {
  home.write(join('dc', 'config', 'config.json'), '{"port":');
  const desktop = await open();
  expect((await deskclaw(home, 'status')).code).not.toBe(0);
  await desktop.page.getByText('Connecting').first().waitFor();
  home.configure({});
  await desktop.waitForState('Gateway: Stopped');
  expect(await hostPid()).toBe(desktop.process.pid);
});

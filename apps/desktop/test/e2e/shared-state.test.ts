import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { isObject } from '@deskclaw/protocol';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { DesktopApp, deskclaw, isAlive, statusOf } from './desktop-app.ts';
import { asOrdinaryUser, closeDisplay, findMissingRequirement, gatewayProgram, Home } from './test-environment.ts';

const missing = findMissingRequirement();
let home: Home;
let app: DesktopApp | undefined;
let outsider: ChildProcess | undefined;

beforeEach((context) => {
  if (missing !== undefined) context.skip(missing);
  home = new Home();
});
afterEach(async () => {
  await app?.kill();
  app = undefined;
  outsider?.kill('SIGKILL');
  outsider = undefined;
  home?.remove();
});
afterAll(closeDisplay);

interface Truth {
  readonly screen: string;
  readonly tray: string;
  readonly icon: string;
  readonly state: unknown;
  /** Whether the process of the status is alive; `undefined` when the status has no pid. */
  readonly process: boolean | undefined;
}

async function truth(of: DesktopApp): Promise<Truth> {
  const [announced, seen, status] = await Promise.all([of.announcement.textContent(), of.tray(), statusOf(home)]);
  const { state, pid } = status.gateway;
  return {
    screen: announced?.match(/^Gateway: (?<word>[^.]+)/u)?.groups?.['word'] ?? String(announced),
    tray: seen.rows?.[0]?.label.match(/^Gateway: (?<word>[^(]+?)( \(|$)/u)?.groups?.['word'] ?? '',
    icon: seen.icon?.match(/(?<name>[^/]+)\.png$/u)?.groups?.['name'] ?? '',
    state,
    process: typeof pid === 'number' ? isAlive(pid) : undefined,
  };
}

/** Waits until everybody says the same, and it is this. */
async function expectTruth(
  of: DesktopApp,
  word: string,
  expected: Pick<Truth, 'icon' | 'state' | 'process'>,
): Promise<void> {
  await expect
    .poll(() => truth(of), { timeout: 20_000, interval: 50 })
    .toEqual({ screen: word, tray: word, ...expected });
}

async function pidOf(of: Home): Promise<number> {
  const { pid } = (await statusOf(of)).gateway;
  if (typeof pid !== 'number') throw new Error('the status names no process');
  return pid;
}

/** The built-in gateway, which is slow to come and slow to go, so that every step can be looked at. */
function slowGateway(...faults: readonly string[]): readonly string[] {
  const flags = ['slow-boot=1500', 'ignore-sigterm', ...faults].flatMap((fault) => ['--fault', fault]);
  return ['node', gatewayProgram, '--host', '{host}', '--port', '{port}', '--allow-faults', ...flags];
}

test('tray, screen, status and process table agree through the life of a gateway', async () => {
  const settings = { health: { intervalMs: 250 }, stop: { graceMs: 1_500 } };
  home.configure({ ...settings, command: slowGateway() });
  app = await DesktopApp.launch(home);
  await app.watchTray();
  await app.waitForState('Gateway: Stopped');
  expect((await statusOf(home)).gateway['state']).toBe('stopped');

  await app.page.getByRole('button', { name: 'Start', exact: true }).click();
  await expectTruth(app, 'Starting', { icon: 'working', state: 'starting', process: true });
  await expectTruth(app, 'Running', { icon: 'running', state: 'running', process: true });
  const first = await pidOf(home);

  process.kill(first, 'SIGSTOP');
  await expectTruth(app, 'Not responding', { icon: 'caution', state: 'running', process: true });
  process.kill(first, 'SIGCONT');
  await expectTruth(app, 'Running', { icon: 'running', state: 'running', process: true });
  expect(await pidOf(home)).toBe(first);

  process.kill(first, 'SIGKILL');
  await app.page.getByText('Killed (SIGKILL)').waitFor();
  await expectTruth(app, 'Running', { icon: 'running', state: 'running', process: true });
  const second = await pidOf(home);
  expect(second).not.toBe(first);
  expect(isAlive(first)).toBe(false);

  await app.page.getByRole('button', { name: 'Stop gateway', exact: true }).click();
  await expectTruth(app, 'Stopping', { icon: 'working', state: 'stopping', process: true });
  await expectTruth(app, 'Stopped', { icon: 'stopped', state: 'stopped', process: undefined });
  expect(isAlive(second)).toBe(false);

  home.configure({ ...settings, command: slowGateway('stderr-text=no such model', 'exit=78') });
  const failed = await deskclaw(home, 'start', '--json');
  expect(failed.code).not.toBe(0);
  await expectTruth(app, 'Failed', { icon: 'alert', state: 'error', process: undefined });
  await app.page.getByText('no such model').first().waitFor();
}, 90_000);

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(isObject(address) ? Number(address['port']) : 0));
    });
  });
}

function startOutsider(port: number): Promise<ChildProcess> {
  const [file, ...args] = asOrdinaryUser(['node', gatewayProgram, '--port', String(port)]);
  const child = spawn(file, args, { env: home.env, stdio: ['ignore', 'pipe', 'ignore'] });
  outsider = child;
  return new Promise((resolve) => child.stdout.once('data', () => resolve(child)));
}

test('an attached gateway is reconnected and never stopped', async () => {
  const port = await freePort();
  home.remove();
  home = new Home({ DESKCLAW_PORT: String(port) });
  home.configure({ mode: 'attach', health: { intervalMs: 500 }, reconnect: { baseDelayMs: 200, maxDelayMs: 400 } });
  const stranger = await startOutsider(port);
  app = await DesktopApp.launch(home);
  await app.watchTray();
  await deskclaw(home, 'start');
  await expectTruth(app, 'Running', { icon: 'running', state: 'running', process: undefined });

  stranger.kill('SIGKILL');
  await expectTruth(app, 'Reconnecting', { icon: 'working', state: 'reconnecting', process: undefined });
  const back = await startOutsider(port);
  await expectTruth(app, 'Running', { icon: 'running', state: 'running', process: undefined });

  await app.page.getByRole('button', { name: 'Disconnect' }).click();
  await expectTruth(app, 'Stopped', { icon: 'stopped', state: 'stopped', process: undefined });
  expect(back.exitCode).toBeNull();
}, 60_000);

test('window and tray stay correct and responsive at 2,000 events a second', async () => {
  const flood = ['--allow-faults', '--fault', 'event-flood=2000'];
  home.configure({ command: ['node', gatewayProgram, '--host', '{host}', '--port', '{port}', ...flood] });
  app = await DesktopApp.launch(home);
  await app.watchTray();
  await app.waitForState('Gateway: Stopped');
  await app.page.getByRole('button', { name: 'Start', exact: true }).click();
  await expectTruth(app, 'Running', { icon: 'running', state: 'running', process: true });
  await app.page.getByRole('link', { name: 'Logs' }).click();
  await app.page.locator('main[data-screen=logs]').waitFor();
  await app.page.getByRole('link', { name: 'Overview' }).click();
  await app.page.getByRole('button', { name: 'Stop gateway', exact: true }).click();
  await expectTruth(app, 'Stopped', { icon: 'stopped', state: 'stopped', process: undefined });
}, 60_000);

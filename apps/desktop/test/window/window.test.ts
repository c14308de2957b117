import { expect, test } from 'vitest';
import type { ClosePlan } from '../../src/quit/quit-plan.ts';
import type { WindowBounds } from '../../src/settings/settings.ts';
import { createWindow } from '../../src/window/window.ts';
import { FakeWindow } from '../support/fake-electron.ts';
import { ManualClock } from '../support/manual-clock.ts';

function scene({ plan = 'hide', maximized = false }: { plan?: ClosePlan; maximized?: boolean } = {}) {
  const clock = new ManualClock();
  const windows: FakeWindow[] = [];
  const reported: { quits: number; gaveUp: string[]; input: WindowBounds[]; quitting: boolean } = {
    quits: 0,
    gaveUp: [],
    input: [],
    quitting: false,
  };
  const app = createWindow({
    makeWindow: (options) => {
      const made = new FakeWindow(options);
      windows.push(made);
      return made;
    },
    options: () => ({ show: false }),
    url: 'app://bundle/desktop.html',
    clock,
    planClose: () => Promise.resolve(plan),
    isQuitting: () => reported.quitting,
    quit: () => {
      reported.quits += 1;
    },
    remember: (bounds) => reported.input.push(bounds),
    startMaximized: () => maximized,
    gaveUp: (reason) => reported.gaveUp.push(reason),
  });
  return { app, clock, windows, reported };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function only(windows: readonly FakeWindow[]): FakeWindow {
  const [first, ...more] = windows;
  if (first === undefined || more.length > 0) throw new Error(`${String(windows.length)} windows instead of one`);
  return first;
}

test('the window is shown with its first frame, not before', () => {
  const { app, windows } = scene();
  app.open();
  const made = only(windows);
  expect(made.webContents.loaded).toEqual(['app://bundle/desktop.html']);
  expect(made.isVisible()).toBe(false);
  made.emit('ready-to-show');
  expect([made.isVisible(), made.focused]).toEqual([true, 1]);
});

test('a window prepared for the tray stays hidden until it is opened', () => {
  const { app, windows } = scene();
  app.prepare();
  const made = only(windows);
  made.emit('ready-to-show');
  expect(made.isVisible()).toBe(false);
  app.open();
  expect(made.isVisible()).toBe(true);
  expect(windows).toHaveLength(1);
});

test('opening a shown or minimized window brings it to the front', () => {
  const { app, windows } = scene();
  app.open();
  const made = only(windows);
  made.emit('ready-to-show');
  made.state = 'minimized';
  app.open();
  expect([made.isVisible(), made.focused, windows.length]).toEqual([true, 2, 1]);
});

test('a closed window hides, and its bounds are stored', async () => {
  const { app, windows, reported } = scene();
  app.open();
  const made = only(windows);
  made.emit('ready-to-show');
  made.close();
  await settled();
  expect(made.state).toBe('hidden');
  expect(reported.input).toEqual([{ x: 10, y: 20, width: 1_000, height: 700, maximized: false }]);
  expect(reported.quits).toBe(0);
});

test('closing without a tray asks to quit and keeps the window', async () => {
  const { app, windows, reported } = scene({ plan: 'quit' });
  app.open();
  const made = only(windows);
  made.emit('ready-to-show');
  made.close();
  await settled();
  expect([made.state, reported.quits]).toEqual(['shown', 1]);
});

test('closing the window while quitting destroys it', () => {
  const { app, windows, reported } = scene();
  app.open();
  reported.quitting = true;
  only(windows).close();
  expect(only(windows).state).toBe('destroyed');
  expect(app.current).toBeUndefined();
});

test('a window hidden for ten minutes is destroyed and created again when opened', async () => {
  const { app, clock, windows } = scene();
  app.open();
  only(windows).emit('ready-to-show');
  only(windows).close();
  await settled();
  clock.advance(9 * 60_000);
  expect(app.current).toBeDefined();
  clock.advance(60_000);
  expect([app.current, windows[0]?.state]).toEqual([undefined, 'destroyed']);
  app.open();
  expect(windows).toHaveLength(2);
  expect(clock.pending).toBe(0);
});

test('a window opened again within ten minutes is kept', async () => {
  const { app, clock, windows } = scene();
  app.open();
  only(windows).emit('ready-to-show');
  only(windows).close();
  await settled();
  clock.advance(9 * 60_000);
  app.open();
  clock.advance(60 * 60_000);
  expect(only(windows).state).toBe('shown');
});

test('goTo changes only the fragment of the address', () => {
  const { app, windows } = scene();
  app.open();
  app.goTo('logs');
  expect(only(windows).webContents.loaded.at(-1)).toBe('app://bundle/desktop.html#logs');
});

test('a crashed page is loaded again a limited number of times', () => {
  const { app, clock, windows, reported } = scene();
  app.open();
  const { webContents } = only(windows);
  for (let crash = 1; crash <= 3; crash += 1) {
    webContents.crash('crashed');
    expect(webContents.loaded).toHaveLength(1 + crash);
    clock.advance(1_000);
  }
  webContents.crash('oom');
  expect([webContents.loaded.length, reported.gaveUp]).toEqual([4, ['oom']]);
  clock.advance(60_000);
  webContents.crash('crashed');
  expect(webContents.loaded).toHaveLength(5);
});

test('a page that exits cleanly or during the quit is not loaded again', () => {
  const { app, windows, reported } = scene();
  app.open();
  const { webContents } = only(windows);
  webContents.crash('clean-exit');
  reported.quitting = true;
  webContents.crash('crashed');
  expect(webContents.loaded).toHaveLength(1);
});

test('a page that fails to load is reported', async () => {
  const { app, windows, reported } = scene();
  app.prepare();
  only(windows).webContents.loadURL = () => Promise.reject(new Error('ERR_FAILED'));
  app.goTo('logs');
  await settled();
  expect(reported.gaveUp).toEqual(['ERR_FAILED']);
});

test('a window closed while maximized opens maximized', () => {
  const { app, windows } = scene({ maximized: true });
  app.open();
  only(windows).emit('ready-to-show');
  expect(only(windows).maximized).toBe(true);
});

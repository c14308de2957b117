import { describe, expect, test } from 'vitest';
import { DEFAULT_SIZE, MIN_SIZE, restoreBounds, windowOptions } from '../../src/window/options.ts';

const screen = { x: 0, y: 0, width: 1_920, height: 1_080 };
const input = {
  preload: '/app/preload.cjs',
  icon: '/app/icon.png',
  bounds: undefined,
  workAreas: [screen],
  dark: false,
  devTools: false,
};

test('the window options set every security option explicitly', () => {
  expect(windowOptions(input).webPreferences).toEqual({
    preload: '/app/preload.cjs',
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    webviewTag: false,
    navigateOnDragDrop: false,
    devTools: false,
    spellcheck: false,
    v8CacheOptions: 'code',
  });
});

test('the window stays hidden until painted, on the background of its theme', () => {
  const [light, dark] = [windowOptions(input), windowOptions({ ...input, dark: true })];
  expect([light.show, dark.show]).toEqual([false, false]);
  expect(light.backgroundColor).not.toBe(dark.backgroundColor);
});

describe('the window position', () => {
  const saved = { x: 100, y: 50, width: 1_000, height: 700, maximized: false };

  test('the system places the first window', () => {
    expect(restoreBounds(undefined, [screen])).toEqual(DEFAULT_SIZE);
  });

  test('the window opens where it was closed', () => {
    expect(restoreBounds(saved, [screen])).toEqual({ x: 100, y: 50, width: 1_000, height: 700 });
  });

  test.each([
    ['on a screen that is gone', { ...saved, x: 2_500 }, [screen]],
    ['with its title above the top', { ...saved, y: -200 }, [screen]],
    ['all but out to the left', { ...saved, x: -980 }, [screen]],
    ['anywhere, without a screen', saved, []],
  ])('only the size is restored for %s', (_what, bounds, areas) => {
    expect(restoreBounds(bounds, areas)).toEqual({ width: 1_000, height: 700 });
  });

  test('the window opens on a second screen while that is connected', () => {
    const second = { x: 1_920, y: 0, width: 1_280, height: 1_024 };
    expect(restoreBounds({ ...saved, x: 2_000 }, [screen, second])).toMatchObject({ x: 2_000 });
  });

  test('the window is never smaller than its minimum size', () => {
    expect(restoreBounds({ ...saved, width: 10, height: 10 }, [screen])).toMatchObject(MIN_SIZE);
  });
});

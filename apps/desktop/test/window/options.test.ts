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

test('a window is sealed, whatever Electron’s defaults become', () => {
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

test('nothing is shown before there is something to see, on a ground of its own theme', () => {
  const [light, dark] = [windowOptions(input), windowOptions({ ...input, dark: true })];
  expect([light.show, dark.show]).toEqual([false, false]);
  expect(light.backgroundColor).not.toBe(dark.backgroundColor);
});

describe('where it opens', () => {
  const saved = { x: 100, y: 50, width: 1_000, height: 700, maximized: false };

  test('the first time, the system decides', () => {
    expect(restoreBounds(undefined, [screen])).toEqual(DEFAULT_SIZE);
  });

  test('then where it was', () => {
    expect(restoreBounds(saved, [screen])).toEqual({ x: 100, y: 50, width: 1_000, height: 700 });
  });

  test.each([
    ['on a screen that is gone', { ...saved, x: 2_500 }, [screen]],
    ['with its title above the top', { ...saved, y: -200 }, [screen]],
    ['all but out to the left', { ...saved, x: -980 }, [screen]],
    ['anywhere, without a screen', saved, []],
  ])('%s: only its size is kept', (_what, bounds, areas) => {
    expect(restoreBounds(bounds, areas)).toEqual({ width: 1_000, height: 700 });
  });

  test('on a second screen, as long as that is there', () => {
    const second = { x: 1_920, y: 0, width: 1_280, height: 1_024 };
    expect(restoreBounds({ ...saved, x: 2_000 }, [screen, second])).toMatchObject({ x: 2_000 });
  });

  test('never smaller than can be used', () => {
    expect(restoreBounds({ ...saved, width: 10, height: 10 }, [screen])).toMatchObject(MIN_SIZE);
  });
});

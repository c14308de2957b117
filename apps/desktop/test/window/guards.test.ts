import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';
import { describe, expect, test } from 'vitest';
import { guardContents, guardSession } from '../../src/window/guards.ts';

type Handlers = {
  request?: Parameters<Electron.Session['setPermissionRequestHandler']>[0];
  check?: Parameters<Electron.Session['setPermissionCheckHandler']>[0];
  device?: Parameters<Electron.Session['setDevicePermissionHandler']>[0];
};

function guarded(): Handlers {
  const handlers: Handlers = {};
  guardSession({
    setPermissionRequestHandler: (handler) => {
      handlers.request = handler;
    },
    setPermissionCheckHandler: (handler) => {
      handlers.check = handler;
    },
    setDevicePermissionHandler: (handler) => {
      handlers.device = handler;
    },
  });
  return handlers;
}

/** Asks as Electron does; our handler looks at the permission alone. */
function isGranted(permission: string): boolean {
  let granted = true;
  const answer = (decision: boolean) => {
    granted = decision;
  };
  Reflect.apply(guarded().request ?? (() => undefined), undefined, [undefined, permission, answer, {}]);
  return granted;
}

describe('guardSession', () => {
  test.each([
    'media',
    'geolocation',
    'notifications',
    'midi',
    'openExternal',
    'fullscreen',
    'clipboard-read',
    'display-capture',
    'unknown',
  ])('the permission %s is refused', (permission) => {
    expect(isGranted(permission)).toBe(false);
  });

  test('writing text to the clipboard is allowed', () => {
    expect(isGranted('clipboard-sanitized-write')).toBe(true);
  });

  test('a permission check is allowed only for the own page', () => {
    const { check } = guarded();
    const details: Electron.PermissionCheckHandlerHandlerDetails = { isMainFrame: true };
    expect(check?.(null, 'clipboard-sanitized-write', 'app://bundle/', details)).toBe(true);
    expect(check?.(null, 'clipboard-sanitized-write', 'https://example.org/', details)).toBe(false);
    expect(check?.(null, 'media', 'app://bundle/', details)).toBe(false);
  });

  test('no device permission is ever granted', () => {
    const { device } = guarded();
    expect(Reflect.apply(device ?? (() => true), undefined, [{}])).toBe(false);
  });
});

class FakeContents extends EventEmitter implements Pick<Electron.WebContents, 'setWindowOpenHandler'> {
  opens: Parameters<Electron.WebContents['setWindowOpenHandler']>[0] | undefined;

  setWindowOpenHandler(handler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0]): void {
    this.opens = handler;
  }

  /** Whether it would have been prevented. */
  tries(event: string): boolean {
    let prevented = false;
    this.emit(event, {
      url: 'https://example.org/',
      preventDefault: () => {
        prevented = true;
      },
    });
    return prevented;
  }
}

describe('guardContents', () => {
  test.each(['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview'])(
    '%s is prevented',
    (event) => {
      const contents = new FakeContents();
      guardContents(contents);
      expect(contents.tries(event)).toBe(true);
    },
  );

  test('guardContents denies every second window', () => {
    const contents = new FakeContents();
    guardContents(contents);
    expect(Reflect.apply(contents.opens ?? (() => undefined), undefined, [{ url: 'https://example.org/' }])).toEqual({
      action: 'deny',
    });
  });
});

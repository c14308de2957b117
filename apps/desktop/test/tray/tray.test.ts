import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type GatewayState, gatewayStates } from '@deskclaw/protocol';
import { trayIcons } from '@deskclaw/ui/view-models';
import { describe, expect, test } from 'vitest';
import type { TrayCommands } from '../../src/tray/tray.ts';
import { createTray } from '../../src/tray/tray.ts';
import { choose, FakeTray, findItem } from '../support/fake-electron.ts';
import { failure, statusIn, viewStateOf } from '../support/statuses.ts';

function scene(first = viewStateOf(undefined, { link: { name: 'connecting', since: 0, attempt: 0 } })) {
  const done: unknown[] = [];
  const commands: TrayCommands = {
    ask: (request) => done.push(request.method),
    openWindow: () => done.push('open'),
    copyText: (text) => done.push(text),
    quit: () => done.push('quit'),
  };
  let shown: FakeTray | undefined;
  const tray = createTray(
    {
      makeTray: (image) => {
        shown = new FakeTray(image);
        return shown;
      },
      buildMenu: (template) => template,
      iconFile: (icon) => `${icon}.png`,
      commands,
    },
    first,
  );
  if (tray === undefined || shown === undefined) throw new Error('there is no tray');
  return { tray, shown, done };
}

/** The tray row and the enabled actions of each state. */
const offered: Readonly<
  Record<GatewayState, { readonly icon: string; readonly row: string; readonly actions: readonly string[] }>
> = {
  stopped: { icon: 'stopped.png', row: 'Gateway: Stopped', actions: ['Start'] },
  starting: { icon: 'working.png', row: 'Gateway: Starting', actions: ['Cancel'] },
  running: { icon: 'running.png', row: 'Gateway: Running (pid 4121)', actions: ['Restart gateway', 'Stop gateway'] },
  reconnecting: { icon: 'working.png', row: 'Gateway: Reconnecting', actions: ['Reconnect now', 'Stop gateway'] },
  stopping: { icon: 'working.png', row: 'Gateway: Stopping', actions: [] },
  error: { icon: 'alert.png', row: 'Gateway: Failed', actions: ['Restart gateway'] },
};

function viewStateIn(state: GatewayState) {
  return viewStateOf(
    statusIn(state, {
      ...(state === 'reconnecting' ? { nextRetryAt: 1_010_000 } : {}),
      ...(state === 'error' ? { problem: failure } : {}),
    }),
  );
}

describe('the tray model', () => {
  test('the tray shows every state with its icon, row and actions', () => {
    const { tray, shown } = scene();
    for (const state of gatewayStates) {
      tray.update(viewStateIn(state));
      const actions = shown.menu.filter(
        ({ id, enabled }) => enabled === true && ['start', 'stop', 'restart', 'reconnect'].includes(id ?? ''),
      );
      expect([shown.image, shown.menu[0]?.label, shown.menu[0]?.enabled, actions.map(({ label }) => label)]).toEqual([
        offered[state].icon,
        offered[state].row,
        false,
        offered[state].actions,
      ]);
      expect(shown.tooltip).toBe(`DeskClaw: ${offered[state].row}`);
    }
  });

  test('no transition leaves parts of the previous state in the tray', () => {
    for (const from of gatewayStates) {
      for (const to of gatewayStates) {
        const [walked, fresh] = [scene(viewStateIn(from)), scene(viewStateIn(to))];
        walked.tray.update(viewStateIn(to));
        expect([walked.shown.image, walked.shown.tooltip]).toEqual([fresh.shown.image, fresh.shown.tooltip]);
        expect(JSON.stringify(walked.shown.menu)).toBe(JSON.stringify(fresh.shown.menu));
      }
    }
  });

  test('the tray shows the problem and a lost host', () => {
    const { tray, shown } = scene();
    tray.update(viewStateIn('error'));
    expect(findItem(shown.menu, 'problem')?.label).toBe(failure.title);
    tray.update(
      viewStateOf(statusIn('running'), { link: { name: 'lost', cause: 'failure', since: 1_000_000, attempt: 1 } }),
    );
    expect([shown.image, shown.menu[0]?.label]).toEqual(['lost.png', 'DeskClaw’s background service does not respond']);
    expect(shown.menu.filter(({ id, enabled }) => id === 'stop' && enabled === true)).toEqual([]);
  });

  test('the tray menu is not rebuilt when only time passes', () => {
    const { tray, shown } = scene(viewStateIn('running'));
    const before = shown.menusBuilt;
    for (let second = 1; second <= 60; second += 1) {
      tray.update(viewStateOf(statusIn('running', { uptime: second * 1_000 }), { now: 1_005_000 + second * 1_000 }));
    }
    expect(shown.menusBuilt).toBe(before);
  });

  test('every tray row runs its command', () => {
    const { tray, shown, done } = scene();
    tray.update(viewStateIn('running'));
    for (const id of ['stop', 'restart', 'open', 'copy-url', 'quit', 'state']) choose(shown.menu, id);
    shown.emit('click');
    expect(done).toEqual(['gateway.stop', 'gateway.restart', 'open', 'ws://127.0.0.1:18789/ws', 'quit', 'open']);
  });

  test('a pending request is disabled in the tray', () => {
    const { tray, shown, done } = scene();
    tray.update({
      ...viewStateIn('running'),
      pending: [{ id: 1, request: { method: 'gateway.stop' }, at: 1_000_000 }],
    });
    choose(shown.menu, 'stop');
    expect(done).toEqual([]);
  });

  test('createTray returns undefined when the system has no tray', () => {
    const refusing = createTray(
      {
        makeTray: () => {
          throw new Error('no tray');
        },
        buildMenu: (template) => template,
        iconFile: String,
        commands: {
          ask: () => undefined,
          openWindow: () => undefined,
          copyText: () => undefined,
          quit: () => undefined,
        },
      },
      viewStateIn('running'),
    );
    expect(refusing).toBeUndefined();
  });
});

test('every tray icon exists as colour and template image in both densities', () => {
  const folder = join(import.meta.dirname, '..', '..', 'assets', 'tray');
  const files = trayIcons.flatMap((icon) =>
    ['', '@2x', 'Template', 'Template@2x'].map((suffix) => `${icon}${suffix}.png`),
  );
  expect(files.filter((file) => !existsSync(join(folder, file)))).toEqual([]);
});

import { describe, expect, it } from 'vitest';
import { statusLine, type TrayIcon, trayIcons, trayModel } from '../../src/view-models/tray-model.ts';
import { type SceneName, sceneNames } from '../support/scenes.ts';
import { lostLink, NOW, viewStateOf } from '../support/view-states.ts';

/** Icon, first row, and the labels that can be pressed. */
const table: Readonly<Record<SceneName, readonly [TrayIcon, string, readonly string[]]>> = {
  running: ['running', 'Gateway: Running (OpenClaw 2026.9.6, pid 4121)', ['Restart gateway', 'Stop gateway']],
  busy: ['caution', 'Gateway: Running, busy (OpenClaw 2026.9.6, pid 4121)', ['Restart gateway', 'Stop gateway']],
  unresponsive: [
    'caution',
    'Gateway: Not responding (OpenClaw 2026.9.6, pid 4121)',
    ['Restart gateway', 'Stop gateway'],
  ],
  attached: ['running', 'Gateway: Running (OpenClaw 2026.9.6)', ['Reconnect', 'Disconnect']],
  starting: ['working', 'Gateway: Starting', ['Cancel']],
  reconnecting: ['working', 'Gateway: Reconnecting', ['Reconnect now', 'Stop gateway']],
  stopping: ['working', 'Gateway: Stopping', []],
  draining: ['working', 'Gateway: Stopping', ['Stop now']],
  stopped: ['stopped', 'Gateway: Stopped', ['Start']],
  error: ['alert', 'Gateway: Failed', ['Restart gateway']],
  paused: ['alert', 'Gateway: Action needed', ['Reconnect now', 'Disconnect']],
  exhausted: ['alert', 'Gateway: Unreachable', ['Reconnect now', 'Stop trying']],
  portTaken: ['alert', 'Gateway: Failed', ['Restart gateway']],
  firstRun: ['stopped', 'Gateway: Stopped', ['Start']],
  openclawMissing: ['caution', 'Gateway: Not installed', ['Restart gateway']],
};

describe('the tray model', () => {
  it.each(sceneNames)('the tray model in the scene %s', (name) => {
    const tray = trayModel(viewStateOf(name));
    const enabled = tray.actions.filter((action) => action.enabled).map((action) => action.label);
    expect([tray.icon, tray.firstRow, enabled]).toEqual(table[name]);
  });

  it('every tray icon is used by some state', () => {
    const used = [
      ...sceneNames.map((name) => trayModel(viewStateOf(name)).icon),
      trayModel(viewStateOf('running', { link: lostLink })).icon,
    ];
    expect(new Set(used)).toEqual(new Set(trayIcons));
  });

  it('every tray action is disabled while the host is lost', () => {
    const tray = trayModel(viewStateOf('running', { link: lostLink }));
    expect(tray.firstRow).toBe('DeskClaw’s background service does not respond');
    expect(tray.actions.every((action) => !action.enabled)).toBe(true);
  });

  it('the tray offers an address only while the gateway may listen', () => {
    expect(trayModel(viewStateOf('running')).url).toBe('ws://127.0.0.1:18789/');
    expect(trayModel(viewStateOf('stopped')).url).toBeUndefined();
  });

  it('the tray shows the title of the current problem', () => {
    expect(trayModel(viewStateOf('error')).problem).toBe('The gateway keeps crashing; automatic restarts are paused');
  });

  it('statusLine includes durations', () => {
    expect(statusLine(viewStateOf('running'))).toBe('Running for 3 h 12 min');
    expect(statusLine(viewStateOf('reconnecting', { now: NOW + 1_000 }))).toBe('Reconnecting in 6 s (attempt 4)');
  });
});

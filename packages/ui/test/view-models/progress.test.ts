import { type GatewayPhase, gatewayStates } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { countdownTo, progressLine } from '../../src/view-models/progress.ts';
import { type SceneName, sceneNames, scenes } from '../support/scenes.ts';
import { NOW } from '../support/view-states.ts';

const lines: Readonly<Record<SceneName, string>> = {
  running: 'Responding to requests',
  busy: 'The process is running but slow to respond',
  unresponsive: 'The process is running but not responding. It will be restarted in 2:48.',
  attached: 'Responding to requests',
  starting: 'Process 4188 started, waiting for it to get ready',
  reconnecting: 'Reconnecting in 7 s (attempt 4)',
  stopping: 'Process 4121 is stopping (SIGTERM sent)',
  draining: 'Waiting for running work to finish',
  stopped: 'No gateway is running',
  error: 'Stopped after an error. It will not restart on its own.',
  paused: 'Waiting for you to fix this',
  exhausted: 'Still no answer. Checking again in 48 s',
  portTaken: 'Stopped after an error. It will not restart on its own.',
  firstRun: 'No gateway is running',
  openclawMissing: 'Stopped after an error. It will not restart on its own.',
};

const phases: Readonly<Record<GatewayPhase, string>> = {
  idle: 'Idle',
  preflight: 'Checking the program, its runtime and the port',
  spawning: 'Starting the process',
  'waiting-ready': 'Process 7 started, waiting for it to get ready',
  'warming-up': 'Process 7 is responding, but still starting',
  connecting: 'Connecting (attempt 2)',
  handshaking: 'Connected, completing the handshake',
  ready: 'Responding to requests',
  backoff: 'Restarting in 3 s (attempt 2)',
  'waiting-retry': 'Reconnecting in 3 s (attempt 2)',
  paused: 'Waiting for you to fix this',
  exhausted: 'Still no answer. Checking again in 3 s',
  migrating: 'Process 7 is migrating its data; it is not interrupted',
  restarting: 'Process 7 restarts by itself',
  drain: 'Waiting for running work to finish',
  terminating: 'The process exited; cleaning up',
  failed: 'Stopped after an error. It will not restart on its own.',
};

const status = { ...scenes.stopped(NOW), pid: 7, reconnectAttempts: 2, nextRetryAt: NOW + 2_500 };

describe('progressLine', () => {
  it.each(sceneNames)('progressLine describes the scene %s', (name) => {
    expect(progressLine(scenes[name](NOW), NOW)).toBe(lines[name]);
  });

  it.each(Object.entries(phases))('progressLine describes the phase %s', (phase, words) => {
    const known = Object.keys(phases).find((name): name is GatewayPhase => name === phase);
    expect(progressLine({ ...status, state: 'starting', phase: known ?? 'idle' }, NOW)).toBe(words);
  });

  it.each([
    [undefined, 'Process 7 started, waiting for it to get ready'],
    [180, 'Process 7 started, waiting for it to get ready'],
    [7_400, 'Process 7 started, waiting for it to get ready (usually takes 7 s)'],
  ])('progressLine shows the usual start time of %s ms only when it is long', (usualBootMs, words) => {
    const waiting = { ...status, state: 'starting', phase: 'waiting-ready' } as const;
    expect(progressLine(usualBootMs === undefined ? waiting : { ...waiting, usualBootMs }, NOW)).toBe(words);
  });

  it('progressLine is not empty in any state and phase', () => {
    const all = gatewayStates.flatMap((state) =>
      Object.keys(phases).map((phase) => progressLine({ ...status, state, phase: phase as GatewayPhase }, NOW)),
    );
    expect(all.filter((line) => line === '' || line.includes('undefined') || line.includes('NaN'))).toEqual([]);
  });

  it('progressLine counts down in seconds and ends with "now"', () => {
    const shown = [0, 1_000, 6_001, 7_000, 9_000].map((later) => progressLine(scenes.reconnecting(NOW), NOW + later));
    expect(shown).toEqual([
      'Reconnecting in 7 s (attempt 4)',
      'Reconnecting in 6 s (attempt 4)',
      'Reconnecting in 1 s (attempt 4)',
      'Reconnecting now (attempt 4)',
      'Reconnecting now (attempt 4)',
    ]);
  });

  it.each([
    [{ watchdogAt: NOW + 1 }, 'The process is running but not responding. It will be restarted in 0:01.'],
    [{ watchdogAt: NOW }, 'The process is running but not responding. It is about to be restarted.'],
    [{ watchdogAt: undefined }, 'The process is running but not responding.'],
    [{ watchdogAt: undefined, ownership: 'attached' }, 'The connection is open, but the gateway does not respond.'],
  ] as const)('progressLine of a frozen gateway with %j', ({ watchdogAt, ...over }, words) => {
    const { watchdogAt: _scene, ...frozen } = scenes.unresponsive(NOW);
    const at = watchdogAt === undefined ? {} : { watchdogAt };
    expect(progressLine({ ...frozen, ...over, ...at }, NOW)).toBe(words);
  });

  it('progressLine promises no retry without nextRetryAt', () => {
    const { nextRetryAt: _none, ...quiet } = scenes.reconnecting(NOW);
    expect(progressLine(quiet, NOW)).toBe('Reconnecting (attempt 4)');
  });
});

describe('countdownTo', () => {
  it('countdownTo is set exactly while a retry is pending', () => {
    const counting = Object.keys(phases).filter(
      (phase) => countdownTo({ ...status, phase: phase as GatewayPhase }) !== undefined,
    );
    expect(counting).toEqual(['backoff', 'waiting-retry', 'exhausted']);
    expect(countdownTo(scenes.unresponsive(NOW))).toBe(NOW + 168_000);
  });
});

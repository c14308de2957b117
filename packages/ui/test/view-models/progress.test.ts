import { type GatewayPhase, gatewayStates } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { countdownTo, progressLine } from '../../src/view-models/progress.ts';
import { type SceneName, sceneNames, scenes } from '../support/scenes.ts';
import { NOW } from '../support/view-states.ts';

const lines: Readonly<Record<SceneName, string>> = {
  running: 'Answers requests',
  busy: 'The process works, but takes its time to answer',
  unresponsive: 'The connection is open, but nothing comes back',
  attached: 'Answers requests',
  starting: 'Process 4188 is up; waiting until it accepts connections',
  reconnecting: 'Reconnecting in 7 s (attempt 4)',
  stopping: 'Process 4121 was asked to end',
  draining: 'Letting running work finish',
  stopped: 'No gateway is running',
  error: 'Not running, and not restarted by itself',
  paused: 'Not tried again until something changes',
  exhausted: 'Given up for now. Looking again in 48 s',
  portTaken: 'Not running, and not restarted by itself',
  firstRun: 'No gateway is running',
  openclawMissing: 'Not running, and not restarted by itself',
};

const phases: Readonly<Record<GatewayPhase, string>> = {
  idle: 'Nothing is under way',
  preflight: 'Checking the program, its runtime and the port',
  spawning: 'Launching the process',
  'waiting-ready': 'Process 7 is up; waiting until it accepts connections',
  'warming-up': 'Process 7 answers, and says that it is still starting',
  connecting: 'Connecting (attempt 2)',
  handshaking: 'Connected; agreeing on the protocol',
  ready: 'Answers requests',
  backoff: 'Starting again in 3 s (attempt 2)',
  'waiting-retry': 'Reconnecting in 3 s (attempt 2)',
  paused: 'Not tried again until something changes',
  exhausted: 'Given up for now. Looking again in 3 s',
  drain: 'Letting running work finish',
  terminating: 'The process ended; clearing away what it left',
  failed: 'Not running, and not restarted by itself',
};

const status = { ...scenes.stopped(NOW), pid: 7, reconnectAttempts: 2, nextRetryAt: NOW + 2_500 };

describe('the line below the state', () => {
  it.each(sceneNames)('says in %s what goes on', (name) => {
    expect(progressLine(scenes[name](NOW), NOW)).toBe(lines[name]);
  });

  it.each(Object.entries(phases))('has words for the phase %s', (phase, words) => {
    const known = Object.keys(phases).find((name): name is GatewayPhase => name === phase);
    expect(progressLine({ ...status, state: 'starting', phase: known ?? 'idle' }, NOW)).toBe(words);
  });

  it.each([
    [undefined, 'Process 7 is up; waiting until it accepts connections'],
    [180, 'Process 7 is up; waiting until it accepts connections'],
    [7_400, 'Process 7 is up; waiting until it accepts connections (usually ready in 7 s)'],
  ])('tells how long it usually takes, where that is worth a word: %s ms', (usualBootMs, words) => {
    const waiting = { ...status, state: 'starting', phase: 'waiting-ready' } as const;
    expect(progressLine(usualBootMs === undefined ? waiting : { ...waiting, usualBootMs }, NOW)).toBe(words);
  });

  it('has words for every state in every phase', () => {
    const all = gatewayStates.flatMap((state) =>
      Object.keys(phases).map((phase) => progressLine({ ...status, state, phase: phase as GatewayPhase }, NOW)),
    );
    expect(all.filter((line) => line === '' || line.includes('undefined') || line.includes('NaN'))).toEqual([]);
  });

  it('counts down second by second, then says "now"', () => {
    const shown = [0, 1_000, 6_001, 7_000, 9_000].map((later) => progressLine(scenes.reconnecting(NOW), NOW + later));
    expect(shown).toEqual([
      'Reconnecting in 7 s (attempt 4)',
      'Reconnecting in 6 s (attempt 4)',
      'Reconnecting in 1 s (attempt 4)',
      'Reconnecting now (attempt 4)',
      'Reconnecting now (attempt 4)',
    ]);
  });

  it('does not promise a retry nobody has announced', () => {
    const { nextRetryAt: _none, ...quiet } = scenes.reconnecting(NOW);
    expect(progressLine(quiet, NOW)).toBe('Reconnecting (attempt 4)');
  });
});

describe('the countdown', () => {
  it('runs exactly where a retry is waited for', () => {
    const counting = Object.keys(phases).filter(
      (phase) => countdownTo({ ...status, phase: phase as GatewayPhase }) !== undefined,
    );
    expect(counting).toEqual(['backoff', 'waiting-retry', 'exhausted']);
  });
});

import { type GatewayPhase, type GatewayState, gatewayStates, type HealthVerdict } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { stateAppearance } from '../../src/view-models/state-appearance.ts';
import { type SceneName, sceneNames, scenes } from '../support/scenes.ts';
import { NOW } from '../support/view-states.ts';

const faces: Readonly<Record<SceneName, readonly [string, string, string]>> = {
  running: ['Running', 'ok', 'disc'],
  busy: ['Running, busy', 'caution', 'bars'],
  unresponsive: ['Not responding', 'caution', 'bars'],
  attached: ['Running', 'ok', 'disc'],
  starting: ['Starting', 'working', 'arc'],
  reconnecting: ['Reconnecting', 'working', 'dashes'],
  stopping: ['Stopping', 'working', 'square'],
  draining: ['Stopping', 'working', 'square'],
  stopped: ['Stopped', 'idle', 'ring'],
  error: ['Failed', 'alert', 'triangle'],
  paused: ['Action needed', 'alert', 'triangle'],
  exhausted: ['Unreachable', 'alert', 'triangle'],
  portTaken: ['Failed', 'alert', 'triangle'],
  firstRun: ['Stopped', 'idle', 'ring'],
  openclawMissing: ['Not installed', 'caution', 'triangle'],
};

describe('stateAppearance', () => {
  it.each(sceneNames)('the appearance of the scene %s', (name) => {
    const { label: word, tone, shape } = stateAppearance(scenes[name](NOW));
    expect([word, tone, shape]).toEqual(faces[name]);
  });

  it('the alert tone is used only for states that need the user', () => {
    const tones = new Map(
      gatewayStates.map((state) => [state, stateAppearance({ ...scenes.stopped(NOW), state }).tone]),
    );
    expect([...tones].filter(([, tone]) => tone === 'alert').map(([state]) => state)).toEqual(['error']);
  });

  it('an unresponsive gateway is never shown as running', () => {
    const words = (['unresponsive', 'down'] satisfies HealthVerdict[]).map(
      (health) => stateAppearance({ ...scenes.running(NOW), health }).label,
    );
    expect(words).toEqual(['Not responding', 'Not responding']);
  });

  it('any two states differ by shape alone', () => {
    const shapeOf = (state: GatewayState, phase: GatewayPhase) =>
      stateAppearance({ ...scenes.stopped(NOW), state, phase, health: 'ok' }).shape;
    const shapes = gatewayStates.map((state) => shapeOf(state, 'ready'));
    expect(new Set(shapes).size).toBe(gatewayStates.length);
  });
});

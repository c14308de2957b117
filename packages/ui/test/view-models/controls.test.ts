import { type GatewayPhase, gatewayStates } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import type { LifecycleRequest } from '../../src/session/state.ts';
import { controls } from '../../src/view-models/controls.ts';
import { stateCard } from '../../src/view-models/state-card.ts';
import { type SceneName, sceneNames, scenes } from '../support/scenes.ts';
import { lostLink, NOW, viewStateOf } from '../support/view-states.ts';

/** Label, method and mode of every button. */
const table: Readonly<Record<SceneName, readonly (readonly [string, string, string])[]>> = {
  running: [
    ['Restart gateway', 'gateway.restart', 'ready'],
    ['Stop gateway', 'gateway.stop', 'ready'],
  ],
  busy: [
    ['Restart gateway', 'gateway.restart', 'ready'],
    ['Stop gateway', 'gateway.stop', 'ready'],
  ],
  unresponsive: [
    ['Restart gateway', 'gateway.restart', 'ready'],
    ['Stop gateway', 'gateway.stop', 'ready'],
  ],
  attached: [
    ['Reconnect', 'gateway.reconnect', 'ready'],
    ['Disconnect', 'gateway.stop', 'ready'],
  ],
  starting: [
    ['Starting…', 'gateway.start', 'working'],
    ['Cancel', 'gateway.stop', 'ready'],
  ],
  reconnecting: [
    ['Reconnect now', 'gateway.reconnect', 'ready'],
    ['Stop gateway', 'gateway.stop', 'ready'],
  ],
  stopping: [['Stopping…', 'gateway.stop', 'working']],
  draining: [
    ['Stop now', 'gateway.stop', 'ready'],
    ['Stopping…', 'gateway.stop', 'working'],
  ],
  stopped: [['Start', 'gateway.start', 'ready']],
  error: [['Restart gateway', 'gateway.restart', 'ready']],
  paused: [
    ['Reconnect now', 'gateway.reconnect', 'ready'],
    ['Disconnect', 'gateway.stop', 'ready'],
  ],
  exhausted: [
    ['Reconnect now', 'gateway.reconnect', 'ready'],
    ['Stop trying', 'gateway.stop', 'ready'],
  ],
  portTaken: [['Restart gateway', 'gateway.restart', 'ready']],
  firstRun: [['Start', 'gateway.start', 'ready']],
  openclawMissing: [['Restart gateway', 'gateway.restart', 'ready']],
};

/** The primary button of the page: of the controls, or of the problem below them. */
function primaryOf(name: SceneName): readonly string[] {
  const card = stateCard(viewStateOf(name));
  const steps = card?.problem?.steps ?? [];
  return [
    ...(card?.controls ?? []).filter((control) => control.rank === 'primary').map((control) => control.label),
    ...steps.filter((step) => step.kind === 'request' && step.rank === 'primary').map((step) => step.label),
  ];
}

const pending = (request: LifecycleRequest) => [{ id: 1, request, at: NOW }];

describe('controls', () => {
  it.each(sceneNames)('the buttons match the state %s', (name) => {
    const shown = controls(viewStateOf(name)).map(({ label, request, mode }) => [label, request.method, mode]);
    expect(shown).toEqual(table[name]);
  });

  it('the primary button is the one that can work: another port, not the same again', () => {
    expect(primaryOf('portTaken')).toEqual(['Use port 18790']);
    expect(primaryOf('error')).toEqual(['Restart gateway']);
    for (const name of sceneNames) expect(primaryOf(name).length, name).toBeLessThanOrEqual(1);
  });

  it('every button is unavailable while the host is lost', () => {
    const modes = sceneNames.flatMap((name) =>
      controls(viewStateOf(name, { link: lostLink })).map((control) => control.mode),
    );
    expect(new Set(modes)).toEqual(new Set(['unavailable']));
  });

  it('no button is offered before the first status', () => {
    expect(controls({ ...viewStateOf('running'), status: undefined })).toEqual([]);
  });

  it('a pressed button keeps its label until the status changes', () => {
    const before = controls(viewStateOf('running'));
    const after = controls(viewStateOf('running', { pending: pending({ method: 'gateway.stop' }) }));
    expect(after.map((control) => control.label)).toEqual(before.map((control) => control.label));
    expect(after.map((control) => control.mode)).toEqual(['ready', 'pending']);
  });

  it('every state and phase offers at most one primary button and no duplicates', () => {
    const phases: readonly GatewayPhase[] = [
      'idle',
      'ready',
      'backoff',
      'waiting-retry',
      'paused',
      'exhausted',
      'drain',
      'failed',
    ];
    for (const state of gatewayStates) {
      for (const phase of phases) {
        for (const ownership of ['owned', 'attached', 'none'] as const) {
          const offered = controls(viewStateOf({ ...scenes.reconnecting(NOW), state, phase, ownership }));
          const keys = offered.map((control) => `${control.id} ${control.label}`);
          expect(new Set(keys).size, `${state}/${phase}/${ownership}`).toBe(keys.length);
          expect(offered.filter((control) => control.rank === 'primary').length).toBeLessThanOrEqual(1);
          expect(offered.length).toBeGreaterThan(0);
        }
      }
    }
  });

  it('an attached gateway is never offered a restart', () => {
    const offered = gatewayStates
      .filter((state) => state !== 'error')
      .flatMap((state) =>
        controls(viewStateOf({ ...scenes.attached(NOW), state })).map((control) => control.request.method),
      );
    expect(offered).not.toContain('gateway.restart');
  });
});

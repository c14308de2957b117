import { describe, expect, it } from 'vitest';
import { connectionCard } from '../../src/view-models/connection-card.ts';
import { type SceneName, sceneNames, scenes } from '../support/scenes.ts';
import { lostLink, NOW, viewStateOf } from '../support/view-states.ts';

const table: Readonly<Record<SceneName, readonly [string, string]>> = {
  running: ['Open', 'ok'],
  busy: ['Open', 'ok'],
  unresponsive: ['No response', 'caution'],
  attached: ['Open', 'ok'],
  starting: ['Opening', 'working'],
  reconnecting: ['Waiting', 'working'],
  stopping: ['Closed', 'idle'],
  draining: ['Open', 'working'],
  stopped: ['Closed', 'idle'],
  error: ['Closed', 'idle'],
  paused: ['Paused', 'alert'],
  exhausted: ['Waiting', 'alert'],
  portTaken: ['Closed', 'idle'],
  firstRun: ['Closed', 'idle'],
  openclawMissing: ['Closed', 'idle'],
};

describe('the connection card', () => {
  it.each(sceneNames)('the connection card in the scene %s', (name) => {
    const card = connectionCard(viewStateOf(name));
    expect([card?.word, card?.tone]).toEqual(table[name]);
  });

  it('a gateway with port 0 shows no address', () => {
    const status = { ...scenes.stopped(NOW), port: 0, url: 'ws://127.0.0.1:0/ws' };
    expect(connectionCard(viewStateOf(status))?.url).toBeUndefined();
    expect(connectionCard(viewStateOf('stopped'))).toMatchObject({ url: 'ws://127.0.0.1:18789/', isNext: true });
    expect(connectionCard(viewStateOf('running'))?.isNext).toBe(false);
  });

  it('an open connection shows its dialect and protocol version', () => {
    expect(connectionCard(viewStateOf('running'))?.facts.map((fact) => fact.value)).toEqual(['OpenClaw, version 4']);
    const { protocol: _none, ...plain } = scenes.running(NOW);
    expect(connectionCard(viewStateOf({ ...plain, dialect: 'jsonrpc' }))?.facts[0]?.value).toBe('JSON-RPC 2.0');
  });

  it('a lost host shows the connection in a neutral tone', () => {
    expect(connectionCard(viewStateOf('running', { link: lostLink }))?.tone).toBe('idle');
  });
});

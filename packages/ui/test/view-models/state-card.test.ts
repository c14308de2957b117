import { describe, expect, it } from 'vitest';
import { describeExit, managedBy, stateCard } from '../../src/view-models/state-card.ts';
import { exitCauses } from '../support/exit-causes.ts';
import { hostInfo, sceneNames, scenes } from '../support/scenes.ts';
import { lostLink, NOW, viewStateOf } from '../support/view-states.ts';

function factsOf(...[scene, changes]: Parameters<typeof viewStateOf>): Readonly<Record<string, string | undefined>> {
  const facts = stateCard(viewStateOf(scene, changes))?.facts ?? [];
  return Object.fromEntries(facts.map((fact) => [fact.id, fact.value]));
}

describe('the state card', () => {
  it('is there in every scene, with a word and a time', () => {
    for (const name of sceneNames) {
      const card = stateCard(viewStateOf(name));
      expect(card?.appearance.label, name).toMatch(/^[A-Z]/u);
      expect(card?.lasted, name).toMatch(/^for \d/u);
    }
  });

  it('tells all of a running gateway', () => {
    expect(factsOf('running')).toEqual({
      pid: 'pid 4121',
      version: '2026.9.6',
      uptime: '3 h 12 min',
      latency: '3 ms',
      restarts: '1',
      'last-exit': 'Killed (SIGKILL)',
    });
  });

  it('shows what a running gateway does not tell as not known, never as zero', () => {
    const { version: _v, latencyMs: _l, pid: _p, lastExit: _e, ...bare } = scenes.running(NOW);
    const facts = factsOf(bare);
    expect(Object.keys(facts)).toEqual(['pid', 'version', 'uptime', 'latency', 'restarts', 'last-exit']);
    expect(facts).toMatchObject({ pid: undefined, version: undefined, latency: undefined, 'last-exit': undefined });
  });

  it('leaves out what a stopped gateway cannot have', () => {
    expect(Object.keys(factsOf('stopped'))).toEqual(['restarts', 'last-exit']);
  });

  it('says no more than the word where the word says it all', () => {
    const plain = sceneNames.filter((name) => stateCard(viewStateOf(name))?.line === undefined);
    expect(plain).toEqual(['running', 'attached', 'stopped', 'firstRun']);
  });

  it('is loud about an exit only while that exit keeps the gateway down', () => {
    const loud = sceneNames.filter((name) => stateCard(viewStateOf(name))?.facts.some((fact) => fact.tone === 'alert'));
    expect(loud).toEqual(['error', 'portTaken']);
  });

  it('stands still while the host is lost', () => {
    const card = stateCard(viewStateOf('running', { link: lostLink, now: NOW + 3_600_000 }));
    expect(card).toMatchObject({ stale: 'as of 14:01:41', lasted: 'for 3 h 11 min' });
  });

  it('runs no countdown while the host is lost', () => {
    expect(stateCard(viewStateOf('reconnecting'))?.countdown).toEqual({ from: NOW - 9_000, to: NOW + 7_000 });
    expect(stateCard(viewStateOf('reconnecting', { link: lostLink }))?.countdown).toBeUndefined();
  });

  it('carries the problem without repeating the buttons beside it', () => {
    const card = stateCard(viewStateOf('error'));
    expect(card?.problem?.title).toBe('The gateway keeps crashing; automatic restarts are paused');
    expect(card?.problem?.steps.map((step) => step.label)).toEqual(['Show logs']);
  });
});

describe('who manages it', () => {
  it.each([
    ['owned', 'background', 'Managed by DeskClaw in the background'],
    ['owned', 'foreground', 'Managed by DeskClaw in a terminal'],
    ['owned', 'desktop', 'Managed by the DeskClaw app'],
    ['attached', 'desktop', 'Started by another program; DeskClaw only connects'],
    ['none', 'background', 'No process'],
  ] as const)('%s by a %s host', (ownership, kind, words) => {
    expect(managedBy({ ...scenes.running(NOW), ownership }, { ...hostInfo(NOW), kind })).toBe(words);
  });
});

describe('the last exit in words', () => {
  it('has words for every cause', () => {
    const words = exitCauses.map((cause) => describeExit({ code: 1, signal: null, at: 0, cause }));
    expect(new Set(words).size).toBe(exitCauses.length);
  });

  it.each([
    [{ code: null, signal: 'SIGKILL', cause: 'killed' }, 'Killed (SIGKILL)'],
    [{ code: 78, signal: null, cause: 'configuration' }, 'Bad configuration (exit 78)'],
    [{ code: null, signal: null, cause: 'not-started' }, 'Did not start'],
  ] as const)('%o', (exit, words) => {
    expect(describeExit({ ...exit, at: 0 })).toBe(words);
  });
});

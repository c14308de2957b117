import { describe, expect, it } from 'vitest';
import { describeExit, managedBy, startOutput, stateCard } from '../../src/view-models/state-card.ts';
import { exitCauses } from '../support/exit-causes.ts';
import { hostInfo, sceneNames, scenes } from '../support/scenes.ts';
import { lostLink, NOW, viewStateOf } from '../support/view-states.ts';

function factsOf(...[scene, changes]: Parameters<typeof viewStateOf>): Readonly<Record<string, string | undefined>> {
  const facts = stateCard(viewStateOf(scene, changes))?.facts ?? [];
  return Object.fromEntries(facts.map((fact) => [fact.id, fact.value]));
}

describe('the state card', () => {
  it('the state card has a label and a time in every scene', () => {
    for (const name of sceneNames) {
      const card = stateCard(viewStateOf(name));
      expect(card?.appearance.label, name).toMatch(/^[A-Z]/u);
      expect(card?.lasted, name).toMatch(/^for \d/u);
    }
  });

  it('a running gateway shows every fact', () => {
    expect(factsOf('running')).toEqual({
      pid: 'pid 4121',
      version: '2026.9.6',
      uptime: '3 h 12 min',
      latency: '3 ms',
      restarts: '1',
      'last-exit': 'Killed (SIGKILL)',
    });
  });

  it('unknown facts of a running gateway are shown as unknown, not as zero', () => {
    const { version: _v, latencyMs: _l, pid: _p, lastExit: _e, ...bare } = scenes.running(NOW);
    const facts = factsOf(bare);
    expect(Object.keys(facts)).toEqual(['pid', 'version', 'uptime', 'latency', 'restarts', 'last-exit']);
    expect(facts).toMatchObject({ pid: undefined, version: undefined, latency: undefined, 'last-exit': undefined });
  });

  it('a stopped gateway leaves out facts it cannot have', () => {
    expect(Object.keys(factsOf('stopped'))).toEqual(['restarts', 'last-exit']);
  });

  it('stopped and running show no progress line', () => {
    const plain = sceneNames.filter((name) => stateCard(viewStateOf(name))?.line === undefined);
    expect(plain).toEqual(['running', 'attached', 'stopped', 'firstRun']);
  });

  it('the last exit is an alert only while it keeps the gateway down', () => {
    const loud = sceneNames.filter((name) => stateCard(viewStateOf(name))?.facts.some((fact) => fact.tone === 'alert'));
    expect(loud).toEqual(['error']);
  });

  it('a frozen gateway is not responding since it froze, not since it began to run', () => {
    const card = stateCard(viewStateOf('unresponsive'));
    expect(card).toMatchObject({ lasted: 'for 14 s', since: 'since 14:01:57' });
    expect(card?.countdown).toEqual({ from: NOW - 14_000, to: NOW + 168_000 });
  });

  it('a frozen gateway has no response time, and says for how long', () => {
    const latency = stateCard(viewStateOf('unresponsive'))?.facts.find((fact) => fact.id === 'latency');
    expect(latency).toEqual({ id: 'latency', label: 'Response time', value: undefined, note: 'none for 14 s' });
  });

  it.each([
    ['running', 'OpenClaw 2026.9.6'],
    ['stopped', 'Next start: Built-in gateway 0.2.0'],
    ['error', undefined],
  ] as const)('the card of the scene %s names the program %s', (name, program) => {
    expect(stateCard(viewStateOf(name))?.program).toBe(program);
  });

  it('a starting gateway shows its newest line, none of an earlier run and none of DeskClaw', () => {
    const status = scenes.starting(NOW);
    const line = (at: number, source: 'gateway' | 'supervisor') => ({
      id: at,
      record: { at, source, level: 'info' as const, text: '\u001b[32mloading plugins\u001b[0m' },
    });
    const [before, since] = [line(status.since - 1, 'gateway'), line(status.since, 'gateway')];
    expect(startOutput(status, [before, since, line(NOW, 'supervisor')])).toBe('loading plugins');
    expect(startOutput(status, [before, line(NOW, 'supervisor')])).toBeUndefined();
    expect(startOutput(scenes.running(NOW), [since])).toBeUndefined();
  });

  it('the state card shows no passing time while the host is lost', () => {
    const card = stateCard(viewStateOf('running', { link: lostLink, now: NOW + 3_600_000 }));
    expect(card).toMatchObject({ stale: 'as of 14:01:41', lasted: 'for 3 h 11 min' });
  });

  it('the state card runs no countdown while the host is lost', () => {
    expect(stateCard(viewStateOf('reconnecting'))?.countdown).toEqual({ from: NOW - 9_000, to: NOW + 7_000 });
    expect(stateCard(viewStateOf('reconnecting', { link: lostLink }))?.countdown).toBeUndefined();
  });

  it('the problem repeats no button of the state card', () => {
    const card = stateCard(viewStateOf('error'));
    expect(card?.problem?.title).toBe('The gateway keeps crashing; automatic restarts are paused');
    expect(card?.problem?.steps.map((step) => step.label)).toEqual(['Show logs']);
  });
});

describe('managedBy', () => {
  it.each([
    ['owned', 'background', 'Managed by DeskClaw in the background'],
    ['owned', 'foreground', 'Managed by DeskClaw in a terminal'],
    ['owned', 'desktop', 'Managed by the DeskClaw app'],
    ['attached', 'desktop', 'Started by another program; DeskClaw only connects'],
    ['none', 'background', 'No process'],
  ] as const)('the ownership %s under a %s host', (ownership, kind, words) => {
    expect(managedBy({ ...scenes.running(NOW), ownership }, { ...hostInfo(NOW), kind })).toBe(words);
  });
});

describe('describeExit', () => {
  it('describeExit has a text for every cause', () => {
    const words = exitCauses.map((cause) => describeExit({ code: 1, signal: null, at: 0, cause }));
    expect(new Set(words).size).toBe(exitCauses.length);
  });

  it.each([
    [{ code: null, signal: 'SIGKILL', cause: 'killed' }, 'Killed (SIGKILL)'],
    [{ code: 78, signal: null, cause: 'configuration' }, 'Bad configuration (exit 78)'],
    [{ code: null, signal: null, cause: 'not-started' }, 'Did not start'],
  ] as const)('describeExit of %o', (exit, words) => {
    expect(describeExit({ ...exit, at: 0 })).toBe(words);
  });
});

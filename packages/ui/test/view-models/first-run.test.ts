import { describeProblem } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { firstRun, installCommand, isFirstRun } from '../../src/view-models/first-run.ts';
import { stateCard } from '../../src/view-models/state-card.ts';
import { sceneNames, scenes } from '../support/scenes.ts';
import { NOW, viewStateOf } from '../support/view-states.ts';

describe('the first run', () => {
  it('the first-run screen appears before any start and when OpenClaw is missing', () => {
    expect(sceneNames.filter((name) => isFirstRun(scenes[name](NOW)))).toEqual(['firstRun', 'openclawMissing']);
  });

  it('a first start that failed is shown as a failure, not as a first run', () => {
    const problem = describeProblem('gateway.start-timeout', { waitedMs: 1_000, lastLines: [] }, NOW - 60_000);
    const failed = { ...scenes.firstRun(NOW), lastFailure: { problem, at: NOW - 60_000 } };
    expect(isFirstRun(failed)).toBe(false);
    expect(stateCard(viewStateOf(failed))?.problem?.title).toBe(`Last failure, 1 min ago: ${problem.title}`);
    const requests = stateCard(viewStateOf(failed))?.problem?.steps.map(
      (step) => step.kind === 'request' && step.request,
    );
    expect(requests).not.toContainEqual({ method: 'gateway.restart' });
  });

  it('the first-run screen lists what was found and where it searched', () => {
    const found = firstRun(viewStateOf('openclawMissing'))?.found.map(({ mark, text, detail }) => [mark, text, detail]);
    expect(found).toEqual([
      ['yes', 'DeskClaw 0.1.0 is running', 'pid 3912, profile “default”'],
      ['no', 'OpenClaw is not installed', scenes.openclawMissing(NOW).problem?.detail],
    ]);
  });

  it('the first-run screen claims no check before it was made', () => {
    expect(firstRun(viewStateOf('firstRun'))?.found[1]).toMatchObject({ mark: 'open' });
  });

  it('the first-run screen waits for the host', () => {
    expect(firstRun(viewStateOf('firstRun', { host: undefined }))).toBeUndefined();
  });

  it('the install command equals the one of the problem catalogue', () => {
    const commands = describeProblem('openclaw.not-installed', { searched: [] }, NOW).actions.map(
      (action) => action.command,
    );
    expect(commands).toContain(installCommand);
  });
});

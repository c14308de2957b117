import { describeProblem } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { firstRun, installCommand, isFirstRun } from '../../src/view-models/first-run.ts';
import { sceneNames, scenes } from '../support/scenes.ts';
import { NOW, viewStateOf } from '../support/view-states.ts';

describe('the first run', () => {
  it('is shown before any gateway was asked for, and where OpenClaw is missing', () => {
    expect(sceneNames.filter((name) => isFirstRun(scenes[name](NOW)))).toEqual(['firstRun', 'openclawMissing']);
  });

  it('says what was found and where it was looked for', () => {
    const found = firstRun(viewStateOf('openclawMissing'))?.found.map(({ mark, text, detail }) => [mark, text, detail]);
    expect(found).toEqual([
      ['yes', 'DeskClaw 0.1.0 is running', 'pid 3912, profile “default”'],
      ['no', 'OpenClaw is not installed', scenes.openclawMissing(NOW).problem?.detail],
    ]);
  });

  it('does not claim to have looked before it has', () => {
    expect(firstRun(viewStateOf('firstRun'))?.found[1]).toMatchObject({ mark: 'open' });
  });

  it('waits for the host', () => {
    expect(firstRun(viewStateOf('firstRun', { host: undefined }))).toBeUndefined();
  });

  it('names the command that the catalogue names', () => {
    const commands = describeProblem('openclaw.not-installed', { searched: [] }, NOW).actions.map(
      (action) => action.command,
    );
    expect(commands).toContain(installCommand);
  });
});

import { describe, expect, it } from 'vitest';
import { actionScenes, actionsIn, unprintedActions } from '../src/action-scenes.ts';
import { isReading, namesWhatToChange, readSteps } from '../src/steps.ts';

describe('readSteps', () => {
  it('reads commands, sentences and the next command of a status', () => {
    const text = [
      '✗ The port is taken (port.in-use)',
      '  → Use port 81:        deskclaw start --port 81',
      '  → End that program, then start again',
      '-> Show logs:  deskclaw logs -n 100',
      '→ If it is slow: raise a setting: deskclaw config path',
      'Next: deskclaw start',
    ].join('\n');
    expect(readSteps(text)).toEqual([
      { label: 'Use port 81', command: 'deskclaw start --port 81' },
      { label: 'End that program, then start again', command: undefined },
      { label: 'Show logs', command: 'deskclaw logs -n 100' },
      { label: 'If it is slow: raise a setting', command: 'deskclaw config path' },
      { label: 'Next', command: 'deskclaw start' },
    ]);
  });

  it('reads a step that a narrow terminal breaks into lines', () => {
    const text = '  → Install "gw", or correct its\r\n    name, then start again:\r\n      deskclaw start --port 0\r\n';
    expect(readSteps(text)).toEqual([
      { label: 'Install "gw", or correct its name, then start again', command: 'deskclaw start --port 0' },
    ]);
  });
});

describe('a command is judged by what it is for', () => {
  it.each([
    ['deskclaw logs -n 100', true],
    ['deskclaw --profile b status', true],
    ['ps -fp 7', true],
    ['deskclaw doctor --fix', false],
    ['deskclaw start', false],
    ['chmod +x gw && deskclaw start', false],
  ])('isReading of %s is %s', (command, expected) => {
    expect(isReading(command)).toBe(expected);
  });

  it('a sentence that does not name what has to be changed is no step', () => {
    const fault = { person: { named: '/home/me/token', act: () => undefined } };
    const step = (label: string) => ({ label, command: undefined });
    expect(namesWhatToChange(step('Please try all of it again now'), fault)).toBe(false);
    expect(namesWhatToChange(step('Correct the token in /home/me/token'), fault)).toBe(true);
    expect(namesWhatToChange(step('Correct the token in /home/me/token'), {})).toBe(false);
  });
});

it('actionsIn finds the actions with a command of every problem in a document', () => {
  const problem = {
    code: 'port.in-use',
    actions: [{ id: 'other-port', command: 'x' }, { id: 'sentence' }, { id: 'fix-2', command: 'y' }],
  };
  const line = JSON.stringify({ gateway: { lastFailure: { problem } } });
  expect(actionsIn(`noise\n${line}\n`)).toEqual(['port.in-use/other-port', 'port.in-use/fix']);
});

it('unprintedActions names an action that is claimed for a scenario and was not printed by it', () => {
  const [claim = '', name = ''] = Object.entries(actionScenes)[0] ?? [];
  expect(unprintedActions([{ name, actions: [] }]).join()).toContain(claim);
  expect(unprintedActions([{ name: 'a scenario without claims', actions: [] }])).toEqual([]);
});

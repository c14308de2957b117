import { describe, expect, it } from 'vitest';
import { actionsIn } from '../src/judge.ts';
import { isReading, judgeSentence, readSteps } from '../src/steps.ts';

describe('readSteps', () => {
  it('reads commands, sentences and the next command of a status', () => {
    const text = [
      '✗ The port is taken (port.in-use)',
      '  → Use port 81:        deskclaw start --port 81',
      '  → End that program, then start again',
      '-> Show logs:  deskclaw logs -n 100',
      'Next: deskclaw start',
    ].join('\n');
    expect(readSteps(text)).toEqual([
      { label: 'Use port 81', command: 'deskclaw start --port 81' },
      { label: 'End that program, then start again', command: undefined },
      { label: 'Show logs', command: 'deskclaw logs -n 100' },
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

  it('a sentence that says too little is no step', () => {
    expect(judgeSentence({ label: 'Retry now', command: undefined })).toContain('Retry now');
    expect(judgeSentence({ label: 'Correct the token in /home/me/token', command: undefined })).toBeUndefined();
  });
});

it('actionsIn finds the actions with a command of every problem in a document', () => {
  const problem = { code: 'port.in-use', actions: [{ id: 'other-port', command: 'x' }, { id: 'sentence' }] };
  const line = JSON.stringify({ gateway: { lastFailure: { problem } } });
  expect(actionsIn(`noise\n${line}\n`)).toEqual(['port.in-use/other-port']);
});

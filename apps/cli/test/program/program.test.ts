import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/exit.ts';
import { parseCommandLine } from '../../src/program/program.ts';

function refusal(...argv: readonly string[]): UsageError {
  try {
    parseCommandLine(argv, () => undefined);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error(`accepted: ${argv.join(' ')}`);
}

function globals(...argv: readonly string[]) {
  const line = parseCommandLine(argv, () => undefined);
  if (line === undefined) throw new Error('no command');
  return line.globals;
}

describe('what is refused, and what it says', () => {
  it.each([
    [['strat'], "unknown command 'strat'", undefined],
    [['strat'], 'Did you mean start?', undefined],
    [['status', '--jsn'], 'Did you mean --json?', 'status'],
    [['status', 'extra'], 'too many arguments', 'status'],
    [['start', '--port', '99999'], '0 (any free one) to 65535', 'start'],
    [['start', '--port', 'http'], '0 (any free one) to 65535', 'start'],
    [['start', '--port', '-1'], '0 (any free one) to 65535', 'start'],
    [['start', '--port'], 'argument missing', 'start'],
    [['start', '--gateway', 'claw'], 'Allowed choices are openclaw, builtin', 'start'],
    [['start', '--gateway', 'builtin', '--command', 'x'], 'cannot be used with', 'start'],
    [['start', '--command', "gw 'open"], 'single quote is never closed', 'start'],
    [['start', '--command', 'a | b'], 'needs a shell', 'start'],
    [['start', '--install', '--command', 'x'], 'cannot be used with', 'start'],
    [['openclaw'], 'No command was given', 'openclaw'],
    [['openclaw', 'use'], "missing required argument 'version'", 'openclaw use'],
    [['start', '--timeout', '0'], 'number of seconds above 0', 'start'],
    [['start', '--timeout', '1e9'], 'number of seconds above 0', 'start'],
    [['logs', '--level', 'loud'], 'Allowed choices', 'logs'],
    [['logs', '--since', 'soon'], 'Use an age', 'logs'],
    [['logs', '--grep', '('], 'Unterminated group', 'logs'],
    [['logs', '-n', 'many'], 'whole number', 'logs'],
    [['call'], "missing required argument 'method'", 'call'],
    [['config', 'gte'], "unknown command 'gte'", 'config'],
    [['--profile', '../x', 'status'], 'named by up to 64', undefined],
    [['--profile', 'a/b', 'status'], 'named by up to 64', undefined],
    [['--profile', '', 'status'], 'named by up to 64', undefined],
    [['-q', '-v', 'status'], 'cannot be used with', undefined],
    [['--json'], 'No command was given', undefined],
  ])('parseCommandLine rejects %j with "%s"', (argv, words, command) => {
    const error = refusal(...argv);
    expect(error.message).toContain(words);
    if (command !== undefined) expect(error.command).toBe(command);
  });
});

describe('flags for every command', () => {
  it('global options are accepted before and after the command', () => {
    expect(globals('--json', '--profile', 'work', 'status')).toMatchObject({ json: true, profile: 'work' });
    expect(globals('status', '--json', '--profile', 'work')).toMatchObject({ json: true, profile: 'work' });
    expect(globals('config', 'get', '--no-color')).toMatchObject({ color: false });
  });

  it('takes the profile from the environment, where no flag names one', () => {
    process.env['DESKCLAW_PROFILE'] = 'from-env';
    try {
      expect(globals('status').profile).toBe('from-env');
      expect(globals('status', '--profile', 'flag').profile).toBe('flag');
    } finally {
      delete process.env['DESKCLAW_PROFILE'];
    }
  });
});

it('shows help when nothing is asked', () => {
  let shown = '';
  expect(parseCommandLine([], (text) => (shown += text))).toBeUndefined();
  expect(shown).toContain('Usage: deskclaw');
});

import { type StartFlags, suggestedStart, withStartFlags } from '@deskclaw/host';
import { describeProblem } from '@deskclaw/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitCommand } from '../../src/command-line/split-command.ts';
import { parseCommandLine } from '../../src/program/program.ts';

const gateway: StartFlags = { command: ['node', 'my gateway.js', '--port', '{port}'] };
const line = `--command "node 'my gateway.js' --port {port}"`;

describe('a suggested start keeps what the user gave', () => {
  it.each<[string, StartFlags, string]>([
    ['deskclaw start', {}, 'deskclaw start'],
    ['deskclaw start --port 7001', { gateway: 'builtin', port: 7000 }, 'deskclaw start --gateway builtin --port 7001'],
    ['deskclaw start --port 7001', { ...gateway, port: 7000 }, `deskclaw start ${line} --port 7001`],
    ['deskclaw start --timeout 300', { ...gateway, timeoutMs: 1_500 }, `deskclaw start ${line} --timeout 300`],
    ['deskclaw start', { port: 0, timeoutMs: 1_500 }, 'deskclaw start --port 0 --timeout 1.5'],
    ['deskclaw start --gateway builtin', { ...gateway, port: 9 }, 'deskclaw start --port 9 --gateway builtin'],
    [
      'deskclaw start --command "x --port {port}"',
      { gateway: 'builtin', port: 9 },
      'deskclaw start --port 9 --command "x --port {port}"',
    ],
    [
      'deskclaw start --command "x --port {port}"',
      { gateway: 'openclaw' },
      'deskclaw start --command "x --port {port}"',
    ],
    ['TOKEN=/x deskclaw start', { gateway: 'builtin' }, 'TOKEN=/x deskclaw start --gateway builtin'],
    ['deskclaw stop && deskclaw start', { port: 9 }, 'deskclaw stop && deskclaw start --port 9'],
    ['deskclaw logs -n 100', { port: 9 }, 'deskclaw logs -n 100'],
    ['deskclaw restart', { gateway: 'builtin', foreground: true }, 'deskclaw start --gateway builtin --foreground'],
  ])('suggestedStart completes %s with the options %j', (command, options, expected) => {
    expect(suggestedStart(command, options, false)).toBe(expected);
  });

  it('suggestedStart leaves a restart unchanged when a host runs', () => {
    expect(suggestedStart('deskclaw restart', gateway, true)).toBe('deskclaw restart');
  });

  it('suggestedStart quotes any command line so that a shell reads it back unchanged', () => {
    const word = fc
      .string({ minLength: 1, maxLength: 12 })
      .filter((text) => text.trim() === text && !text.includes('\0'));
    fc.assert(
      fc.property(word, fc.array(word, { maxLength: 4 }), (program, args) => {
        const suggested = suggestedStart('deskclaw start', { command: [program, ...args] }, false);
        const shell = splitCommand(suggested, 'linux');
        if (!shell.ok) throw new Error(suggested);
        expect(shell.argv.slice(0, 3)).toEqual(['deskclaw', 'start', '--command']);
        expect(splitCommand(shell.argv[3] ?? '', 'linux')).toEqual({ ok: true, argv: [program, ...args] });
      }),
    );
  });

  it('withStartFlags rewrites every next step into a command that parses', () => {
    const facts = { host: '127.0.0.1', port: 7000 };
    const { actions } = withStartFlags(
      describeProblem('port.in-use', facts, 0),
      { gateway: 'builtin', port: 7000 },
      false,
    );
    expect(actions.map(({ command }) => command)).toEqual(['deskclaw start --gateway builtin --port 7001']);
    const words = splitCommand(actions[0]?.command ?? '', 'linux');
    if (!words.ok) throw new Error('no command');
    expect(parseCommandLine(words.argv.slice(1), () => undefined)).toBeDefined();
  });
});

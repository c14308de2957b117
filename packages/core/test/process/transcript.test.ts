import { describe, expect, test } from 'vitest';
import { levelOf, type OutputLine } from '../../src/process/line-level.ts';
import { lastOutputOf, Transcript } from '../../src/process/transcript.ts';

function transcriptOf(...texts: readonly string[]): Transcript {
  const transcript = new Transcript();
  let before: OutputLine['level'] | undefined;
  for (const text of texts) {
    const level = levelOf(text, 'stdout', before);
    before = level;
    transcript.add({ stream: 'stdout', level, text, at: 0 });
  }
  return transcript;
}

describe('the last meaningful line of a program', () => {
  test.each<[lines: readonly string[], meaningful: string]>([
    [[], ''],
    [['loading', 'ready soon'], 'ready soon'],
    [['gateway.bind: Invalid input', '┌──────────┐', '│          │', '└──────────┘'], 'gateway.bind: Invalid input'],
    [['│  gateway.bind: Invalid input  │', '└───┘'], 'gateway.bind: Invalid input'],
    [['=== 42 ===', '...'], ''],
    [['Error: no config', '    at main (file.js:3:1)', 'Node.js v24.21.0'], 'Error: no config'],
    [['Error: no config', 'info: shutting down'], 'Error: no config'],
    [
      [
        'node:internal/modules/cjs/loader:1404',
        '  throw err;',
        '  ^',
        '',
        "Error: Cannot find module 'ws'",
        'Require stack:',
        '- /srv/gateway.js',
        ...Array.from({ length: 12 }, (_, index) => `    at load${String(index)} (node:internal/loader:1:1) {`),
        "  code: 'MODULE_NOT_FOUND',",
        "  requireStack: [ '/srv/gateway.js' ]",
        '}',
        '',
        'Node.js v24.21.0',
      ],
      "Error: Cannot find module 'ws'",
    ],
    [['  only indented', '  lines'], 'only indented'],
    [['Error: optional', ...Array.from({ length: 10 }, (_, index) => `step number ${String(index)}`)], 'step number 9'],
  ])('of %j it is %j', (lines, meaningful) => {
    expect(transcriptOf(...lines).lastMeaningfulLine).toBe(meaningful);
  });

  test('an unfinished line is a prompt, comes first, and is redacted', () => {
    const transcript = transcriptOf('Error: no config');
    expect(lastOutputOf('', transcript)).toEqual({ text: 'Error: no config' });
    expect(lastOutputOf('Password for s3cret: ', transcript, (text) => text.replace('s3cret', '***'))).toEqual({
      text: 'Password for ***:',
      waits: true,
    });
    expect(lastOutputOf('', transcriptOf())).toBeUndefined();
  });
});

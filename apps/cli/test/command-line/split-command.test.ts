import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitCommand } from '../../src/command-line/split-command.ts';

function argv(text: string, platform: NodeJS.Platform = 'linux'): readonly string[] {
  const split = splitCommand(text, platform);
  if (!split.ok) throw new Error(`${split.fault} at ${String(split.at)}`);
  return split.argv;
}

describe('what a shell would split it to', () => {
  it.each([
    ['openclaw gateway run --port {port}', ['openclaw', 'gateway', 'run', '--port', '{port}']],
    ['  spaced\tout \n twice  ', ['spaced', 'out', 'twice']],
    [`a 'b c' "d e"`, ['a', 'b c', 'd e']],
    [`--name=''`, ['--name=']],
    [`a '' ""`, ['a', '', '']],
    [`one'two'"three"four`, ['onetwothreefour']],
    [String.raw`a\ b c\"d`, ['a b', 'c"d']],
    [String.raw`"a\"b" "c\\d" "e\f"`, ['a"b', String.raw`c\d`, String.raw`e\f`]],
    [String.raw`'single \ quotes "keep" $all'`, [String.raw`single \ quotes "keep" $all`]],
    ['a\\\nb', ['ab']],
    ['"a\\\nb"', ['ab']],
    [`sh -c 'echo $HOME | wc -c'`, ['sh', '-c', 'echo $HOME | wc -c']],
    ['~/bin/gateway *.json', ['~/bin/gateway', '*.json']],
  ])('splitCommand splits %j as a shell does', (text, expected) => {
    expect(argv(text)).toEqual(expected);
  });

  it('agrees with quoting: whatever is single-quoted comes back whole', () => {
    const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
    const words = fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }).filter(([first]) => first !== '');
    fc.assert(
      fc.property(words, (all) => {
        expect(argv(all.map(quote).join(' '))).toEqual(all);
      }),
    );
  });

  it('never throws and names a place inside the text', () => {
    const texts = fc.string({ unit: fc.constantFrom(...'ab \'"\\$|\n') });
    fc.assert(
      fc.property(texts, fc.constantFrom<NodeJS.Platform>('linux', 'win32'), (text, platform) => {
        const split = splitCommand(text, platform);
        if (split.ok) expect(split.argv[0]).not.toBe('');
        else expect(split.at).toBeLessThanOrEqual(Math.max(0, text.length - 1));
      }),
    );
  });
});

describe('what is refused, and where', () => {
  it.each([
    ["gw 'open", 3, 'single quote'],
    ['gw "open', 3, 'double quote'],
    ['gw x\\', 4, 'backslash'],
    ['gw | tee log', 3, 'shell'],
    ['gw && other', 3, 'shell'],
    ['gw > log', 3, 'shell'],
    ['gw $HOME', 3, 'shell'],
    ['gw `id`', 3, 'shell'],
    ['gw "$HOME"', 4, 'shell'],
    ['', 0, 'no program'],
    ['   ', 0, 'no program'],
    [`''`, 0, 'no program'],
  ])('splitCommand rejects %j and names the position', (text, at, words) => {
    expect(splitCommand(text, 'linux')).toEqual({ ok: false, at, fault: expect.stringContaining(words) });
  });
});

describe('on Windows', () => {
  it('keeps the backslashes of a path', () => {
    expect(argv(String.raw`"C:\Program Files\node.exe" C:\gw\main.js`, 'win32')).toEqual([
      String.raw`C:\Program Files\node.exe`,
      String.raw`C:\gw\main.js`,
    ]);
  });
});

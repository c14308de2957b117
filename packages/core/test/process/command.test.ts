import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PathKind, Programs } from '../../src/ports/files.ts';
import { nodePrograms } from '../../src/ports/node/node-files.ts';
import {
  commandName,
  fillCommand,
  type ResolveInput,
  resolveCommand,
  throughCommandInterpreter,
} from '../../src/process/command.ts';

describe('command template', () => {
  test('fillCommand replaces every {port} and {host} and nothing else', () => {
    const filled = fillCommand(['gw', '--listen', '{host}:{port}', '--port={port}', '{name}', '$PORT', '{{port}}'], {
      host: '127.0.0.1',
      port: 18789,
    });
    expect(filled).toEqual(['gw', '--listen', '127.0.0.1:18789', '--port=18789', '{name}', '$PORT', '{18789}']);
  });

  test('fillCommand does not expand a placeholder that the host contains', () => {
    expect(fillCommand(['{host}'], { host: '$&', port: 1 })).toEqual(['$&']);
  });
});

describe('the name of a command', () => {
  test.each([
    [['openclaw', 'gateway', 'run', '--token', 'secret'], 'openclaw gateway run'],
    [['/usr/bin/node', 'server.js'], '/usr/bin/node server.js'],
    [['gw'], 'gw'],
    [['gw', '-p', '1'], 'gw'],
    [['-weird'], '-weird'],
  ])('%j is %s', (argv, name) => {
    expect(commandName(argv)).toBe(name);
  });
});

describe('finding a program on this system', () => {
  let root = '';
  const at = (...parts: string[]) => join(root, ...parts);
  const resolve = (argv: readonly string[], change: Partial<ResolveInput> = {}) =>
    resolveCommand(
      { argv, cwd: root, path: [at('first'), at('second')].join(delimiter), platform: 'linux', ...change },
      nodePrograms,
    );

  beforeAll(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'deskclaw-command-')));
    for (const folder of ['first', 'second', 'second/folder', 'with space'])
      await mkdir(at(folder), { recursive: true });
    for (const [file, mode] of [
      ['first/text', 0o644],
      ['first/both', 0o644],
      ['second/both', 0o755],
      ['second/tool', 0o755],
      ['with space/töol', 0o755],
      ['here', 0o755],
    ] as const) {
      await writeFile(at(file), '#!/bin/sh\n');
      await chmod(at(file), mode);
    }
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  test('searches the folders of PATH in order', async () => {
    expect(await resolve(['tool', '-x'])).toEqual({ ok: true, file: at('second/tool'), args: ['-x'], verbatim: false });
  });

  test('passes over a file that may not be executed, as execvp does', async () => {
    expect(await resolve(['both'])).toMatchObject({ ok: true, file: at('second/both') });
  });

  test('keeps an absolute path, spaces, umlauts and all', async () => {
    expect(await resolve([at('with space/töol')], { path: '' })).toMatchObject({
      ok: true,
      file: at('with space/töol'),
    });
  });

  test('takes a path with a separator from the working folder, not from PATH', async () => {
    expect(await resolve(['./here'])).toMatchObject({ ok: true, file: at('here') });
    expect(await resolve(['second/tool'])).toMatchObject({ ok: true, file: at('second/tool') });
    expect(await resolve(['./tool'])).toMatchObject({ ok: false, facts: { reason: 'missing' } });
  });

  test('says which folders were searched in vain', async () => {
    expect(await resolve(['nothing'])).toEqual({
      ok: false,
      facts: { command: 'nothing', reason: 'missing', searched: [at('first'), at('second')] },
    });
  });

  test('never searches the working folder, whatever an empty or relative entry of PATH would mean', async () => {
    const path = ['', '.', 'second', at('first')].join(delimiter);
    expect(await resolve(['here'], { path })).toEqual({
      ok: false,
      facts: { command: 'here', reason: 'missing', searched: [at('first')] },
    });
  });

  test('names the file that is there but may not be executed', async () => {
    expect(await resolve(['text'])).toMatchObject({
      ok: false,
      facts: { command: at('first/text'), reason: 'not-executable' },
    });
  });

  test('does not take a folder for a program, and says so where it was named by its path', async () => {
    expect(await resolve(['folder'])).toMatchObject({ ok: false, facts: { reason: 'missing' } });
    expect(await resolve([at('first')])).toMatchObject({
      ok: false,
      facts: { command: at('first'), reason: 'is-folder' },
    });
  });

  test('names the interpreter of a script that is not there, line end and all', async () => {
    await writeFile(at('first/lost'), '#!/no/such/interpreter -x\n', { mode: 0o755 });
    await writeFile(at('first/dos'), '#!/bin/sh\r\nexit 0\r\n', { mode: 0o755 });
    const facts = { ok: false, facts: { reason: 'no-interpreter' } };
    expect(await resolve(['lost'])).toMatchObject({ ...facts, facts: { interpreter: '/no/such/interpreter' } });
    expect(await resolve(['dos'])).toMatchObject({ ...facts, facts: { interpreter: '/bin/sh\r' } });
  });

  test('takes a binary of another kind of processor, which an emulator may run, and marks it', async () => {
    const elf = Buffer.alloc(128);
    elf.write('\x7fELF', 'latin1');
    // Little endian; the number of an HP workstation.
    elf.set([2, 1, 1], 4);
    elf.set([2, 0, 15, 0], 16);
    await writeFile(at('first/alien'), elf, { mode: 0o755 });
    const isElf = process.platform === 'linux';
    expect(await resolve(['alien'])).toMatchObject({
      ok: true,
      file: at('first/alien'),
      ...(isElf && { isForeign: true }),
    });
    expect(await resolve([process.execPath])).not.toHaveProperty('isForeign');
  });

  test('says that the working folder does not exist', async () => {
    expect(await resolve(['tool'], { cwd: at('gone') })).toEqual({
      ok: false,
      facts: { command: at('gone'), reason: 'no-folder', searched: [] },
    });
    expect(await resolve(['tool'], { cwd: at('here') })).toMatchObject({ ok: false, facts: { reason: 'no-folder' } });
  });

  test('finds nothing by the name of nothing', async () => {
    expect(await resolve([''])).toMatchObject({ ok: false, facts: { reason: 'missing' } });
    expect(await resolve([])).toMatchObject({ ok: false, facts: { reason: 'missing' } });
  });
});

describe('finding a program by the rules of Windows', () => {
  const files: Record<string, PathKind> = {
    'C:\\': 'folder',
    'C:\\tools\\gw.exe': 'program',
    'C:\\npm\\openclaw.cmd': 'program',
    'C:\\npm\\openclaw': 'program',
    'C:\\work\\run.bat': 'program',
  };
  const programs: Programs = {
    kindOf: async (path) => files[path] ?? 'missing',
    interpreterOf: async () => undefined,
    isForeign: async () => false,
  };
  const resolve = (...argv: string[]) =>
    resolveCommand({ argv, cwd: 'C:\\', path: 'C:\\npm;C:\\tools', platform: 'win32' }, programs);

  test('tries the endings of PATHEXT, never the bare name: that is a script for another system', async () => {
    expect(await resolve('gw')).toMatchObject({ ok: true, file: 'C:\\tools\\gw.exe', verbatim: false });
    expect(await resolve('openclaw')).toMatchObject({
      ok: true,
      file: 'C:\\Windows\\System32\\cmd.exe',
      verbatim: true,
    });
  });

  test('takes a name with an ending as it is', async () => {
    expect(await resolve('gw.EXE')).toMatchObject({ ok: false });
    expect(await resolve('gw.exe', 'a')).toMatchObject({ ok: true, args: ['a'] });
  });

  test('takes paths with either separator or a drive', async () => {
    expect(await resolve('work\\run.bat')).toMatchObject({ ok: true, verbatim: true });
    expect(await resolve('C:/tools/gw')).toMatchObject({ ok: true, file: 'C:\\tools\\gw.exe' });
  });
});

describe('the command interpreter of Windows', () => {
  /** Unescapes as `cmd.exe` does: a caret is dropped, the character after it stays. */
  const readOnce = (text: string) => text.replace(/\^(.)/gs, '$1');
  /** How the C runtime splits a command line into arguments. */
  function splitArguments(line: string): readonly string[] {
    const args: string[] = [];
    let rest = line;
    while (rest !== '') {
      const quoted = /^"((?:\\.|[^"\\])*)"\s?/s.exec(rest);
      if (quoted === null) throw new Error(`not quoted: ${rest}`);
      args.push(
        (quoted[1] ?? '').replace(
          /(\\+)("|$)/g,
          (_, slashes: string, quote: string) => '\\'.repeat(slashes.length / 2) + quote,
        ),
      );
      rest = rest.slice(quoted[0].length);
    }
    return args;
  }

  test('a batch file runs through cmd.exe by its full path, without AutoRun', () => {
    expect(throughCommandInterpreter('C:\\a b\\x.cmd', ['1'], 'D:\\Win')).toEqual({
      file: 'D:\\Win\\System32\\cmd.exe',
      args: ['/d', '/s', '/c', '"^"C:\\a^ b\\x.cmd^" ^^^"1^^^""'],
      verbatim: true,
    });
  });

  test('every argument reaches the child unchanged', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('a', ' ', '"', '\\', '&', '|', '<', '>', '^', '%', '!', '(', ')', ';', ',', '*', '?'),
    });
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 4 }), (args) => {
        const { args: line } = throughCommandInterpreter('C:\\x.cmd', args, 'C:\\Windows');
        const inner = (line[3] ?? '').slice(1, -1);
        const onceRead = readOnce(inner);
        const afterName = onceRead.slice('"C:\\x.cmd"'.length).trimStart();
        expect(splitArguments(readOnce(afterName))).toEqual(args);
      }),
    );
  });

  test('leaves nothing unescaped that it would act on', () => {
    const { args } = throughCommandInterpreter('C:\\x.cmd', ['& calc.exe', '%PATH%', '"&calc&"'], 'C:\\Windows');
    const inner = (args[3] ?? '').slice(1, -1);
    expect(inner.replace(/\^./g, '')).not.toMatch(/[&|<>%"]/);
  });

  test.each(['a\nb', 'a\rb', 'a\0b'])('refuses what it cannot carry: %j', (arg) => {
    expect(() => throughCommandInterpreter('C:\\x.cmd', [arg], 'C:\\Windows')).toThrow('line break');
  });
});

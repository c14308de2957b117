import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { deskclaw, pinnedNode, root } from '../setup/workspace.mjs';

const readme = readFileSync(join(root, 'README.md'), 'utf8');

function codeBlocks(language: string, text = readme): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map((match) => match[1] ?? '');
}

const packageReadmes = ['packages', 'apps']
  .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}/README.md`))
  .filter((path) => existsSync(join(root, path)));

describe('the README', () => {
  const commands = new Set(
    codeBlocks('sh')
      .flatMap((block) => block.split('\n'))
      .flatMap((line) => /^deskclaw (?<words>[a-z]+)/.exec(line)?.groups?.['words'] ?? []),
  );

  test('the README shows more than six commands', () => {
    expect(commands.size).toBeGreaterThan(6);
  });

  test.each([...commands])('the command %s of the README exists', async (command) => {
    const { stdout } = await promisify(execFile)(pinnedNode, [deskclaw, command, '--help']);
    expect(stdout).toMatch(new RegExp(`Usage: deskclaw ${command}|Exit codes of`));
  });

  test('the README lists every exit code', async () => {
    const { stdout } = await promisify(execFile)(pinnedNode, [deskclaw, 'help', 'exit-codes', '--json']);
    const { exitCodes }: { exitCodes: { code: number }[] } = JSON.parse(stdout);
    const rows = [...readme.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap((match) => (match[1] ?? '').split(', '));
    expect(rows.map(Number)).toEqual(exitCodes.map(({ code }) => code));
  });

  test('the example program in the README compiles', () => {
    const [program] = codeBlocks('ts');
    expect(program).toBeDefined();
    expect(typeErrors(program ?? '')).toEqual([]);
  });

  test.each(packageReadmes)('the examples of %s compile', (path) => {
    const examples = codeBlocks('ts', readFileSync(join(root, path), 'utf8'));
    for (const example of examples) expect(typeErrors(example)).toEqual([]);
  });

  test('an example with a type error would be caught', () => {
    const [program] = codeBlocks('ts');
    expect(typeErrors(`${program ?? ''}\nawait gateway.rpc('channels.get', { wrong: true });`)).toHaveLength(1);
  });
});

/** Returns the type errors of the text, compiled as a module of a program that depends on the SDK. */
function typeErrors(text: string): string[] {
  const file = join(root, 'apps', 'cli', 'readme-example.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    typeRoots: [join(root, 'node_modules', '@types')],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (path) => path === file || fileExists(path);
  host.getSourceFile = (path, language) =>
    path === file ? ts.createSourceFile(path, text, language) : getSourceFile(path, language);
  const found = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

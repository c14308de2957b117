import { type ExecFileOptions, execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, posix } from 'node:path';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { members, packageManager, pinnedNode, root, toolEnvironment } from '../setup/workspace.mjs';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly [key: string]: unknown;
}

const exec = promisify(execFile);
const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
const published = members.filter((folder) => manifestOf(folder).private !== true && !folder.startsWith('verify/'));

const work = mkdtempSync(join(tmpdir(), 'deskclaw-packages-'));
const tarballs = new Map<string, string>();
const files = new Map<string, ReadonlySet<string>>();

async function run(program: string, args: readonly string[], options: ExecFileOptions = {}): Promise<string> {
  const { stdout } = await exec(program, [...args], { env: toolEnvironment(), ...options });
  return String(stdout);
}

const unpacked = (folder: string) => join(work, 'unpacked', folder, 'package');
const readPacked = (folder: string, path: string) => readFileSync(join(unpacked(folder), path), 'utf8');

beforeAll(async () => {
  for (const folder of published) {
    const cwd = join(root, folder);
    const packed = await run('npx', ['--yes', packageManager(), 'pack', '--json', '--pack-destination', work], { cwd });
    const { filename }: { filename: string } = JSON.parse(packed);
    const tarball = join(work, basename(filename));
    tarballs.set(folder, tarball);
    mkdirSync(dirname(unpacked(folder)), { recursive: true });
    await run('tar', ['xzf', tarball, '-C', dirname(unpacked(folder))]);
    const listed = readdirSync(unpacked(folder), { recursive: true, encoding: 'utf8' });
    files.set(folder, new Set(listed));
  }
}, 300_000);

afterAll(() => rmSync(work, { recursive: true, force: true }));

describe.each(published)('the package of %s', (folder) => {
  test('has a README, a licence and what a registry shows', () => {
    expect([...(files.get(folder) ?? [])]).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'package.json']));
    const manifest: Manifest = JSON.parse(readPacked(folder, 'package.json'));
    expect(manifest).toMatchObject({
      description: expect.stringMatching(/.{20}/),
      keywords: expect.arrayContaining([expect.any(String)]),
      license: 'MIT',
      engines: { node: '>=22.19' },
      publishConfig: { access: 'public' },
    });
    expect(JSON.stringify(manifest)).not.toContain('workspace:');
  });

  test('holds no tests and no build state, and every source map finds its source', () => {
    const listed = [...(files.get(folder) ?? [])];
    expect(listed.filter((path) => /tsbuildinfo|\.test\.|(^|\/)test(\/|$)/.test(path))).toEqual([]);
    const dead = listed
      .filter((path) => path.endsWith('.map'))
      .filter((path) => {
        const { sources }: { sources: string[] } = JSON.parse(readPacked(folder, path));
        return !sources.every((source) => listed.includes(posix.join(posix.dirname(path), source)));
      });
    expect(dead).toEqual([]);
  });

  test('publint finds nothing', async () => {
    const tarball = readFileSync(tarballs.get(folder) ?? '');
    const { messages, pkg } = await publint({
      pack: { tarball: new Uint8Array(tarball).buffer },
      strict: true,
    });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });
});

/** The decision for ES modules only: `require` gets a module by `require(esm)`, and `moduleResolution: node10` nothing. */
const esmOnly = new Set(['CJSResolvesToESM', 'NoResolution']);

test.each(published.filter((folder) => folder.startsWith('packages/')))(
  'the types of %s resolve as its modules do',
  async (folder) => {
    const result = await checkPackage(createPackageFromTarballData(readFileSync(tarballs.get(folder) ?? '')));
    if (result.types === false) throw new Error('no types');
    const unexpected = result.problems.filter((problem) => {
      if (problem.kind === 'NoResolution') return problem.resolutionKind !== 'node10';
      return !esmOnly.has(problem.kind);
    });
    expect(unexpected).toEqual([]);
  },
);

/** An empty project into which all libraries are installed. */
const project = join(work, 'project');

describe('packages that are installed into an empty project', () => {
  const typescripts = ['typescript', 'typescript-5.9'];

  beforeAll(async () => {
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }');
    const libraries = published.filter((folder) => folder.startsWith('packages/'));
    await run('npm', ['install', '--no-audit', '--no-fund', ...libraries.map((each) => tarballs.get(each) ?? '')], {
      cwd: project,
    });
  }, 300_000);

  test('core brings protocol and ws, and nothing else', async () => {
    const folder = join(work, 'core-only');
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    const needed = ['packages/core', 'packages/protocol'].map((each) => tarballs.get(each) ?? '');
    await run('npm', ['install', '--no-audit', '--no-fund', ...needed], { cwd: folder });
    const listed = await run('npm', ['ls', '--all', '--parseable', '--omit=dev'], { cwd: folder });
    const installed = listed.trim().split('\n').slice(1);
    expect(installed.map((path) => path.replace(/^.*node_modules\//, '')).sort()).toEqual([
      '@deskclaw/core',
      '@deskclaw/protocol',
      'ws',
    ]);
  }, 120_000);

  test('every entry point loads', async () => {
    const entries = published
      .filter((folder) => folder.startsWith('packages/'))
      .flatMap((folder) => {
        const { name, exports } = manifestOf(folder);
        return Object.keys(Object(exports)).map((path) => posix.join(name, path));
      })
      .filter((entry) => !entry.endsWith('package.json'));
    expect(entries.length).toBeGreaterThan(6);
    const load = entries.map((entry) => `await import('${entry}');`).join('');
    await run(pinnedNode, ['--input-type=module', '--eval', load], { cwd: project });
    await run(pinnedNode, ['--input-type=commonjs', '--eval', "require('@deskclaw/core').GatewayManager.name"], {
      cwd: project,
    });
  });

  const node = ['--module', 'nodenext', '--lib', 'es2024'];
  const browser = ['--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2022,dom'];
  const withNodeTypes = ['--types', 'node', '--typeRoots', join(root, 'node_modules', '@types')];

  test.each(
    typescripts.flatMap((typescript) => [
      { typescript, title: 'Node without its types', entry: '@deskclaw/core', options: node },
      { typescript, title: 'Node with its types', entry: '@deskclaw/core', options: [...node, ...withNodeTypes] },
      { typescript, title: 'a browser', entry: '@deskclaw/core/client', options: browser },
    ]),
  )(
    '$entry compiles with $typescript for $title, library checks included',
    async ({ typescript, entry, options }) => {
      const name = entry === '@deskclaw/core' ? 'node' : 'browser';
      const program = {
        node: `import { GatewayManager } from '${entry}';
        await using gateway = new GatewayManager({ command: ['gateway'] });
        const { state } = gateway.getStatus();
        const { ok } = await gateway.rpc('system.health', { deep: true }, { timeoutMs: 5 });
        for await (const update of gateway.events('chat:message')) void [update.text, state, ok];`,
        browser: `import { browserSockets, GatewayConnection } from '${entry}';
        const connection = new GatewayConnection({ url: 'ws://localhost', dialect: 'auto', socketFactory: browserSockets });
        connection.once('ready', () => void connection.request('system.health'));`,
      }[name];
      const file = join(project, `${name}.ts`);
      writeFileSync(file, program ?? '');
      const tsc = join(root, 'node_modules', typescript, 'bin', 'tsc');
      const strict = ['--strict', '--noEmit', '--skipLibCheck', 'false', '--target', 'es2022'];
      const failed = await run(pinnedNode, [tsc, ...strict, ...options, file], { cwd: project }).catch(
        (error: unknown) => (error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error)),
      );
      expect(failed).toBe('');
    },
    60_000,
  );
});

describe('the command line that is installed from its packages', () => {
  const prefix = join(work, 'prefix');
  const home = join(work, 'home');
  const env = { ...toolEnvironment(), DESKCLAW_HOME: home, PATH: `${dirname(pinnedNode)}:/usr/bin:/bin` };
  const deskclaw = (...args: string[]) => run(join(prefix, 'bin', 'deskclaw'), args, { cwd: '/', env });

  beforeAll(async () => {
    const needed = ['apps/cli', 'packages/gateway', 'packages/protocol'].map((each) => tarballs.get(each) ?? '');
    await run('npm', ['install', '--global', '--prefix', prefix, '--no-audit', '--no-fund', ...needed]);
  }, 300_000);

  afterAll(async () => {
    await deskclaw('stop', '--force').catch(() => undefined);
  });

  test('starts, answers, chats, opens the dashboard and stops from another folder', async () => {
    expect(await deskclaw('version')).toMatch(/^deskclaw \d+\.\d+\.\d+/);
    await deskclaw('start', '--gateway', 'builtin', '--port', '0');
    expect(JSON.parse(await deskclaw('status', '--json'))).toMatchObject({ gateway: { state: 'running' } });
    expect(JSON.parse(await deskclaw('call', 'system.health'))).toMatchObject({ ok: true });
    expect(await deskclaw('chat', 'hello')).toContain('hello');
    const address = /http:\/\/\S+/.exec(await deskclaw('ui', '--no-open'))?.[0] ?? '';
    expect((await fetch(address)).status).toBe(200);
    expect(await deskclaw('stop')).toMatch(/^Stopped/);
    await expect(deskclaw('status')).rejects.toMatchObject({ code: 3 });
  }, 60_000);

  test.each(['22.19.0', '26.10.0'])(
    'runs on Node %s, and the SDK in it',
    async (version) => {
      const folder = join(work, `node-${version}`);
      await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', `node@${version}`]);
      const node = join(folder, 'node_modules', 'node', 'bin', 'node');
      const cli = join(prefix, 'lib', 'node_modules', 'deskclaw', 'dist', 'deskclaw.cjs');
      const own = { ...env, DESKCLAW_HOME: join(work, `home-${version}`), PATH: `${dirname(node)}:/usr/bin:/bin` };
      const withNode = (...args: string[]) => run(node, [cli, ...args], { cwd: '/', env: own });
      expect(JSON.parse(await withNode('version', '--json'))).toMatchObject({ node: version });
      await withNode('start', '--gateway', 'builtin', '--port', '0');
      try {
        expect(JSON.parse(await withNode('call', 'system.health'))).toMatchObject({ ok: true });
      } finally {
        await withNode('stop', '--force');
      }
      const program =
        "const { GatewayManager } = await import('@deskclaw/core'); new GatewayManager({ command: ['x'] });";
      await run(node, ['--input-type=module', '--eval', program], { cwd: project });
    },
    120_000,
  );

  test('carries the licences of what it bundles', () => {
    const notices = readPacked('apps/cli', 'dist/THIRD-PARTY-NOTICES.txt');
    for (const name of ['commander', 'ws', 'zod', 'semver', 'json5', 'react-dom']) expect(notices).toContain(name);
  });
});

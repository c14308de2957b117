/**
 * `node scripts/pack.mjs [--linux dir] …`: builds the app and packs it with electron-builder, whose arguments follow.
 * `ELECTRON_OVERRIDE_DIST_PATH`: the folder of the Electron to pack; without it the builder fetches its own.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrap } from '../../../scripts/bootstrap.mjs';
import { root, toolEnvironment, windows } from '../../../scripts/setup/workspace.mjs';

const BUILDER = 'electron-builder@26.17.0';
const app = dirname(dirname(fileURLToPath(import.meta.url)));
const programs = join(app, 'dist', 'programs');

/**
 * The programs that run beside the app: the command line, which can be a host in the background, and the built-in gateway
 * where both look for it. Bundled, so that they need nothing but a Node.
 */
async function gatherPrograms() {
  const { build } = await import('esbuild');
  rmSync(programs, { recursive: true, force: true });
  cpSync(join(root, 'apps', 'cli', 'dist'), programs, {
    recursive: true,
    filter: (path) => !/[\\/]types(?:[\\/]|$)|\.map$/u.test(path),
  });
  // A binary cannot be bundled: the package goes as it is, with the binary of this machine's kind, which lies beside it.
  const fromCli = createRequire(join(root, 'apps', 'cli', 'package.json'));
  const keyring = dirname(dirname(realpathSync(fromCli.resolve('@napi-rs/keyring'))));
  for (const name of readdirSync(keyring)) {
    cpSync(realpathSync(join(keyring, name)), join(programs, 'node_modules', '@napi-rs', name), { recursive: true });
  }
  const gateway = join(programs, 'node_modules', '@deskclaw', 'gateway');
  const dist = join(root, 'packages', 'gateway', 'dist');
  await build({
    entryPoints: [join(dist, 'index.js'), join(dist, 'deskclaw-gateway.js')],
    outdir: join(gateway, 'dist'),
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    external: ['bufferutil', 'utf-8-validate'],
    // ws is CommonJS and asks for Node's modules by require.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    logLevel: 'warning',
  });
  mkdirSync(gateway, { recursive: true });
  const manifest = { name: '@deskclaw/gateway', type: 'module', exports: { '.': './dist/index.js' } };
  writeFileSync(join(gateway, 'package.json'), `${JSON.stringify(manifest)}\n`);
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code
 */
function buildPackages(args) {
  return new Promise((resolve, reject) => {
    const electron = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
    const from = electron === undefined ? [] : [`--config.electronDist=${electron}`];
    const child = spawn('npx', ['--yes', BUILDER, '--config', 'electron-builder.yml', ...from, ...args], {
      // The builder resolves its hooks from the current folder.
      cwd: app,
      env: toolEnvironment(),
      stdio: 'inherit',
      shell: windows,
    });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

try {
  await bootstrap();
  await gatherPrograms();
  process.exitCode = await buildPackages(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

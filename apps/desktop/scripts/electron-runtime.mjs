import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const programs = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' };

function packageFolder() {
  return dirname(createRequire(import.meta.url).resolve('electron/package.json'));
}

/**
 * The Electron program of this checkout, if it is here: the package brings only its types and fetches the program when asked to.
 * `ELECTRON_OVERRIDE_DIST_PATH` names a folder with another one, as the package itself has it.
 * @param {Readonly<Record<string, string | undefined>>} [env]
 * @returns {string | undefined}
 */
export function findElectron(env = process.env) {
  const named = env['ELECTRON_OVERRIDE_DIST_PATH'];
  const name = process.platform === 'darwin' || process.platform === 'win32' ? programs[process.platform] : 'electron';
  const path = join(named === undefined || named === '' ? join(packageFolder(), 'dist') : named, name);
  return existsSync(path) ? path : undefined;
}

/**
 * Why there can be no window here, whatever is installed.
 * @param {{ platform: NodeJS.Platform, env: Readonly<Record<string, string | undefined>>, uid: number | undefined }} machine
 * @returns {string | undefined}
 */
export function whyNoWindow({ platform, env, uid }) {
  if (platform !== 'linux') return undefined;
  if ((env['DISPLAY'] ?? '') === '' && (env['WAYLAND_DISPLAY'] ?? '') === '') {
    return 'there is no display to open a window on';
  }
  return uid === 0 ? 'Electron keeps its sandbox only for ordinary users, and this is root' : undefined;
}

/** Returns the pinned Electron version. */
export function electronVersion() {
  /** @type {{ version: string }} */
  const manifest = JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8'));
  return manifest.version;
}

/**
 * Lets the package fetch its program.
 * @returns {Promise<string | undefined>} why it could not, in the package's own first line
 */
export function fetchElectron() {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(packageFolder(), 'install.js')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let words = '';
    child.stderr.on('data', (/** @type {Buffer} */ chunk) => {
      words = (words + chunk.toString('utf8')).slice(0, 2_000);
    });
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) =>
      resolve(code === 0 ? undefined : (words.trim().split('\n')[0] ?? `exit code ${code}`)),
    );
  });
}

/** `pnpm desktop`: builds what has changed and opens the app; says in one line why it cannot, and what can be done instead. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrap } from '../../../scripts/bootstrap.mjs';
import { toolEnvironment } from '../../../scripts/setup/workspace.mjs';

const app = dirname(dirname(fileURLToPath(import.meta.url)));
const instead = 'The same screen in a browser: pnpm deskclaw ui';

/**
 * @param {string} electron
 * @returns {Promise<number>} its exit code
 */
function open(electron) {
  return new Promise((resolve, reject) => {
    const child = spawn(electron, [app, ...process.argv.slice(2)], { stdio: 'inherit', env: toolEnvironment() });
    // The app ends its gateway first; we wait for that.
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
      process.on(signal, () => child.kill(signal));
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]));
  });
}

/**
 * @returns {Promise<string>} Electron's program
 * @throws {Error} what is missing, in one line
 */
async function haveElectron() {
  // Only installed now, on a fresh clone.
  const { electronVersion, fetchElectron, findElectron, whyNoWindow } = await import('./electron-runtime.mjs');
  const hindered = whyNoWindow({ platform: process.platform, env: process.env, uid: process.getuid?.() });
  const found = findElectron();
  if (hindered !== undefined) {
    const missing = found === undefined ? `Electron ${electronVersion()} is not here, and ` : '';
    throw new Error(`No window can be opened here: ${missing}${hindered}. ${instead}`);
  }
  if (found !== undefined) return found;
  const why = await fetchElectron();
  const fetched = findElectron();
  if (fetched !== undefined) return fetched;
  throw new Error(
    `Electron ${electronVersion()} is not here and could not be fetched (${why ?? 'no reason given'}). ${instead}`,
  );
}

async function start() {
  await bootstrap();
  return open(await haveElectron());
}

try {
  process.exitCode = await start();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

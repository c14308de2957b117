import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { root, toolEnvironment, windows } from './workspace.mjs';

/**
 * @typedef {object} RunOptions
 * @property {Readonly<Record<string, string>>} [env] added to the workspace's own environment
 * @property {(line: string) => void} [onLine] sees each line of output as it comes; without it the output goes
 *   straight to the terminal
 */

/**
 * Runs a program of the workspace to its end.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<number>} its exit code; 128 + n where signal n ended it, as shells say it
 */
export function run(file, args, { env = {}, onLine } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: root,
      env: { ...toolEnvironment(), ...env },
      stdio: onLine === undefined ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      // The tools are .cmd files there, which only a shell can run.
      shell: windows,
    });
    for (const pipe of [child.stdout, child.stderr]) {
      if (pipe !== null && onLine !== undefined) createInterface({ input: pipe }).on('line', onLine);
    }
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]));
  });
}

import { spawn } from 'node:child_process';
import { deskclaw, pinnedNode, windows } from '../setup/workspace.mjs';

/**
 * One command of the built command line, to its end; its output goes to the terminal.
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code
 */
export function runCommand(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(pinnedNode, [deskclaw, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/**
 * @typedef {object} SeenStatus
 * @property {{ pid: number } | null} host
 * @property {{ state: string, pid?: number, url?: string }} gateway
 */

/** @returns {Promise<SeenStatus>} what `deskclaw status --json` says now */
export function readStatus() {
  return new Promise((resolve, reject) => {
    const child = spawn(pinnedNode, [deskclaw, 'status', '--json'], { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      try {
        resolve(JSON.parse(text));
      } catch {
        reject(new Error(`"deskclaw status --json" ended with ${code} and said: ${text.slice(0, 200)}`));
      }
    });
  });
}

/**
 * The gateway under supervision, as long as the returned process lives.
 * In a process group of its own: npm passes a Ctrl-C on although the terminal has done so already, and the second
 * one would force what the first one asked for. So this script hears the terminal, and the child hears this script.
 * @param {number} port 0 takes any free one
 */
export function startSupervised(port) {
  return spawn(pinnedNode, [deskclaw, 'start', '--foreground', '--gateway', 'builtin', '--port', String(port)], {
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: !windows,
  });
}

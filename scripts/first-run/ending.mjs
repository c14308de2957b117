import { windows } from '../setup/workspace.mjs';

/** What npm passes on of one Ctrl-C arrives a few ms after the terminal's own; a person takes longer. */
const SAME_PRESS_MS = 300;
/** After the second Ctrl-C the child ends by itself, by force; after this long it is ended. */
const FORCE_MS = 5_000;

/**
 * Passes the wish to end on to the child: the first asks, a second insists.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {{ asked: () => boolean }}
 */
export function passEndingOn(child) {
  let lastAt = Number.NEGATIVE_INFINITY;
  let count = 0;
  /** @param {NodeJS.Signals} signal */
  const pass = (signal) => {
    const now = performance.now();
    if (now - lastAt < SAME_PRESS_MS) return;
    lastAt = now;
    count += 1;
    // There the console has told the child itself, and a kill would not ask but end it.
    if (!windows) child.kill(signal);
    if (count === 2) setTimeout(() => child.kill('SIGKILL'), FORCE_MS).unref();
  };
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => pass(signal));
  return { asked: () => count > 0 };
}

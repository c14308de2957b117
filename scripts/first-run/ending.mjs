import { windows } from '../setup/workspace.mjs';

/** What npm passes on of one Ctrl-C arrives a few ms after the terminal's own; a person takes longer. */
const SAME_PRESS_MS = 300;
/** After the second Ctrl-C the child ends by itself, by force; after this long it is ended. */
const FORCE_MS = 5_000;

/**
 * Passes a request to end on to the child: the first lets it finish, a second forces it.
 * @param {{ kill(signal: NodeJS.Signals): unknown }} child
 * @param {{ source?: import('node:events').EventEmitter, now?: () => number }} [world] for tests
 * @returns {{ asked: () => boolean }}
 */
export function passEndingOn(child, { source = process, now = () => performance.now() } = {}) {
  let lastAt = Number.NEGATIVE_INFINITY;
  let count = 0;
  /** @param {NodeJS.Signals} signal */
  const pass = (signal) => {
    const at = now();
    if (at - lastAt < SAME_PRESS_MS) return;
    lastAt = at;
    count += 1;
    // There the console has told the child itself, and a kill would not ask but end it.
    if (!windows) child.kill(signal);
    if (count === 2) setTimeout(() => child.kill('SIGKILL'), FORCE_MS).unref();
  };
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) source.on(signal, () => pass(signal));
  return { asked: () => count > 0 };
}

import type { ControlClient } from '@deskclaw/core';
import type { GatewayStatus } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';
import { formatDuration, phaseLabels } from './format.ts';

const FRAME_MS = 100;

/** Shows the steps of a task. */
export interface Steps {
  /** @param note goes with the time that passed: shown where the line is rewritten, never printed again. */
  show(step: string, note?: string): void;
  /** Removes the line. */
  end(): void;
}

/** Rewrites one line with the current step and the elapsed time. */
function liveSteps(shell: Shell, title: string, first: string): Steps {
  const { err } = shell;
  const { glyphs, paint } = err.style;
  const startedAt = performance.now();
  let step = first;
  let note = '';
  let frame = 0;
  const draw = (): void => {
    const glyph = glyphs.spinner[frame % glyphs.spinner.length] ?? '';
    const text = `${title}: ${step} (${formatDuration(performance.now() - startedAt)}${note})`;
    err.transient(`${paint(glyph, 'accent')} ${text.slice(0, Math.max(0, (err.columns ?? 80) - 3))}`);
    frame += 1;
  };
  const timer = setInterval(draw, FRAME_MS);
  const clear = (): void => {
    clearInterval(timer);
    err.transient('');
  };
  const unregister = shell.interrupts.beforeExit(clear);
  draw();
  return {
    show: (nextStep, nextNote) => {
      step = nextStep;
      note = nextNote === undefined ? '' : `, ${nextNote}`;
    },
    end: () => {
      unregister();
      clear();
    },
  };
}

/** Prints one line per step. */
function plainSteps(title: string, print: (line: string) => void): Steps {
  let last = '';
  return {
    show: (step) => {
      if (step !== last) print(`${title}: ${step}`);
      last = step;
    },
    end: () => undefined,
  };
}

/** Shortest time between two lines of a wait that is not watched on a terminal. */
const LINE_GAP_MS = 5_000;

/** Returns why a wait goes on, in one line, as far as the host knows; `undefined` if it knows nothing yet. */
function waitReason({ state, startNote, problem }: GatewayStatus): string | undefined {
  if (startNote !== undefined) return startNote;
  return state === 'starting' || state === 'reconnecting' ? problem?.detail.split('\n')[0] : undefined;
}

/**
 * Chooses the lines that tell how a wait goes where no line can be rewritten: a reason as soon as there is one, else the step
 * after five seconds; never the same twice, and at most one in five seconds.
 */
export class WaitReport {
  readonly #startedAt: number;
  #lastAt: number | undefined;
  #last = '';

  /** @param now monotonic ms, as for `next` */
  constructor(now: number) {
    this.#startedAt = now;
  }

  /** Returns the line to print now, if any. */
  next(status: GatewayStatus, now: number): string | undefined {
    const reason = waitReason(status);
    const since = this.#lastAt ?? (reason === undefined ? this.#startedAt : undefined);
    if (since !== undefined && now - since < LINE_GAP_MS) return undefined;
    const line = reason ?? `${status.state}, ${phaseLabels[status.phase]}`;
    if (line === this.#last) return undefined;
    this.#lastAt = now;
    this.#last = line;
    return line;
  }
}

function isLive(shell: Shell): boolean {
  return shell.err.interactive && shell.verbosity === 'normal' && !shell.json && shell.env['TERM'] !== 'dumb';
}

/** Shows steps of tasks that take minutes, on a terminal or not. */
export function showSteps(shell: Shell, title: string, first: string): Steps {
  return isLive(shell) ? liveSteps(shell, title, first) : plainSteps(title, (line) => shell.message(line));
}

interface Progress extends Pick<Steps, 'end'> {
  update(status: GatewayStatus): void;
}

/** Shows steps of tasks that take seconds. */
function showProgress(shell: Shell, title: string): Progress {
  if (isLive(shell)) {
    const steps = liveSteps(shell, title, 'connecting to the host');
    const usual = (ms: number | undefined) => (ms === undefined ? undefined : `usually ready in ${formatDuration(ms)}`);
    return {
      update: (status) => steps.show(waitReason(status) ?? phaseLabels[status.phase], usual(status.usualBootMs)),
      end: () => steps.end(),
    };
  }
  return shell.verbosity === 'verbose' ? verboseProgress(shell, title) : waitProgress(shell, title);
}

/** Prints every step, and every reason. */
function verboseProgress(shell: Shell, title: string): Progress {
  const steps = plainSteps(title, (line) => shell.detail(line));
  return {
    update: (status) => {
      steps.show(`${status.state}, ${phaseLabels[status.phase]}`);
      const reason = waitReason(status);
      if (reason !== undefined) steps.show(reason);
    },
    end: () => steps.end(),
  };
}

/** Prints what a person who waits wants to know, and nothing for a wait that is short. */
function waitProgress(shell: Shell, title: string): Progress {
  const report = new WaitReport(performance.now());
  let current: GatewayStatus | undefined;
  const print = (): void => {
    const line = current === undefined ? undefined : report.next(current, performance.now());
    if (line !== undefined) shell.message(`${title}: ${line}`);
  };
  const timer = setInterval(print, FRAME_MS);
  return {
    update: (status) => {
      current = status;
      print();
    },
    end: () => clearInterval(timer),
  };
}

/** Runs a lifecycle request while its steps are shown. */
export async function withProgress<T>(
  shell: Shell,
  client: ControlClient,
  title: string,
  run: () => Promise<T>,
): Promise<T> {
  const progress = showProgress(shell, title);
  const off = client.on('gateway.status', (status) => progress.update(status));
  try {
    await client.subscribe(['gateway.status']);
    return await run();
  } finally {
    off();
    progress.end();
  }
}

import type { GatewayStatus } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';
import { formatDuration } from './duration.ts';
import { phaseLabels } from './phase-labels.ts';

const FRAME_MS = 100;

/** What is being done, told as it goes. */
export interface Steps {
  /** @param note goes with the time that passed: shown where the line is rewritten, never told anew. */
  show(step: string, note?: string): void;
  /** Takes the line away; what follows starts on a clean one. */
  end(): void;
}

/** One line that is rewritten: what is being done, at which step, for how long. */
function liveSteps(shell: Shell, title: string, first: string): Steps {
  const { err } = shell;
  const { glyphs, paint } = err.style;
  const startedAt = shell.now();
  let step = first;
  let note = '';
  let frame = 0;
  const draw = (): void => {
    const glyph = glyphs.spinner[frame % glyphs.spinner.length] ?? '';
    const text = `${title}: ${step} (${formatDuration(shell.now() - startedAt)}${note})`;
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

/** A line for every step. */
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

function isLive(shell: Shell): boolean {
  return shell.err.interactive && shell.verbosity === 'normal' && !shell.json && shell.env['TERM'] !== 'dumb';
}

/** For what takes a minute: told to whoever reads stderr, a terminal or not. */
export function showSteps(shell: Shell, title: string, first: string): Steps {
  return isLive(shell) ? liveSteps(shell, title, first) : plainSteps(title, (line) => shell.message(line));
}

export interface Progress extends Pick<Steps, 'end'> {
  update(status: GatewayStatus): void;
}

/** For what takes seconds: without a terminal only `--verbose` is told. */
export function showProgress(shell: Shell, title: string): Progress {
  if (isLive(shell)) {
    const steps = liveSteps(shell, title, 'reaching the host');
    const usual = (ms: number | undefined) => (ms === undefined ? undefined : `usually ready in ${formatDuration(ms)}`);
    return {
      update: (status) => steps.show(phaseLabels[status.phase], usual(status.usualBootMs)),
      end: () => steps.end(),
    };
  }
  const steps = plainSteps(title, (line) => shell.detail(line));
  return {
    update: (status) => steps.show(`${status.state}, ${phaseLabels[status.phase]}`),
    end: () => steps.end(),
  };
}

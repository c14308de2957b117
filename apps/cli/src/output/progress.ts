import type { GatewayStatus } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';
import { formatDuration } from './duration.ts';
import { phaseWords } from './phase-words.ts';

const FRAME_MS = 100;

export interface Progress {
  update(status: GatewayStatus): void;
  /** Takes the line away; what follows starts on a clean one. */
  end(): void;
}

function stepWords(status: GatewayStatus | undefined): string {
  return status === undefined ? 'reaching the host' : phaseWords[status.phase];
}

/** One line that is rewritten: what is being done, at which step, for how long. */
function liveProgress(shell: Shell, title: string): Progress {
  const { err } = shell;
  const { glyphs, paint } = err.style;
  const startedAt = shell.now();
  let status: GatewayStatus | undefined;
  let frame = 0;
  const draw = (): void => {
    const glyph = glyphs.spinner[frame % glyphs.spinner.length] ?? '';
    const usual = status?.usualBootMs === undefined ? '' : `, usually ready in ${formatDuration(status.usualBootMs)}`;
    const text = `${title}: ${stepWords(status)} (${formatDuration(shell.now() - startedAt)}${usual})`;
    err.transient(`${paint(glyph, 'accent')} ${text.slice(0, Math.max(0, (err.columns ?? 80) - 3))}`);
    frame += 1;
  };
  const timer = setInterval(draw, FRAME_MS);
  const clear = (): void => {
    clearInterval(timer);
    err.transient('');
  };
  const forget = shell.interrupts.atLeave(clear);
  draw();
  return {
    update: (next) => {
      status = next;
    },
    end: () => {
      forget();
      clear();
    },
  };
}

/** A line for every step, for logs and for `--verbose`. */
function plainProgress(shell: Shell, title: string): Progress {
  let last = '';
  return {
    update: (status) => {
      const words = `${title}: ${status.state}, ${phaseWords[status.phase]}`;
      if (words !== last) shell.detail(words);
      last = words;
    },
    end: () => undefined,
  };
}

export function showProgress(shell: Shell, title: string): Progress {
  const live = shell.err.interactive && shell.verbosity === 'normal' && !shell.json && shell.env['TERM'] !== 'dumb';
  return live ? liveProgress(shell, title) : plainProgress(shell, title);
}

import type { Clock } from './clock.ts';

export type LogLevel = 'info' | 'warn' | 'error';
export interface LogLine {
  /** Epoch ms. */
  readonly at: number;
  readonly level: LogLevel;
  readonly text: string;
}

const MAX_LINES = 1000;

/** The gateway's own log: the newest lines are kept for `logs.tail`, and each is handed on to `write`. */
export class Log {
  readonly #clock: Clock;
  readonly #write: (line: LogLine) => void;
  readonly #lines: LogLine[] = [];
  #total = 0;

  constructor(clock: Clock, write: (line: LogLine) => void) {
    this.#clock = clock;
    this.#write = write;
  }

  info(text: string): void {
    this.#add('info', text);
  }

  warn(text: string): void {
    this.#add('warn', text);
  }

  error(text: string): void {
    this.#add('error', text);
  }

  /** The newest lines, oldest first, and how many were ever written. */
  tail(limit: number): { readonly total: number; readonly lines: readonly LogLine[] } {
    return { total: this.#total, lines: this.#lines.slice(-limit) };
  }

  #add(level: LogLevel, text: string): void {
    const line: LogLine = { at: this.#clock.wallTime(), level, text };
    this.#total += 1;
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
    this.#write(line);
  }
}

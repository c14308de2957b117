import type { LogLevel } from '@deskclaw/protocol';

/** Never handed a secret: callers redact before they log. */
export interface Logger {
  log(level: LogLevel, text: string, facts?: Readonly<Record<string, unknown>>): void;
}

export const silentLogger: Logger = { log: () => undefined };

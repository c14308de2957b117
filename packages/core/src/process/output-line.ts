import type { LogLevel } from '@deskclaw/protocol';

export type OutputStream = 'stdout' | 'stderr';
export interface OutputLine {
  readonly stream: OutputStream;
  readonly level: LogLevel;
  readonly text: string;
  /** Epoch ms. */
  readonly at: number;
}

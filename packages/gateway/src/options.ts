import { dialectNames } from '@deskclaw/protocol';
import type { FaultValues } from './faults/table.ts';
import type { Clock, Random } from './ports/clock.ts';
import type { LogLine } from './ports/log.ts';

export const dialects = [...dialectNames, 'both'] as const;
export type Dialect = (typeof dialects)[number];

export const DEFAULT_HOST = '127.0.0.1';
/** 16 MiB: room for any frame either dialect means to send, and a bound on what one peer can make us hold. */
export const DEFAULT_MAX_PAYLOAD = 16 * 1024 * 1024;
export const DEFAULT_TICK_MS = 30_000;

export interface GatewayOptions {
  /** Default 127.0.0.1. Anything but a loopback address needs a `token`. */
  readonly host?: string;
  /** Default 0: any free port; `Gateway.port` is the one chosen. */
  readonly port?: number;
  /** Default 'jsonrpc'. */
  readonly dialect?: Dialect;
  /** Required of every connection. Without a token, anyone who reaches the port may use the gateway. */
  readonly token?: string;
  /** Directory for the state, created if missing; without it the state ends with the gateway. */
  readonly dataDirectory?: string;
  /** An OpenAI-compatible server with a base URL that ends in `/v1`; without one, an echo answers. */
  readonly model?: { readonly url: string; readonly name: string; readonly key?: string };
  /** Largest frame taken, in bytes; default 16 MiB. */
  readonly maxPayload?: number;
  /** OpenClaw's `tick`, in ms; default 30 000. */
  readonly tickIntervalMs?: number;
  /** For tests. Faults of a process (exits, floods, freezes and the like) need the program and have no effect here. */
  readonly faults?: FaultValues;
  readonly onLog?: (line: LogLine) => void;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Equal to package.json's (a test holds them together); reading the file would cost every boot a disk access. */
export const GATEWAY_VERSION = '0.2.0';

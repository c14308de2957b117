import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * What real OpenClaw gateways said, one file per version: long lists and texts cut short, hosts and secrets
 * replaced. Read as unknown on purpose: the guards have to find out what they are.
 */
export interface Samples {
  readonly version: string;
  readonly protocol: number;
  readonly helloOk: Readonly<Record<string, unknown>>;
  readonly frames: readonly unknown[];
  /** The errors with which a `connect` was refused. */
  readonly connectErrors: readonly unknown[];
}

function load(version: string, protocol: number): Samples {
  const file = fileURLToPath(new URL(`fixtures/openclaw/${version}.json`, import.meta.url));
  const { helloOk, frames, connectErrors } = JSON.parse(readFileSync(file, 'utf8'));
  return { version, protocol, helloOk, frames, connectErrors };
}

export const openClawSamples: readonly Samples[] = [load('2026.2.3-1', 3), load('2026.5.28', 4), load('2026.9.6', 4)];

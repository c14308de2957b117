import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Home, processesOf } from './deskclaw.ts';

/** Which versions opened the real state, in order; a trial opens a copy. */
export function openedBy(home: Home): readonly string[] {
  return readFileSync(join(home.folder, '.openclaw', 'opened-by'), 'utf8')
    .trim()
    .split('\n');
}

export async function running(home: Home): Promise<{ readonly version: unknown; readonly pid: number }> {
  const { host, gateway } = await home.document('status');
  const { openclaw } = host as { openclaw: { version: string } };
  const { pid, state } = gateway as { pid: number; state: string };
  expect(state).toBe('running');
  return { version: openclaw.version, pid };
}

/** Nothing of a trial is left: no folder, and no process but the host, the gateway and us. */
export function expectNoTrial(home: Home, alive: number): void {
  expect(existsSync(join(home.folder, 'data', 'trial'))).toBe(false);
  expect(processesOf(home.folder)).toHaveLength(alive);
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Home, killProcessesOf } from './deskclaw.ts';
import { bareMachine } from './registry.ts';
import { at } from './shape.ts';
import { openedBy } from './upgraded-home.ts';

export const OLD = '2026.5.28';
export const NEW = '2026.9.6';
export const LONG = { timeout: 240_000 };

export interface Cut {
  readonly kind: 'upgrade' | 'rollback';
  readonly step: string;
  readonly when: 'begun' | 'done';
}

const program = join(import.meta.dirname, 'interrupted-upgrade-program.ts');

/** Runs it up to there; it dies by SIGKILL in the midst, and with `all` everything else, as by a power cut. */
export async function cutOff(home: Home, { kind, step, when }: Cut, whom: 'itself' | 'all' = 'itself'): Promise<void> {
  const { signal, stdout, stderr } = await home.startProgram(program, [kind, NEW, step, when, whom]).ended;
  expect(signal, `${kind} ${step} ${when}: ${stdout}${stderr}`).toBe('SIGKILL');
  if (whom === 'all') await killProcessesOf(home.folder);
}

/** Expects one running gateway of the chosen version, with a state that no other version has opened. */
export async function expectWhole(home: Home, version: string, where: string): Promise<void> {
  const status = await home.document('status');
  expect(at(status, 'gateway.state'), where).toBe('running');
  expect(at(status, 'host.openclaw.version'), where).toBe(version);
  const settings: unknown = JSON.parse(readFileSync(join(home.folder, 'config', 'config.json'), 'utf8'));
  expect(at(settings, 'profiles.default.openclaw'), where).toEqual({ version });
  if (version === OLD) expect(openedBy(home), where).not.toContain(NEW);
  expect(existsSync(join(home.folder, 'data', 'trial')), where).toBe(false);
  expect(readdirSync(join(home.folder, 'state', 'default')), where).not.toContain('openclaw-upgrade.begun.json');
  expect(
    readdirSync(home.folder).filter((name) => name.endsWith('.restoring')),
    where,
  ).toEqual([]);
}

export async function oldRuns(versions: Parameters<typeof bareMachine>[0]): Promise<Home> {
  const { home } = await bareMachine(versions);
  await home.document('openclaw', 'install', OLD);
  await home.document('openclaw', 'install', NEW);
  await home.document('start', '--port', '0');
  return home;
}

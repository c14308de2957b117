import { readdirSync, readFileSync } from 'node:fs';

/**
 * Environment variable of each gateway of this run and of its children. Read from `/proc`, not from the code under
 * test.
 */
export const RUN_NAME = 'DESKCLAW_CHAOS_RUN';

export interface Found {
  readonly pid: number;
  readonly group: number;
  /** Value of the launch marker in the environment of the process. */
  readonly launch: string;
  readonly command: string;
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    // The process ended meanwhile.
    return '';
  }
}

/** Fields 3 and 5 of proc(5)'s stat; `undefined`: gone, or dead and only not yet waited for. */
function groupOf(pid: string): number | undefined {
  const [state, , group] = read(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ');
  return state === undefined || state === '' || state === 'Z' || state === 'X' ? undefined : Number(group);
}

/** Every living process of a run, by the process table. */
export function processesOf(run: string): readonly Found[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const environment = read(pid, 'environ').split('\0');
      if (!environment.includes(`${RUN_NAME}=${run}`)) return [];
      const group = groupOf(pid);
      if (group === undefined) return [];
      const launch = environment.find((entry) => entry.startsWith('DESKCLAW_LAUNCH=')) ?? '';
      return [{ pid: Number(pid), group, launch, command: read(pid, 'cmdline').replaceAll('\0', ' ').slice(0, 80) }];
    });
}

/** Returns the group leaders: the gateways, without their helpers. */
export function gatewaysOf(run: string): readonly Found[] {
  return processesOf(run).filter(({ pid, group }) => pid === group);
}

export function isAlive(pid: number): boolean {
  return groupOf(String(pid)) !== undefined;
}

export function describeFound(found: readonly Found[]): string {
  return found.map(({ pid, command, launch }) => `${String(pid)} ${command} (${launch.slice(-6)})`).join('; ');
}

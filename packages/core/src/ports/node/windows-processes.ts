import { spawnSync } from 'node:child_process';
import { isObject, parseJson } from '@deskclaw/protocol';
import type { ProcessInfo } from '../spawner.ts';
import type { ProcessSource } from './process-tree.ts';

/**
 * Windows, through PowerShell's CIM classes: the one built-in tool that tells start times (tasklist does not, wmic is
 * gone). One look takes about half a second; it is taken at a start, at a stop and at a host's start, never in between.
 * Written after the documentation; not yet run on Windows by us. Environments of others are not told: no marker there.
 */
const query =
  'Get-CimInstance Win32_Process FILTER | ForEach-Object { [pscustomobject]@{ pid = $_.ProcessId; ppid = $_.ParentProcessId; name = $_.Name; start = [string]$_.CreationDate.ToFileTimeUtc(); cpu = ($_.KernelModeTime + $_.UserModeTime) / 10000 } } | ConvertTo-Json -Compress';

export function parseCimProcess(value: unknown): ProcessInfo | undefined {
  if (!isObject(value)) return undefined;
  const { pid, ppid, name, start, cpu } = value;
  if (typeof pid !== 'number' || typeof ppid !== 'number' || typeof name !== 'string' || typeof start !== 'string')
    return undefined;
  // No groups there: a number no process leads.
  return {
    pid,
    startMark: start,
    parentPid: ppid,
    groupId: 0,
    name,
    ...(typeof cpu === 'number' ? { cpuMs: cpu } : {}),
  };
}

function ask(systemRoot: string, filter: string): readonly ProcessInfo[] {
  const { stdout } = spawnSync(
    `${systemRoot}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`,
    ['-NoProfile', '-NonInteractive', '-Command', query.replace('FILTER', filter)],
    { encoding: 'utf8', windowsHide: true, maxBuffer: 64 * 1024 * 1024, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const answer = parseJson(typeof stdout === 'string' ? stdout : '');
  return (Array.isArray(answer) ? answer : [answer])
    .map((each) => parseCimProcess(each))
    .filter((info) => info !== undefined);
}

export function windowsProcesses(systemRoot: string): ProcessSource {
  return {
    find: (pid) =>
      Number.isInteger(pid) && pid > 0 ? ask(systemRoot, `-Filter 'ProcessId=${String(pid)}'`)[0] : undefined,
    commandLine: () => undefined,
    all: () => ask(systemRoot, ''),
    checkMarker: () => 'untold',
    withMarker: () => new Set(),
    startOf: (startMark) => (/^\d+$/.test(startMark) ? Number(startMark) : undefined),
    outOfMemoryKills: () => undefined,
  };
}

/** Ends a process and all it started. By its full path: a `taskkill` found on PATH may be anything. */
export function taskkill(systemRoot: string, pid: number): boolean {
  const { status } = spawnSync(`${systemRoot}\\System32\\taskkill.exe`, ['/PID', String(pid), '/T', '/F'], {
    windowsHide: true,
    stdio: 'ignore',
  });
  return status === 0;
}

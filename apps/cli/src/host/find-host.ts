import { existsSync } from 'node:fs';
import { resolvePaths } from '@deskclaw/core';
import type { Shell } from '../shell.ts';
import type { HostSession } from './host-session.ts';

/** A host holds its socket file: without one, the half of the program that connects need not even be read. */
function mayRun(shell: Shell): boolean {
  if (process.platform === 'win32') return true;
  return existsSync(resolvePaths({ name: shell.profile, env: shell.env }).socket);
}

/** The running host of the profile, of whatever version. */
export async function findAnyHost(shell: Shell): Promise<HostSession | undefined> {
  return mayRun(shell) ? (await import('./host-connection.ts')).connect(shell) : undefined;
}

/** @throws GatewayError `host.version-mismatch` for a host whose answers could be misread. */
export async function findHost(shell: Shell): Promise<HostSession | undefined> {
  return mayRun(shell) ? (await import('./host-connection.ts')).connectSameVersion(shell) : undefined;
}

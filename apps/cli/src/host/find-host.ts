import { existsSync } from 'node:fs';
import { readSelectedProfile, resolvePaths } from '@deskclaw/host';
import type { Environment, Shell } from '../shell.ts';
import type { HostSession } from './host-connection.ts';

/** Returns the profile of a command that names none. */
export function selectedProfile(env: Environment): string {
  return readSelectedProfile(env);
}

/** Returns whether a host may be running: each one has a lock and a socket. Without them the connection code is not loaded. */
function mayRun(shell: Shell): boolean {
  if (process.platform === 'win32') return true;
  const { stateSocket, lock, socket } = resolvePaths({ name: shell.profile, env: shell.env });
  return [stateSocket, lock, socket].some((path) => existsSync(path));
}

/** Returns the running host of the profile, whatever its version is. */
export async function findAnyHost(shell: Shell): Promise<HostSession | undefined> {
  return mayRun(shell) ? (await import('./host-connection.ts')).connect(shell) : undefined;
}

/** @throws GatewayError `host.version-mismatch` for a host whose answers could be misread. */
export async function findHost(shell: Shell): Promise<HostSession | undefined> {
  return mayRun(shell) ? (await import('./host-connection.ts')).connectSameVersion(shell) : undefined;
}

/** Returns the running host, or starts a background one. */
export async function ensureHost(shell: Shell): Promise<HostSession & { readonly spawned: boolean }> {
  const running = await findHost(shell);
  if (running !== undefined) return { ...running, spawned: false };
  const { startBackgroundHost } = await import('./host-connection.ts');
  return { ...(await startBackgroundHost(shell)), spawned: true };
}

import type { Shell } from '../shell.ts';
import { findHost } from './find-host.ts';
import type { HostSession } from './host-session.ts';

/** The running host, or a background one started now. */
export async function ensureHost(shell: Shell): Promise<HostSession & { readonly spawned: boolean }> {
  const running = await findHost(shell);
  if (running !== undefined) return { ...running, spawned: false };
  const { startBackgroundHost } = await import('./host-connection.ts');
  return { ...(await startBackgroundHost(shell)), spawned: true };
}

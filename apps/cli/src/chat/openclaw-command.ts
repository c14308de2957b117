import { realpathSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { resolvePaths } from '@deskclaw/core';
import { type GatewayStatus, type HostInfo, shellWord } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';

function isInside(path: string, folder: string): boolean {
  try {
    const way = relative(realpathSync(folder), realpathSync(path));
    return !way.startsWith('..') && !isAbsolute(way);
  } catch {
    return false;
  }
}

/**
 * How the OpenClaw of a gateway is called on a command line; one that is kept by us is on no PATH.
 * @returns `undefined` where the gateway is none.
 */
export function openclawCommand(shell: Shell, status: GatewayStatus, { openclaw }: HostInfo): string | undefined {
  if (status.dialect !== 'openclaw') return undefined;
  const { data } = resolvePaths({ name: shell.profile, env: shell.env });
  if (openclaw === undefined || status.ownership !== 'owned' || !isInside(openclaw.path, data)) return 'openclaw';
  return [openclaw.node.file, join(openclaw.path, 'openclaw.mjs')].map((word) => shellWord(word)).join(' ');
}

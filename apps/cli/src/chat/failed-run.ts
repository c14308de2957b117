import { realpathSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import type { ChatUpdate, ControlClient } from '@deskclaw/core';
import { resolvePaths } from '@deskclaw/host';
import { type GatewayStatus, type HostInfo, type ProblemFacts, shellWord } from '@deskclaw/protocol';
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
 * Returns the command line of the OpenClaw behind a gateway. A version that DeskClaw installed is on no PATH, so its full command is
 * given; `undefined` for a gateway that is not OpenClaw.
 */
function openclawCommand(shell: Shell, status: GatewayStatus, { openclaw }: HostInfo): string | undefined {
  if (status.dialect !== 'openclaw') return undefined;
  const { data } = resolvePaths({ name: shell.profile, env: shell.env });
  if (openclaw === undefined || status.ownership !== 'owned' || !isInside(openclaw.path, data)) return 'openclaw';
  return [openclaw.node.file, join(openclaw.path, 'openclaw.mjs')].map((word) => shellWord(word)).join(' ');
}

/** Describes a failed run. Asks the host again, as it may have started another gateway since the conversation began. */
export async function describeFailedRun(
  shell: Shell,
  client: ControlClient,
  lastUpdate: ChatUpdate,
): Promise<ProblemFacts<'rpc.error'>> {
  const [status, info] = await Promise.all([client.call('gateway.status'), client.call('host.info')]);
  const openclaw = openclawCommand(shell, status, info);
  return {
    method: 'chat.send',
    code: 'run failed',
    message: lastUpdate.error ?? 'the run failed and gave no reason',
    ...(openclaw === undefined ? {} : { openclaw }),
  };
}

import type { ControlClient } from '@deskclaw/core';
import type { GatewayStatus, OpenClawProgram } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';
import { layRows, span } from './layout.ts';
import { showProgress } from './progress.ts';
import { gatewayVersion, stateMark } from './status-screen.ts';

/** Runs a lifecycle request while its steps are shown. */
export async function withProgress<T>(
  shell: Shell,
  client: ControlClient,
  title: string,
  run: () => Promise<T>,
): Promise<T> {
  const progress = showProgress(shell, title);
  const off = client.on('gateway.status', (status) => progress.update(status));
  try {
    await client.subscribe(['gateway.status']);
    return await run();
  } finally {
    off();
    progress.end();
  }
}

/** `● running   pid 4121   ws://127.0.0.1:18789/ws`. */
export function runningLines(
  shell: Shell,
  status: GatewayStatus,
  openclaw: OpenClawProgram | undefined,
): readonly string[] {
  const { style } = shell.out;
  const pid = status.pid === undefined ? [] : [[span(`pid ${String(status.pid)}`)]];
  const versionText = gatewayVersion(status, openclaw);
  const version = versionText === undefined ? [] : [[span(`version ${versionText}`)]];
  return layRows(
    [{ label: 'Gateway', parts: [stateMark(status, style), ...pid, [span(status.url)], ...version] }],
    style,
  );
}

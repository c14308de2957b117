import type { ControlClient } from '@deskclaw/core';
import type { GatewayStatus, OpenClawProgram } from '@deskclaw/protocol';
import { layRows, span } from '../output/layout.ts';
import { showProgress } from '../output/progress.ts';
import { gatewayVersion, stateMark } from '../output/status-screen.ts';
import type { Shell } from '../shell.ts';

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
  const said = gatewayVersion(status, openclaw);
  const version = said === undefined ? [] : [[span(`version ${said}`)]];
  return layRows(
    [{ label: 'Gateway', parts: [stateMark(status, style), ...pid, [span(status.url)], ...version] }],
    style,
  );
}

import { type ExitCode, escapeJson, exitCodes } from '@deskclaw/protocol';
import { requireHost, untilHostEnds } from '../host/host-connection.ts';
import { isoTime } from '../output/documents.ts';
import { localTime } from '../output/format.ts';
import type { Shell } from '../shell.ts';

export async function events(shell: Shell): Promise<ExitCode> {
  const { client } = await requireHost(shell);
  const { paint } = shell.out.style;
  client.on('gateway.notification', ({ method, params }) => {
    const at = shell.now();
    if (shell.json) {
      shell.record('event', { at: isoTime(at), method, ...(params === undefined ? {} : { params }) });
    } else {
      const text = params === undefined ? '' : escapeJson(JSON.stringify(params));
      shell.data(`${paint(localTime(at), 'dim')} ${paint(method, 'strong')} ${text}`);
    }
  });
  await client.subscribe(['gateway.notification']);
  shell.message('Listening. Press Ctrl-C to stop.');
  shell.detail('listening');
  await untilHostEnds(shell, client);
  return exitCodes.ok;
}

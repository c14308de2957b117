import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { requireHost, untilHostEnds } from '../host-needed.ts';
import { writtenMoment } from '../output/documents.ts';
import { foreignText } from '../output/foreign-text.ts';
import { localTime } from '../output/local-time.ts';
import type { Shell } from '../shell.ts';

export async function events(shell: Shell): Promise<ExitCode> {
  const { client } = await requireHost(shell);
  const { paint } = shell.out.style;
  client.on('gateway.notification', ({ method, params }) => {
    const at = shell.now();
    if (shell.json) {
      shell.record('event', { at: writtenMoment(at), method, ...(params === undefined ? {} : { params }) });
    } else {
      const said = params === undefined ? '' : foreignText(JSON.stringify(params));
      shell.data(`${paint(localTime(at), 'dim')} ${paint(foreignText(method), 'strong')} ${said}`);
    }
  });
  await client.subscribe(['gateway.notification']);
  shell.message('Listening. Ctrl-C ends it.');
  shell.detail('listening');
  await untilHostEnds(shell, client);
  return exitCodes.ok;
}

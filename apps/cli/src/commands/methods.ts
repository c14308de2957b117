import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { requireGateway } from '../host/require-host.ts';
import type { Shell } from '../shell.ts';

export async function methods(shell: Shell): Promise<ExitCode> {
  const { client } = await requireGateway(shell);
  const offered = await client.call('gateway.methods');
  if (shell.json) {
    shell.document('methods', offered);
    return exitCodes.ok;
  }
  shell.data(...offered.methods);
  shell.message(
    offered.source === 'advertised'
      ? `${String(offered.methods.length)} methods, as the gateway says.`
      : `${String(offered.methods.length)} methods we know of; this gateway does not say which it has.`,
  );
  return exitCodes.ok;
}

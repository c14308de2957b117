import { CONTROL_PROTOCOL, type ExitCode, exitCodes } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';
import { version } from '../version.ts';

export function printVersion(shell: Shell): ExitCode {
  const node = process.versions.node;
  if (shell.json) shell.document('version', { version, node, controlProtocol: CONTROL_PROTOCOL });
  else shell.data(`deskclaw ${version} (node ${node}, control protocol ${String(CONTROL_PROTOCOL)})`);
  return exitCodes.ok;
}

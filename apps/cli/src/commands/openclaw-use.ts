import { selectOpenClaw } from '@deskclaw/core';
import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { finishInterruptedUpgrade } from '../host/running-gateway.ts';
import { addProfileFlag } from '../output/problem.ts';
import type { Shell } from '../shell.ts';
import { runningOpenClaw } from './openclaw-list.ts';

export async function openclawUse(shell: Shell, version: string): Promise<ExitCode> {
  await finishInterruptedUpgrade(shell);
  const { folder, package: found } = await selectOpenClaw(version, { name: shell.profile, env: shell.env });
  const running = await runningOpenClaw(shell);
  const restartNeeded = running !== undefined && running.path !== found.root;
  if (shell.json) {
    shell.document('openclaw-use', { version, folder, running: running ?? null, restartNeeded });
    return exitCodes.ok;
  }
  shell.data(`OpenClaw ${version} is chosen.`);
  if (restartNeeded) {
    shell.message(`${running.version} runs on until: ${addProfileFlag('deskclaw restart', shell.namedProfile)}`);
  }
  return exitCodes.ok;
}

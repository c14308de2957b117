import { removeOpenClaw } from '@deskclaw/host';
import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { finishInterruptedUpgrade } from '../host/upgrade-gateway-control.ts';
import { megabytes } from '../output/format.ts';
import { addProfileFlag } from '../output/problem.ts';
import { showSteps } from '../output/progress.ts';
import type { Shell } from '../shell.ts';
import { abortOnInterrupt } from './openclaw-install.ts';

export interface RemoveOptions {
  readonly force?: true | undefined;
}

export async function openclawRemove(shell: Shell, version: string, options: RemoveOptions): Promise<ExitCode> {
  await finishInterruptedUpgrade(shell);
  const done = await abortOnInterrupt(shell, async (signal) => {
    const steps = showSteps(shell, 'Removing OpenClaw', version);
    const onWaiting = (pid: number | undefined): void =>
      steps.show(`waiting for an installation${pid === undefined ? '' : ` (pid ${String(pid)})`}`);
    try {
      const force = options.force === true;
      return await removeOpenClaw({ version, force, signal, onWaiting }, { name: shell.profile, env: shell.env });
    } finally {
      steps.end();
    }
  });
  if (shell.json) {
    shell.document('openclaw-remove', done);
    return exitCodes.ok;
  }
  const nodes = done.nodes.map((node) => ` and Node ${node}`).join('');
  shell.data(`Removed OpenClaw ${version}${nodes}: ${megabytes(done.freedBytes)} freed.`);
  if (done.needed.length > 0) {
    const message = `It was still needed by ${done.needed.join(' and ')}`;
    shell.message(
      addProfileFlag(`${message}. To choose another version: deskclaw openclaw use VERSION`, shell.namedProfile),
    );
  }
  return exitCodes.ok;
}

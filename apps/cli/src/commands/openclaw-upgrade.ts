import { GatewayError } from '@deskclaw/core';
import {
  type InstallProgress,
  recordWithoutHost,
  rollbackOpenClaw,
  type UpgradeProgress,
  upgradeOpenClaw,
} from '@deskclaw/host';
import { type ExitCode, exitCodes, type InterruptedUpgrade } from '@deskclaw/protocol';
import { connectRunningGateway, printUpgradeRecovery } from '../host/upgrade-gateway-control.ts';
import { showSteps } from '../output/progress.ts';
import type { Shell } from '../shell.ts';
import { abortOnInterrupt, showInstallStep } from './openclaw-install.ts';

function upgradeMessage(progress: UpgradeProgress): string {
  switch (progress.step) {
    case 'copy':
      return 'copying the state';
    case 'try':
      return `trying ${progress.version} on a copy of the state`;
    case 'stop':
    case 'stop-new':
      return 'stopping the gateway';
    case 'keep':
      return 'saving a copy of the state';
    case 'use':
    case 'use-old':
      return `choosing ${progress.version}`;
    case 'start':
    case 'start-old':
      return `starting ${progress.version}`;
    case 'restore':
      return 'restoring the state';
    default:
      return progress.step satisfies never;
  }
}

/** Writes into the journal how an upgrade or a rollback ended. */
async function recordingUpgrade<T extends { readonly from: string; readonly to: string }>(
  shell: Shell,
  what: 'upgrade' | 'rollback',
  step: () => Promise<T>,
): Promise<T> {
  const record = (outcome: string, cause: string, data: object): void => {
    const profile = { name: shell.profile, env: shell.env };
    const record = {
      at: shell.now(),
      category: 'upgrade',
      what: `${what} ${outcome}`,
      cause,
      data: { ...data },
    } as const;
    recordWithoutHost(profile, record);
  };
  try {
    const done = await step();
    record('done', `${done.from} to ${done.to}`, { from: done.from, to: done.to });
    return done;
  } catch (error) {
    if (error instanceof GatewayError)
      record('failed', `${error.problem.title}: ${error.problem.detail}`, { code: error.code });
    throw error;
  }
}

export async function openclawUpgrade(shell: Shell, version: string | undefined): Promise<ExitCode> {
  const gateway = await connectRunningGateway(shell);
  const done = await abortOnInterrupt(shell, async (signal) => {
    const steps = showSteps(shell, 'Upgrading OpenClaw', 'starting');
    const onInstall = (progress: InstallProgress): void => showInstallStep(steps, progress);
    const onProgress = (progress: UpgradeProgress): void => steps.show(upgradeMessage(progress));
    try {
      return await recordingUpgrade(shell, 'upgrade', () =>
        upgradeOpenClaw(
          { version, gateway, signal, onInstall, onProgress, onInterrupted: (end) => printUpgradeRecovery(shell, end) },
          { name: shell.profile, env: shell.env },
        ),
      );
    } finally {
      steps.end();
    }
  });
  if (shell.json) {
    shell.document('openclaw-upgrade', done);
    return exitCodes.ok;
  }
  const { outcome, from, to, running, backup } = done;
  if (outcome === 'already-there') shell.data(`OpenClaw ${to} is already in use.`);
  else shell.data(`${from} ${shell.out.style.glyphs.arrow} ${to}${running ? ', running' : '; the next start runs it'}`);
  if (backup !== undefined)
    shell.message(`The state of ${from} is saved in ${backup}`, 'To go back: deskclaw openclaw rollback');
  return exitCodes.ok;
}

export interface RollbackOptions {
  readonly keepState?: true | undefined;
}

export async function openclawRollback(shell: Shell, options: RollbackOptions): Promise<ExitCode> {
  const gateway = await connectRunningGateway(shell);
  const steps = showSteps(
    shell,
    'Rolling back',
    (await gateway.runningProgram()) !== undefined ? 'stopping, restoring the state, starting' : 'restoring the state',
  );
  const done = await recordingUpgrade(shell, 'rollback', () =>
    rollbackOpenClaw(
      {
        gateway,
        keepState: options.keepState === true,
        onInterrupted: (end: InterruptedUpgrade) => printUpgradeRecovery(shell, end),
      },
      { name: shell.profile, env: shell.env },
    ),
  ).finally(() => steps.end());
  const { from, to, running, quarantine } = done;
  if (shell.json) {
    shell.document('openclaw-rollback', {
      from,
      to,
      running,
      ...(quarantine === undefined ? {} : { aside: quarantine }),
    });
    return exitCodes.ok;
  }
  shell.data(`${from} ${shell.out.style.glyphs.arrow} ${to}${running ? ', running' : '; the next start runs it'}`);
  shell.message(
    quarantine === undefined
      ? 'The state was not changed.'
      : `The state of ${to} is restored; the state of ${from} is saved in ${quarantine}`,
  );
  return exitCodes.ok;
}

import {
  type InstallProgress,
  type InstallResult,
  installForProfile,
  listOpenClaws,
  type OpenClawList,
} from '@deskclaw/host';
import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { Interrupted } from '../exit.ts';
import { megabytes } from '../output/format.ts';
import { addProfileFlag } from '../output/problem.ts';
import { type Steps, showSteps } from '../output/progress.ts';
import type { Shell } from '../shell.ts';

function stepMessage(progress: InstallProgress): readonly [message: string, note?: string] {
  switch (progress.step) {
    case 'waiting': {
      const pid = progress.pid === undefined ? '' : ` (pid ${String(progress.pid)})`;
      return [`waiting for another installation${pid}`];
    }
    case 'clearing':
      return ['removing incomplete installations'];
    case 'resolving':
      return ['asking the registry'];
    case 'fetching-node':
      return [`fetching Node ${progress.version}`];
    case 'fetching': {
      const message = `fetching OpenClaw ${progress.version}`;
      return progress.packages === 0 ? [message] : [message, `${String(progress.packages)} packages`];
    }
    case 'checking':
      return [`checking that ${progress.version} runs`];
    case 'placing':
      return ['moving it into place'];
    default:
      return progress satisfies never;
  }
}

export function showInstallStep(steps: Steps, progress: InstallProgress): void {
  steps.show(...stepMessage(progress));
}

/** Runs a cancellable task: the first Ctrl-C aborts it and waits for its clean-up, the second exits at once. */
export async function abortOnInterrupt<T>(shell: Shell, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let interrupted: Interrupted | undefined;
  const release = shell.interrupts.onInterrupt((signal, count) => {
    if (count > 1) {
      shell.interrupts.raise(signal);
      return;
    }
    interrupted = new Interrupted(signal);
    controller.abort();
  });
  try {
    return await run(controller.signal);
  } catch (error) {
    throw interrupted ?? error;
  } finally {
    release();
  }
}

function install(shell: Shell, version: string | undefined): Promise<InstallResult & { readonly inUse: boolean }> {
  return abortOnInterrupt(shell, async (signal) => {
    const steps = showSteps(shell, 'Installing OpenClaw', 'starting');
    const onProgress = (progress: InstallProgress): void => showInstallStep(steps, progress);
    try {
      return await installForProfile({ version, signal, onProgress }, { name: shell.profile, env: shell.env });
    } finally {
      steps.end();
    }
  });
}

function installationLine({ outcome, installed, node }: InstallResult): string {
  const what = outcome === 'installed' ? 'Installed' : 'Already installed:';
  return `${what} OpenClaw ${installed.version} (${megabytes(installed.bytes)}), on Node ${node.version} at ${node.file}`;
}

export async function openclawInstall(shell: Shell, version: string | undefined): Promise<ExitCode> {
  const done = await install(shell, version);
  const { outcome, installed, node, inUse } = done;
  if (shell.json) {
    const { folder, bytes } = installed;
    shell.document('openclaw-install', { outcome, version: installed.version, folder, bytes, node, inUse });
    return exitCodes.ok;
  }
  shell.data(installationLine(done), `  in ${installed.folder}`);
  const next = inUse
    ? 'The next start runs it: deskclaw start'
    : `To run it: deskclaw openclaw use ${installed.version}`;
  shell.message(addProfileFlag(next, shell.namedProfile));
  return exitCodes.ok;
}

/**
 * Returns the version that a start lacks: none is found, or the chosen one is gone or has no Node. `undefined`: nothing is
 * missing.
 */
function findMissing({ choice, own, versions }: OpenClawList): { readonly version: string | undefined } | undefined {
  if (choice.kind === 'missing') return { version: choice.version };
  if (choice.kind === 'own') return own === undefined ? { version: undefined } : undefined;
  const chosen = versions.find(({ inUse }) => inUse);
  return chosen !== undefined && chosen.runsOn === undefined ? { version: chosen.version } : undefined;
}

/** Installs for `start --install` what the start lacks, and nothing else. */
export async function installIfMissing(shell: Shell): Promise<void> {
  const missing = findMissing(await listOpenClaws({ name: shell.profile, env: shell.env }));
  if (missing === undefined) return;
  shell.message(installationLine(await install(shell, missing.version)));
}

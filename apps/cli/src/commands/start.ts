import type { ControlClient } from '@deskclaw/core';
import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { UsageError } from '../command-line/usage.ts';
import { ensureHost } from '../ensure-host.ts';
import { Interrupted } from '../exit.ts';
import type { HostSession } from '../host-session.ts';
import type { Shell } from '../shell.ts';
import { endHost } from './end-host.ts';
import { withProgress } from './lifecycle.ts';
import { startFailure } from './start-failure.ts';
import { type StartOptions, startPatience, startRequest } from './start-request.ts';
import { printNextSteps, printStarted, type Started } from './started.ts';

/** A start that failed leaves nothing behind, except a gateway that runs and waits for the user (a pairing, a token). */
async function clearUp(session: HostSession): Promise<'ended' | 'stays'> {
  const status = await session.client.call('gateway.status');
  if (status.pid !== undefined) return 'stays';
  await endHost(session);
  return 'ended';
}

interface InterruptWatch {
  /** Set by the first signal; the gateway is being stopped then. */
  interrupted: { readonly by: Interrupted; readonly stopped: Promise<unknown> } | undefined;
  readonly release: () => void;
}

/** Ctrl-C while it starts: what this command began is taken back; a second one leaves at once. */
function stopOnInterrupt(shell: Shell, client: ControlClient): InterruptWatch {
  const release = shell.interrupts.take((signal, count) => {
    if (count > 1) {
      shell.interrupts.leave(signal);
      return;
    }
    shell.message('Taking the start back. Once more to leave at once.');
    // The start we wait for rejects by this; if the host is gone, so does everything.
    const stopped = client.call('gateway.stop', { force: true }).catch(() => undefined);
    watch.interrupted = { by: new Interrupted(signal), stopped };
  });
  const watch: InterruptWatch = { interrupted: undefined, release };
  return watch;
}

async function startInBackground(shell: Shell, options: StartOptions): Promise<Started> {
  const session = await ensureHost(shell);
  const { client } = session;
  const watch = stopOnInterrupt(shell, client);
  try {
    const result = await withProgress(shell, client, 'Starting the gateway', () =>
      client.call('gateway.start', startRequest(options), startPatience(options)),
    );
    return { result, status: await client.call('gateway.status'), host: await client.call('host.info') };
  } catch (error) {
    const { interrupted } = watch;
    await interrupted?.stopped;
    const left = session.spawned ? await clearUp(session).catch(() => 'ended') : 'stays';
    throw interrupted?.by ?? startFailure(error, options, left === 'stays');
  } finally {
    watch.release();
  }
}

/** `--install` means OpenClaw: whatever the settings say, it is installed if it is missing, and run. */
async function withInstallation(shell: Shell, options: StartOptions): Promise<StartOptions> {
  if (options.gateway === 'builtin')
    throw new UsageError('--install is about OpenClaw, not the built-in gateway', 'start');
  await (await import('./openclaw-install.ts')).installWhatIsMissing(shell);
  return { ...options, gateway: 'openclaw' };
}

export async function start(shell: Shell, given: StartOptions): Promise<ExitCode> {
  const options = given.install === true ? await withInstallation(shell, given) : given;
  if (options.foreground === true) return (await import('./foreground.ts')).foreground(shell, options);
  printStarted(shell, await startInBackground(shell, options));
  printNextSteps(shell);
  return exitCodes.ok;
}

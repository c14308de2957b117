import { randomUUID } from 'node:crypto';
import { type ControlClient, GatewayError } from '@deskclaw/core';
import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import {
  type StartOptions,
  serveMetrics,
  startFailure,
  startRequest,
  startTimeout,
} from '../command-line/start-options.ts';
import { Interrupted, UsageError } from '../exit.ts';
import { ensureHost } from '../host/find-host.ts';
import type { HostSession } from '../host/host-connection.ts';
import { recordingFailure } from '../host/record-failure.ts';
import { hostGone, stopIdleHost } from '../host/stop-host.ts';
import { addProfileFlag } from '../output/problem.ts';
import { withProgress } from '../output/progress.ts';
import { printNextSteps, printStarted, type Started } from '../output/start-result.ts';
import type { Shell } from '../shell.ts';

/**
 * Stops the new host after a failed start, unless its gateway runs and waits for the user (a pairing, a token), or runs or
 * starts for somebody else.
 */
async function cleanUp(session: HostSession): Promise<'ended' | 'stays'> {
  return (await stopIdleHost(session)) ? 'ended' : 'stays';
}

/** WebSocket close code 1001: the host ended as it should, and did not die. */
const HOST_ENDS = 1_001;

/** Whether a start was not taken because another command ended the host, after a start of its own that had failed. */
async function metEndingHost(error: unknown, { client }: HostSession): Promise<boolean> {
  if (!(error instanceof GatewayError) || error.code !== 'host.unreachable') return false;
  return (await client.closed).code === HOST_ENDS;
}

interface InterruptWatch {
  /** Set by the first signal; the start is being taken back then. */
  interrupted: { readonly by: Interrupted; readonly stopped: Promise<unknown> } | undefined;
  /** Aborts once the start goes on without this command. */
  readonly left: AbortSignal;
  readonly release: () => void;
}

/** Takes the start back on the first Ctrl-C, or leaves it to the command that began it; the second exits at once. */
function stopOnInterrupt(shell: Shell, client: ControlClient, startId: string): InterruptWatch {
  const leave = new AbortController();
  const release = shell.interrupts.onInterrupt((signal, count) => {
    if (count > 1) {
      shell.interrupts.raise(signal);
      return;
    }
    shell.message('Cancelling the start. Press Ctrl-C again to exit at once.');
    // The start we wait for rejects by this; if the host is gone, so does everything.
    const stopped = withStartId(startId, (id) => client.call('gateway.stop', { force: true, ...id }))
      .then(({ outcome }) => {
        if (outcome !== 'superseded') return;
        shell.message(
          `What another command began goes on. To end it: ${addProfileFlag('deskclaw stop', shell.namedProfile)}`,
        );
        leave.abort();
      })
      .catch(() => undefined);
    watch.interrupted = { by: new Interrupted(signal), stopped };
  });
  const watch: InterruptWatch = { interrupted: undefined, left: leave.signal, release };
  return watch;
}

/**
 * Makes a request with the id of this start. A host of an earlier version refuses the id: without it, a stop takes back any start.
 * @throws GatewayError as the request
 */
async function withStartId<T>(startId: string, request: (id: { readonly startId?: string }) => Promise<T>): Promise<T> {
  try {
    return await request({ startId });
  } catch (error) {
    const isRefused = error instanceof GatewayError && error.code === 'request.invalid';
    if (!isRefused || !error.problem.detail.includes('startId')) throw error;
    return await request({});
  }
}

/** How often a start looks for another host where the one that it found ends. */
const MAX_HOSTS = 5;

async function startInBackground(shell: Shell, options: StartOptions, hosts = 1): Promise<Started> {
  const session = await recordingFailure(shell, options, () => ensureHost(shell));
  const { client } = session;
  const startId = randomUUID();
  const watch = stopOnInterrupt(shell, client, startId);
  try {
    const metrics = await serveMetrics(client, options);
    const result = await withProgress(shell, client, 'Starting the gateway', () =>
      withStartId(startId, (id) =>
        client.call(
          'gateway.start',
          { ...startRequest(options), ...id },
          { ...startTimeout(options), signal: watch.left },
        ),
      ),
    );
    return { result, status: await client.call('gateway.status'), host: await client.call('host.info'), metrics };
  } catch (error) {
    const { interrupted } = watch;
    await interrupted?.stopped;
    if (interrupted === undefined && hosts < MAX_HOSTS && (await metEndingHost(error, session))) {
      watch.release();
      await hostGone(session);
      return await startInBackground(shell, options, hosts + 1);
    }
    const left = session.spawned ? await cleanUp(session).catch(() => 'ended') : 'stays';
    throw interrupted?.by ?? startFailure(error, options, left === 'stays');
  } finally {
    watch.release();
  }
}

/** Installs OpenClaw if it is missing. `--install` implies OpenClaw, whatever the settings say. */
async function withInstallation(shell: Shell, options: StartOptions): Promise<StartOptions> {
  if (options.gateway === 'builtin')
    throw new UsageError('--install works with OpenClaw, not with the built-in gateway', 'start');
  await (await import('./openclaw-install.ts')).installIfMissing(shell);
  return { ...options, gateway: 'openclaw' };
}

export async function start(shell: Shell, requested: StartOptions): Promise<ExitCode> {
  const options =
    requested.install === true
      ? await recordingFailure(shell, requested, () => withInstallation(shell, requested))
      : requested;
  if (options.foreground === true) return (await import('../host/foreground-host.ts')).foreground(shell, options);
  (await import('./config.ts')).warnOfSettings(shell);
  printStarted(shell, await startInBackground(shell, options));
  printNextSteps(shell);
  return exitCodes.ok;
}

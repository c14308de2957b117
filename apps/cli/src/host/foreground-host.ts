import type { Host } from '@deskclaw/host';
import { type ExitCode, exitCodes, type GatewayStatus, type Problem, type StartRequest } from '@deskclaw/protocol';
import {
  type StartOptions,
  serveMetrics,
  startFailure,
  startRequest,
  startTimeout,
} from '../command-line/start-options.ts';
import { Interrupted } from '../exit.ts';
import type { InterruptSignal } from '../interrupts.ts';
import { localTime, phaseLabels } from '../output/format.ts';
import { problemLines } from '../output/problem.ts';
import { printStarted } from '../output/start-result.ts';
import type { Shell } from '../shell.ts';
import { startOwnHost } from './own-host.ts';
import { recordingFailure } from './record-failure.ts';

function statusText(status: GatewayStatus): string {
  const step = status.phase === 'ready' || status.phase === 'idle' ? '' : ` (${phaseLabels[status.phase]})`;
  const pid = status.pid === undefined ? '' : `, pid ${String(status.pid)}`;
  return `${status.state}${step}${pid}`;
}

/** Prints one line for each change of state or step, and each problem once. */
function printChanges(shell: Shell): (status: GatewayStatus) => void {
  const { style, columns } = shell.err;
  let printed = '';
  let problem: Problem | undefined;
  return (status) => {
    const text = statusText(status);
    if (text !== printed) shell.message(`${style.paint(localTime(shell.now()), 'dim')} ${text}`);
    printed = text;
    if (status.problem !== undefined && status.problem.code !== problem?.code) {
      shell.message(...problemLines({ problem: status.problem, profile: shell.namedProfile }, style, columns));
    }
    problem = status.problem;
  };
}

/** `first` resolves with the first signal; a second signal forces the shutdown. */
function endOnSignal(
  shell: Shell,
  host: Host,
): { readonly first: Promise<InterruptSignal>; readonly release: () => void } {
  const { promise, resolve } = Promise.withResolvers<InterruptSignal>();
  const release = shell.interrupts.onInterrupt((signal, count) => {
    if (count === 1) {
      shell.message('Stopping the gateway. Press Ctrl-C again to force it.');
      resolve(signal);
    } else {
      host.shutdown({ force: true }).catch(() => undefined);
    }
  });
  return { first: promise, release };
}

async function serve(shell: Shell, host: Host, options: StartOptions, request: StartRequest): Promise<ExitCode> {
  const client = host.client();
  client.on('gateway.status', printChanges(shell));
  await client.subscribe(['gateway.status']);
  const metrics = await serveMetrics(client, options);
  const ending = endOnSignal(shell, host);
  const started = client.call('gateway.start', request, startTimeout(options));
  const early = await Promise.race([started, ending.first]);
  if (typeof early === 'string') {
    started.catch(() => undefined);
    throw new Interrupted(early);
  }
  const [status, info] = await Promise.all([client.call('gateway.status'), client.call('host.info')]);
  printStarted(shell, { result: early, status, host: info, metrics });
  shell.message('', 'Press Ctrl-C to stop.');
  await Promise.race([host.closed, ending.first]);
  return exitCodes.ok;
}

/**
 * Runs the host in this process: the gateway lives as long as the process. Exits with 0 when a signal ends it after the gateway
 * ran, because that is how a foreground server is stopped and a service manager takes any other code for a crash.
 */
export async function foreground(shell: Shell, options: StartOptions): Promise<ExitCode> {
  // Paths in the request are relative to where we stand now; the host moves.
  const request = startRequest(options);
  const host = await recordingFailure(shell, options, () => startOwnHost(shell, { kind: 'foreground' }));
  try {
    return await serve(shell, host, options, request);
  } catch (error) {
    throw startFailure(error, options, false);
  } finally {
    await host.shutdown();
  }
}

import { type Host, osKeyring, startHost } from '@deskclaw/core';
import { type ExitCode, exitCodes, type GatewayStatus, type Problem } from '@deskclaw/protocol';
import { startFailure } from '../command-line/start-failure.ts';
import { type StartOptions, startRequest, startTimeout } from '../command-line/start-options.ts';
import { Interrupted } from '../exit.ts';
import type { InterruptSignal } from '../interrupts.ts';
import { localTime } from '../output/local-time.ts';
import { phaseLabels } from '../output/phase-labels.ts';
import { problemLines } from '../output/problem.ts';
import { printStarted } from '../output/start-result.ts';
import type { Shell } from '../shell.ts';
import { version } from '../version.ts';
import { ignoreStdioErrors } from './ignore-stdio-errors.ts';
import { builtinGatewayFile, dashboardFolder, keyringCommand } from './installed-files.ts';

function statusText(status: GatewayStatus): string {
  const step = status.phase === 'ready' || status.phase === 'idle' ? '' : ` (${phaseLabels[status.phase]})`;
  const pid = status.pid === undefined ? '' : `, pid ${String(status.pid)}`;
  return `${status.state}${step}${pid}`;
}

/** A line for each change of state or step, the problem once when it appears. */
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

/** The first signal asks, the second insists. */
function endOnSignal(
  shell: Shell,
  host: Host,
): { readonly first: Promise<InterruptSignal>; readonly release: () => void } {
  const { promise, resolve } = Promise.withResolvers<InterruptSignal>();
  const release = shell.interrupts.onInterrupt((signal, count) => {
    if (count === 1) {
      shell.message('Ending the gateway. Once more to force it.');
      resolve(signal);
    } else {
      host.shutdown({ force: true }).catch(() => undefined);
    }
  });
  return { first: promise, release };
}

async function serve(shell: Shell, host: Host, options: StartOptions): Promise<ExitCode> {
  const client = host.client();
  client.on('gateway.status', printChanges(shell));
  await client.subscribe(['gateway.status']);
  const ending = endOnSignal(shell, host);
  const started = client.call('gateway.start', startRequest(options), startTimeout(options));
  const early = await Promise.race([started, ending.first]);
  if (typeof early === 'string') {
    started.catch(() => undefined);
    throw new Interrupted(early);
  }
  const [status, info] = await Promise.all([client.call('gateway.status'), client.call('host.info')]);
  printStarted(shell, { result: early, status, host: info });
  shell.message('', 'Ctrl-C ends it.');
  await Promise.race([host.closed, ending.first]);
  return exitCodes.ok;
}

/**
 * Becomes the host: the gateway lives as long as this process. Ended by a signal after it ran, it exits 0, since that is how
 * a foreground server is meant to end, and a service manager takes anything else for a crash.
 */
export async function foreground(shell: Shell, options: StartOptions): Promise<ExitCode> {
  const host = await startHost({
    profile: shell.profile,
    env: shell.env,
    kind: 'foreground',
    version,
    builtinGateway: { file: builtinGatewayFile() },
    keyring: osKeyring({ command: keyringCommand(), env: shell.env }),
    webRoot: dashboardFolder(),
  });
  ignoreStdioErrors();
  try {
    return await serve(shell, host, options);
  } catch (error) {
    throw startFailure(error, options, false);
  } finally {
    await host.shutdown();
  }
}

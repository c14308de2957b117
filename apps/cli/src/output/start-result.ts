import type { GatewayStatus, HostInfo, LifecycleResult, OpenClawProgram } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';
import { serializeHost, serializeStatus } from './documents.ts';
import { layRows, span } from './layout.ts';
import { addProfileFlag } from './problem.ts';
import { programParts, stateMark } from './status-screen.ts';

const nextSteps: readonly (readonly [command: string, does: string])[] = [
  ['deskclaw status', 'show the status'],
  ['deskclaw chat "hello"', 'chat with it'],
  ['deskclaw logs -f', 'follow the logs'],
  ['deskclaw stop', 'stop it'],
];

export interface Started {
  readonly result: LifecycleResult;
  readonly status: GatewayStatus;
  readonly host: HostInfo;
  /** Address of the metrics, if they were asked for. */
  readonly metrics?: string | undefined;
}

/** Returns the line of a running gateway: `● running   pid 4121   ws://127.0.0.1:18789/ws`. */
export function runningLines(
  shell: Shell,
  status: GatewayStatus,
  openclaw: OpenClawProgram | undefined,
): readonly string[] {
  const { style } = shell.out;
  const pid = status.pid === undefined ? [] : [[span(`pid ${String(status.pid)}`)]];
  return layRows(
    [
      {
        label: 'Gateway',
        parts: [stateMark(status, style), ...pid, [span(status.url)], ...programParts(status, openclaw)],
      },
    ],
    style,
  );
}

export function printStarted(shell: Shell, started: Started): void {
  const { result, status, host, metrics } = started;
  if (shell.json) {
    const body = { ...result, host: serializeHost(host), gateway: serializeStatus(status) };
    shell.document('start', metrics === undefined ? body : { ...body, metrics });
    return;
  }
  if (result.outcome === 'joined') shell.message('The gateway was already running or starting.');
  if (result.repaired !== undefined) shell.message(result.repaired);
  if (status.ownership === 'attached') shell.message('Attached to a gateway that someone else started.');
  const { openclaw, interruptedUpgrade, warnings = [] } = host;
  shell.data(...runningLines(shell, status, openclaw));
  if (metrics !== undefined) shell.message(`Metrics for Prometheus: ${metrics}`);
  for (const warning of warnings) shell.message(`${shell.err.style.paint('!', 'warn')} ${warning}`);
  if (interruptedUpgrade !== undefined) shell.message(addProfileFlag(interruptedUpgrade.message, shell.namedProfile));
  if (status.ownership === 'owned' && openclaw !== undefined) {
    shell.message(`OpenClaw ${openclaw.version} at ${openclaw.path}, on Node ${openclaw.node.version}`);
  }
}

export function printNextSteps(shell: Shell): void {
  const { paint } = shell.err.style;
  const commands = nextSteps.map(([command, does]) => [addProfileFlag(command, shell.namedProfile), does] as const);
  const width = Math.max(...commands.map(([command]) => command.length));
  shell.message(
    '',
    'Next:',
    ...commands.map(([command, does]) => `  ${paint(command.padEnd(width), 'accent')}  ${paint(does, 'dim')}`),
  );
}

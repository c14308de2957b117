import type { GatewayStatus, HostInfo, LifecycleResult } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';
import { serializeHost, serializeStatus } from './documents.ts';
import { runningLines } from './lifecycle.ts';
import { addProfileFlag } from './problem.ts';

const nextSteps: readonly (readonly [command: string, does: string])[] = [
  ['deskclaw status', 'what is true now'],
  ['deskclaw chat "hello"', 'talk to it'],
  ['deskclaw logs -f', 'what it prints'],
  ['deskclaw stop', 'end it'],
];

export interface Started {
  readonly result: LifecycleResult;
  readonly status: GatewayStatus;
  readonly host: HostInfo;
}

export function printStarted(shell: Shell, started: Started): void {
  const { result, status, host } = started;
  if (shell.json) {
    shell.document('start', { ...result, host: serializeHost(host), gateway: serializeStatus(status) });
    return;
  }
  if (result.outcome === 'joined') shell.message('It was running already, or on its way.');
  if (status.ownership === 'attached') shell.message('It is attached to a gateway that somebody else started.');
  const { openclaw, interruptedUpgrade } = host;
  shell.data(...runningLines(shell, status, openclaw));
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

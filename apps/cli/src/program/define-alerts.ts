import type { Command } from '@commander-js/extra-typings';
import type { ExitCode } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';

type Run = (shell: Shell) => Promise<ExitCode>;

/** Defines `alerts` and its sub-commands. */
export function defineAlerts(alerts: Command, select: (run: Run) => void): void {
  alerts.description('alerts that reach you while the gateway is down').helpCommand(false);
  alerts
    .command('list', { isDefault: true })
    .description('list where alerts go')
    .action(() => select(async (shell) => (await import('../commands/alerts.ts')).listAlerts(shell)));
  alerts
    .command('test')
    .description('send a test alert')
    .argument('[target]', 'see: deskclaw alerts list; default: all')
    .action((target) => select(async (shell) => (await import('../commands/alerts.ts')).testAlerts(shell, target)));
}

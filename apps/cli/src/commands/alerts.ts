import { type AlertTarget, loadConfig, resolvePaths, sendTestAlert, targetName } from '@deskclaw/host';
import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { UsageError } from '../exit.ts';
import { layTable } from '../output/layout.ts';
import type { Shell } from '../shell.ts';

function targetsOf(shell: Shell): readonly AlertTarget[] {
  const { config } = resolvePaths({ name: shell.profile, env: shell.env });
  const { settings, warnings } = loadConfig(config, shell.profile, shell.env);
  shell.message(...warnings);
  return settings.alerts?.targets ?? [];
}

const noTarget = 'No target is set: see "alerts" in deskclaw config schema.';

/** Where an alert goes, without addresses and tokens that are secrets. */
function destination(target: AlertTarget): string {
  switch (target.kind) {
    case 'webhook':
    case 'ntfy':
      return new URL(target.url).host;
    case 'slack':
      return target.urlFile;
    case 'telegram':
      return `chat ${target.chat}`;
    case 'command':
      return target.command[0] ?? '';
    case 'desktop':
      return 'this desktop';
    default:
      return target satisfies never;
  }
}

/** Lists where alerts go. */
export function listAlerts(shell: Shell): ExitCode {
  const targets = targetsOf(shell).map((target) => ({
    name: targetName(target),
    kind: target.kind,
    destination: destination(target),
  }));
  if (shell.json) shell.document('alerts', { targets });
  else if (targets.length === 0) shell.message(noTarget);
  else
    shell.data(
      ...layTable(
        targets.map(({ name, kind, destination: to }) => [name, kind, to]),
        shell.out.style,
      ),
    );
  return exitCodes.ok;
}

/**
 * Sends a test alert to every target, or to the named one.
 * @throws UsageError for a name that no target has.
 */
export async function testAlerts(shell: Shell, name: string | undefined): Promise<ExitCode> {
  const all = targetsOf(shell);
  const targets = all.filter((target) => name === undefined || targetName(target) === name);
  if (name !== undefined && targets.length === 0)
    throw new UsageError(`No target of alerts is named "${name}". All: deskclaw alerts list`, 'alerts test');
  const results = await Promise.all(
    targets.map(async (target) => ({
      name: targetName(target),
      ...(await sendTestAlert(target, { name: shell.profile, env: shell.env })),
    })),
  );
  if (shell.json) shell.document('alerts-test', { results });
  else if (results.length === 0) shell.message(noTarget);
  else
    for (const result of results) shell.data(result.ok ? `${result.name}: sent` : `${result.name}: ${result.reason}`);
  return results.length > 0 && results.every(({ ok }) => ok) ? exitCodes.ok : exitCodes.failure;
}

import type { ExitCode, HealthReport } from '@deskclaw/protocol';
import { exitCodeForHealth } from '../exit.ts';
import { requireGateway } from '../host/host-connection.ts';
import { serializeHealth } from '../output/documents.ts';
import { formatDuration, shortTime } from '../output/format.ts';
import { layTable, span } from '../output/layout.ts';
import type { Shell } from '../shell.ts';

function healthLines(shell: Shell, report: HealthReport): readonly string[] {
  const { style } = shell.out;
  const { glyphs } = style;
  const summary = [
    report.ok ? style.paint(`${glyphs.on} healthy`, 'good') : style.paint(`${glyphs.bad} not healthy`, 'bad'),
    report.uptime === undefined ? undefined : `up ${formatDuration(report.uptime)}`,
    report.latencyMs === undefined ? undefined : `answered in ${formatDuration(report.latencyMs)}`,
    report.error,
  ].filter((part) => part !== undefined);
  const evidence = report.evidence.map((each) => [
    each.ok ? span(`  ${glyphs.on}`, 'good') : span(`  ${glyphs.bad}`, 'bad'),
    each.kind,
    shortTime(each.at, shell.now()),
    each.detail ?? '',
  ]);
  return [summary.join('   '), ...layTable(evidence, style)];
}

export async function health(shell: Shell): Promise<ExitCode> {
  const { client } = await requireGateway(shell);
  const report = await client.call('gateway.health');
  if (shell.json) shell.document('health', serializeHealth(report));
  else shell.data(...healthLines(shell, report));
  return exitCodeForHealth(report);
}

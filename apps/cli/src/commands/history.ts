import { resolvePaths } from '@deskclaw/core';
import { type ExitCode, exitCodes, type TimelineRecord } from '@deskclaw/protocol';
import { requireHost } from '../host-session.ts';
import { writtenTimeline } from '../output/documents.ts';
import { formatDuration } from '../output/duration.ts';
import { type Span, span } from '../output/layout.ts';
import { localDateTime } from '../output/local-time.ts';
import { layTable } from '../output/table.ts';
import type { Shell } from '../shell.ts';

export interface HistoryOptions {
  readonly since?: number | undefined;
  readonly lines: number;
}

function row(record: TimelineRecord): readonly (Span | string)[] {
  return [
    span(localDateTime(record.at), 'dim'),
    record.lane,
    span(record.what, 'strong'),
    record.durationMs === undefined ? '' : formatDuration(record.durationMs),
    record.cause ?? '',
  ];
}

function whereElse(shell: Shell): string {
  return `; what was written before is in ${resolvePaths({ profile: shell.profile, env: shell.env }).journal}`;
}

export async function history(shell: Shell, options: HistoryOptions): Promise<ExitCode> {
  const { client } = await requireHost(shell, whereElse(shell));
  const { records } = await client.call('timeline.query', {
    limit: options.lines,
    ...(options.since === undefined ? {} : { since: options.since }),
  });
  if (shell.json) shell.document('history', { records: records.map(writtenTimeline) });
  else if (records.length === 0) shell.message('Nothing has happened in that time.');
  else shell.data(...layTable(records.map(row), shell.out.style, ['when', 'lane', 'what', 'after', 'cause']));
  return exitCodes.ok;
}

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { GatewayError } from '@deskclaw/core';
import { profileRedactor, resolvePaths } from '@deskclaw/host';
import {
  describeRow,
  type ExitCode,
  type ExplainedRow,
  exitCodes,
  isExplained,
  isRecordedStep,
  parseJson,
  type RecordedStep,
} from '@deskclaw/protocol';
import { findHost } from '../host/find-host.ts';
import { readHistoryRows } from '../host/read-history.ts';
import { isoTime, serializeJournalRecord } from '../output/documents.ts';
import { serializeHistoryRow } from '../output/history-rows.ts';
import { writeNewFile } from '../output/write-new-file.ts';
import type { Shell } from '../shell.ts';
import { version } from '../version.ts';

/** Steps before an interruption belong to it: those that led to it, and where the reducers stood. */
const LEAD_MS = 60_000;
/** A gateway is back when it stays up for a moment. */
const TRAIL_MS = 5_000;

/** Lets a running host write the steps that it has in memory. One of an earlier version has none. */
async function saveSteps(shell: Shell): Promise<void> {
  const session = await findHost(shell);
  if (session === undefined) return;
  try {
    await session.client.call('host.saveSteps');
  } catch (error) {
    if (!(error instanceof GatewayError) || error.rpc === undefined) throw error;
    shell.message('The running host is of an earlier version: the export has no steps to replay.');
  } finally {
    session.client.close();
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Returns the recorded steps around an interruption, oldest first, from this and the rotated file. */
function stepsOf(path: string, { at, to }: ExplainedRow): readonly RecordedStep[] {
  return [`${path}.1`, path]
    .flatMap((file) => readText(file).split('\n'))
    .flatMap((line) => {
      const step = parseJson(line);
      return isRecordedStep(step) && step.at >= at - LEAD_MS && step.at <= to + TRAIL_MS ? [step] : [];
    });
}

/** Writes the last interruption, or the first one at or after a time, with everything that a replay of it needs, redacted. */
export async function exportIncident(shell: Shell, file: string, since: number | undefined): Promise<ExitCode> {
  await saveSteps(shell);
  const rows = (await readHistoryRows(shell, since)).filter(isExplained);
  const row = since === undefined ? rows.at(-1) : rows[0];
  if (row === undefined) {
    if (shell.json) shell.document('history-export', { path: null, bytes: 0, records: 0, steps: 0 });
    shell.message('There is no interruption to export in that period.');
    return exitCodes.failure;
  }
  const steps = stepsOf(resolvePaths({ name: shell.profile, env: shell.env }).steps, row);
  const document = {
    schema: 'deskclaw.incident/1',
    version,
    exportedAt: isoTime(shell.now()),
    profile: shell.profile,
    row: serializeHistoryRow(row),
    records: row.records.map(serializeJournalRecord),
    steps,
  };
  const redactor = profileRedactor({ name: shell.profile, env: shell.env });
  const text = `${JSON.stringify(redactor.value(document), undefined, 1)}\n`;
  const path = resolve(file);
  writeNewFile(shell, path, text, 'history');
  if (shell.json) {
    shell.document('history-export', {
      path,
      bytes: Buffer.byteLength(text),
      records: row.records.length,
      steps: steps.length,
    });
  } else {
    shell.message(
      `${describeRow(row).title.replace(/\.$/, '')}.`,
      `Wrote ${path}: ${String(row.records.length)} records, ${String(steps.length)} steps, secrets removed.`,
      `To replay it, in a checkout of DeskClaw: npm run replay ${path}`,
    );
  }
  return exitCodes.ok;
}

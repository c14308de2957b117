import {
  adviceFor,
  describeNotice,
  describeRow,
  describeStep,
  type ExitCode,
  type ExplainedRow,
  evidenceOf,
  exitCodes,
  isExplained,
} from '@deskclaw/protocol';
import { readHistoryRows } from '../host/read-history.ts';
import { formatDuration, localDateTime, localTime } from '../output/format.ts';
import { serializeHistoryRow } from '../output/history-rows.ts';
import { wrapWords } from '../output/layout.ts';
import { addProfileFlag } from '../output/problem.ts';
import type { Shell } from '../shell.ts';

/** How many steps are shown; a loop of crashes has hundreds. */
const FIRST_STEPS = 8;
const LAST_STEPS = 4;

function stepsOf(row: ExplainedRow): readonly string[] {
  const steps = row.records.flatMap((record) => {
    const text = describeStep(record);
    return text === undefined ? [] : [`+${formatDuration(record.at - row.at)}  ${text}`];
  });
  const left = steps.length - FIRST_STEPS - LAST_STEPS;
  if (left <= 0) return steps;
  return [...steps.slice(0, FIRST_STEPS), `(${String(left)} more steps)`, ...steps.slice(-LAST_STEPS)];
}

function section(shell: Shell, title: string, lines: readonly string[]): readonly string[] {
  const { style, columns } = shell.out;
  const width = columns === undefined ? undefined : Math.max(20, columns - 2);
  const body = lines.flatMap((line) => line.split('\n')).flatMap((line) => wrapWords(line, width));
  return lines.length === 0 ? [] : ['', style.paint(title, 'strong'), ...body.map((line) => `  ${line}`)];
}

function adviceLines(shell: Shell, row: ExplainedRow): readonly string[] {
  const { paint, glyphs } = shell.out.style;
  return adviceFor(row).map(({ label, command }) =>
    command === undefined
      ? `${glyphs.arrow} ${label}`
      : `${glyphs.arrow} ${label}:  ${paint(addProfileFlag(command, shell.namedProfile), 'accent')}`,
  );
}

function print(shell: Shell, row: ExplainedRow): void {
  const { title } = describeRow(row);
  const isOpen = row.type === 'incident' && row.end === 'open';
  const until = isOpen ? 'until now' : `to ${localTime(row.to)}`;
  const notice = row.type === 'incident' ? [`${describeNotice(row)}.`] : [];
  shell.data(
    `${shell.out.style.paint(title, 'strong')}.`,
    `${localDateTime(row.at)} ${until}, ${formatDuration(row.to - row.at)}`,
    ...section(shell, 'Evidence', [...evidenceOf(row), ...notice]),
    ...section(shell, 'What happened and what DeskClaw did', stepsOf(row)),
    ...section(shell, 'What to do', adviceLines(shell, row)),
  );
}

/** Explains the last interruption or failed request, or the last one that had begun by a time. Needs no host. */
export async function why(shell: Shell, when: number | undefined): Promise<ExitCode> {
  const rows = (await readHistoryRows(shell, when)).filter(isExplained);
  const asked = when === undefined ? undefined : rows.find((row) => row.to >= when);
  const row = when === undefined ? rows.at(-1) : asked;
  if (shell.json) {
    const explained = row === undefined ? { row: null } : { row: serializeHistoryRow(row), advice: adviceFor(row) };
    shell.document('why', explained);
  } else if (row === undefined) {
    shell.message(
      when === undefined
        ? 'The journal tells of no interruption.'
        : 'The journal tells of no interruption at or after that time.',
    );
  } else {
    print(shell, row);
  }
  return exitCodes.ok;
}

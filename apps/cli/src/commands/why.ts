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
import { textWidth, wrapWords } from '../output/layout.ts';
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

/** How wide the lines of a section may be; a command keeps its line whatever its length, so that it can be copied. */
function sectionWidth({ out }: Shell): number | undefined {
  return out.columns === undefined ? undefined : Math.max(20, out.columns - 2);
}

function section(shell: Shell, title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', shell.out.style.paint(title, 'strong'), ...lines.map((line) => `  ${line}`)];
}

function wrapped(shell: Shell, lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => line.split('\n')).flatMap((line) => wrapWords(line, sectionWidth(shell)));
}

/** Paints after the lines are broken: breaking cleans the text, colours included. */
function adviceLines(shell: Shell, row: ExplainedRow): readonly string[] {
  const { paint, glyphs } = shell.out.style;
  const width = sectionWidth(shell) ?? Number.POSITIVE_INFINITY;
  return adviceFor(row).flatMap(({ label, command }) => {
    if (command === undefined) return wrapWords(`${glyphs.arrow} ${label}`, width);
    const text = addProfileFlag(command, shell.namedProfile);
    const lines = wrapWords(`${glyphs.arrow} ${label}:`, width);
    const last = lines.at(-1) ?? '';
    return textWidth(last) + 1 + textWidth(text) <= width
      ? [...lines.slice(0, -1), `${last} ${paint(text, 'accent')}`]
      : [...lines, `    ${paint(text, 'accent')}`];
  });
}

function print(shell: Shell, row: ExplainedRow): void {
  const { title } = describeRow(row);
  const isOpen = row.type === 'incident' && row.end === 'open';
  const until = isOpen ? 'until now' : `to ${localTime(row.to)}`;
  const notice = row.type === 'incident' ? [`${describeNotice(row)}.`] : [];
  shell.data(
    ...wrapWords(`${title.replace(/\.$/, '')}.`, shell.out.columns).map((line) =>
      shell.out.style.paint(line, 'strong'),
    ),
    `${localDateTime(row.at)} ${until}, ${formatDuration(row.to - row.at)}`,
    ...section(shell, 'Evidence', wrapped(shell, [...evidenceOf(row), ...notice])),
    ...section(shell, 'What happened and what DeskClaw did', wrapped(shell, stepsOf(row))),
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

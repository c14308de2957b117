import { fixProfile, runDoctor } from '@deskclaw/host';
import {
  type AppliedFix,
  type CheckReport,
  type CheckResult,
  type DoctorReport,
  type ExitCode,
  exitCodeForDoctor,
} from '@deskclaw/protocol';
import { textWidth, wrapWords } from '../output/layout.ts';
import { addProfileFlag } from '../output/problem.ts';
import type { Tone } from '../output/style.ts';
import type { Shell } from '../shell.ts';

const tones: Readonly<Record<CheckResult, Tone>> = { ok: 'good', warning: 'warn', fault: 'bad' };
const MIN_TEXT_COLUMNS = 20;

function mark(shell: Shell, result: CheckResult): string {
  const { glyphs } = shell.out.style;
  switch (result) {
    case 'ok':
      return glyphs.on;
    case 'warning':
      return '!';
    case 'fault':
      return glyphs.bad;
    default:
      return result satisfies never;
  }
}

/** Lays out one check: its mark and title, what was found beside or below them, then the next steps. */
function checkLines(shell: Shell, check: CheckReport, titleWidth: number): readonly string[] {
  const { style, columns = Number.POSITIVE_INFINITY } = shell.out;
  const indent = 4 + titleWidth;
  const isNarrow = columns - indent < 2 * MIN_TEXT_COLUMNS;
  const margin = ' '.repeat(isNarrow ? 4 : indent);
  const text = wrapWords(check.why, Math.max(MIN_TEXT_COLUMNS, columns - margin.length));
  const title = check.title + (isNarrow ? '' : ' '.repeat(titleWidth - textWidth(check.title)));
  const head = `${style.paint(mark(shell, check.result), tones[check.result])} ${style.paint(title, check.result === 'ok' ? undefined : 'strong')}`;
  const [first = '', ...rest] = text;
  const next = check.next.flatMap(({ label, command }) => {
    if (command === undefined)
      return wrapWords(`${style.glyphs.arrow} ${label}`, columns - 4).map((line) => `    ${line}`);
    return [
      `    ${style.glyphs.arrow} ${label}: ${style.paint(addProfileFlag(command, shell.namedProfile), 'accent')}`,
    ];
  });
  return isNarrow
    ? [head, ...text.map((line) => margin + line), ...next]
    : [`${head}  ${first}`, ...rest.map((line) => margin + line), ...next];
}

function count(number: number, what: string): string {
  return `${String(number)} ${what}${number === 1 ? '' : 's'}`;
}

function summary({ checks }: DoctorReport): string {
  const of = (result: CheckResult): number => checks.filter((check) => check.result === result).length;
  return `${count(of('fault'), 'fault')}, ${count(of('warning'), 'warning')}, ${count(checks.length, 'check')}`;
}

/** Checks whether the next start will work, with or without a host; `--fix` repairs what is safe to repair. */
export async function doctor(shell: Shell, { fix }: { readonly fix?: true | undefined }): Promise<ExitCode> {
  const input = { name: shell.profile, env: shell.env };
  const none: readonly AppliedFix[] = [];
  const { report, fixes, failed } =
    fix === true ? await fixProfile(input) : { report: await runDoctor(input), fixes: none, failed: [] };
  if (shell.json) {
    shell.document('doctor', { ...report, ...(fix === true ? { fixes, failed } : {}) });
    return exitCodeForDoctor(report);
  }
  shell.message(...fixes.map(({ what, undo }) => `Repaired: ${what} (to undo: ${undo})`));
  shell.message(...failed.map((why) => `Not repaired: ${why}`));
  if (fix === true && fixes.length === 0 && failed.length === 0) shell.message('There was nothing to repair.');
  const titleWidth = Math.max(...report.checks.map(({ title }) => textWidth(title)));
  const shown = shell.verbosity === 'quiet' ? report.checks.filter(({ result }) => result !== 'ok') : report.checks;
  shell.data(...shown.flatMap((check) => checkLines(shell, check, titleWidth)), summary(report));
  return exitCodeForDoctor(report);
}

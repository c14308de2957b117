import { type Question, questions, type Result } from './judge.ts';

export interface Report {
  readonly results: readonly Result[];
  /** Scenarios that did not run, with the reason. */
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
  /** Scenarios that could not be prepared. They count as nothing. */
  readonly failed: readonly { readonly name: string; readonly why: string }[];
  readonly tookMs: number;
}

/** Share of the points below which the run fails. */
const GOAL = 0.95;

const letters: Readonly<Record<0 | 0.5 | 1, string>> = { 1: 'Y', 0.5: 'P', 0: 'N' };

function pointsOf({ marks }: Result): number {
  return questions.reduce((sum, question) => sum + marks[question].points, 0);
}

function totals({ results, failed }: Report): { readonly points: number; readonly of: number } {
  return {
    points: results.reduce((sum, result) => sum + pointsOf(result), 0),
    of: (results.length + failed.length) * questions.length,
  };
}

export function meetsGoal(report: Report): boolean {
  const { points, of } = totals(report);
  return of > 0 && points / of >= GOAL;
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? 'never' : (ms / 1_000).toFixed(1);
}

/** What a scenario lost, a line for each question. */
export function lostPoints({ marks }: Result): readonly string[] {
  return questions.flatMap((question) => {
    const { why } = marks[question];
    return why === undefined ? [] : [`${question}: ${why}`];
  });
}

function column(report: Report, question: Question): string {
  const sum = report.results.reduce((points, { marks }) => points + marks[question].points, 0);
  return `${question} ${String(sum)}/${String(report.results.length)}`;
}

export function summary(report: Report): string {
  const { points, of } = totals(report);
  const share = of === 0 ? 0 : (100 * points) / of;
  const count = `${String(report.results.length)} scenarios, ${String(report.skipped.length)} skipped, ${String(report.failed.length)} not prepared`;
  return `${String(points)} of ${String(of)} points, ${share.toFixed(1)} % (goal ${String(GOAL * 100)} %); ${count}; ${(report.tookMs / 60_000).toFixed(1)} min`;
}

/** A Markdown table, which is readable as text too. */
export function table(report: Report): readonly string[] {
  const rows = report.results.map((result) => {
    const cells = questions.map((question) => letters[result.marks[question].points]);
    return `| ${result.name} | ${cells.join(' | ')} | ${seconds(result.namedAfterMs)} | ${String(pointsOf(result))} |`;
  });
  return [
    `| scenario | ${questions.join(' | ')} | s | points |`,
    `| --- |${' --- |'.repeat(questions.length + 2)}`,
    ...rows,
  ];
}

/** What each scenario lost, what did not run, and the sums. */
export function notes(report: Report): readonly string[] {
  return [
    ...report.results.flatMap((result) => {
      const lost = lostPoints(result);
      return lost.length === 0 ? [] : [`- ${result.name}: ${lost.join('; ')}`];
    }),
    ...report.skipped.map(({ name, why }) => `- ${name}: skipped, ${why}`),
    ...report.failed.map(({ name, why }) => `- ${name}: not prepared, ${why}`),
    '',
    questions.map((question) => column(report, question)).join(', '),
  ];
}

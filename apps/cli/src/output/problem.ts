import { withProfileFlag } from '@deskclaw/host';
import { cleanText, escapeJson, type Problem } from '@deskclaw/protocol';
import { textWidth, wrapWords } from './layout.ts';
import type { Style } from './style.ts';

/** Adds `--profile` to every deskclaw command in the text, so that a copied command acts on the same profile. */
export function addProfileFlag(command: string, profile: string | undefined): string {
  return profile === undefined ? command : withProfileFlag(command, profile);
}

export interface ProblemView {
  readonly problem: Problem;
  /** The profile to name in commands; `undefined` for the one that is meant without saying. */
  readonly profile?: string | undefined;
  /** Data that the gateway sent with its error. */
  readonly rpc?: { readonly data?: unknown } | undefined;
}

/** Longer labels are not aligned: the commands of the others would be far away. */
const MAX_LABEL = 44;
/** Before the label, its arrow and the gap before the command. */
const STEP_INDENT = 6;

/** A sentence of a step, its lines after the first one below its words. */
function stepLines(text: string, columns: number | undefined): readonly string[] {
  const width = columns === undefined ? undefined : Math.max(20, columns - 4);
  return wrapWords(text, width).map((line, index) => (index === 0 ? `  ${line}` : `    ${line}`));
}

/** Formats a problem as three blocks: title, detail, and next steps as commands to copy. */
export function problemLines(view: ProblemView, style: Style, columns?: number): readonly string[] {
  const { problem, rpc } = view;
  const width = columns === undefined ? undefined : Math.max(20, columns - 2);
  const detail = wrapWords(cleanText(problem.detail), width).map((line) => `  ${line}`);
  const data = rpc?.data === undefined ? [] : [`  data: ${escapeJson(JSON.stringify(rpc.data))}`];
  const labels = problem.actions.flatMap(({ label, command }) => (command === undefined ? [] : [textWidth(label)]));
  const labelWidth = Math.min(MAX_LABEL, Math.max(0, ...labels)) + 1;
  const actions = problem.actions.flatMap(({ label, command }) => {
    if (command === undefined) return stepLines(`${style.glyphs.arrow} ${label}`, columns);
    const typed = addProfileFlag(command, view.profile);
    const text = `${label}:`.padEnd(labelWidth);
    const isTooLong = columns !== undefined && textWidth(text) + textWidth(typed) + STEP_INDENT > columns;
    return isTooLong
      ? [...stepLines(`${style.glyphs.arrow} ${label}:`, columns), `      ${style.paint(typed, 'accent')}`]
      : [`  ${style.glyphs.arrow} ${text}  ${style.paint(typed, 'accent')}`];
  });
  return [
    `${style.paint(style.glyphs.bad, 'bad')} ${style.paint(problem.title, 'strong')} ${style.paint(`(${problem.code})`, 'dim')}`,
    ...detail,
    ...data,
    ...(actions.length === 0 ? [] : ['', ...actions]),
  ];
}

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

/** Formats a problem as three blocks: title, detail, and next steps as commands to copy. */
export function problemLines(view: ProblemView, style: Style, columns?: number): readonly string[] {
  const { problem, rpc } = view;
  const width = columns === undefined ? undefined : Math.max(20, columns - 2);
  const detail = wrapWords(cleanText(problem.detail), width).map((line) => `  ${line}`);
  const data = rpc?.data === undefined ? [] : [`  data: ${escapeJson(JSON.stringify(rpc.data))}`];
  const labelWidth = Math.max(0, ...problem.actions.map((action) => textWidth(action.label))) + 1;
  const actions = problem.actions.map((action) =>
    action.command === undefined
      ? `  ${style.glyphs.arrow} ${action.label}`
      : `  ${style.glyphs.arrow} ${`${action.label}:`.padEnd(labelWidth)}  ${style.paint(addProfileFlag(action.command, view.profile), 'accent')}`,
  );
  return [
    `${style.paint(style.glyphs.bad, 'bad')} ${style.paint(problem.title, 'strong')} ${style.paint(`(${problem.code})`, 'dim')}`,
    ...detail,
    ...data,
    ...(actions.length === 0 ? [] : ['', ...actions]),
  ];
}

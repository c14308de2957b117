import { styleText } from 'node:util';

/** Meaning of a piece of text; the style decides its colour. */
export type Tone = 'good' | 'warn' | 'bad' | 'dim' | 'strong' | 'accent' | 'paper';

const styles = {
  good: 'green',
  warn: 'yellow',
  bad: 'red',
  dim: 'dim',
  strong: 'bold',
  accent: 'cyan',
  paper: ['black', 'bgWhiteBright'],
} as const satisfies Record<Tone, Parameters<typeof styleText>[0]>;

export interface Glyphs {
  readonly on: string;
  readonly off: string;
  readonly busy: string;
  readonly bad: string;
  readonly arrow: string;
  readonly ellipsis: string;
  readonly spinner: readonly string[];
}
const unicodeGlyphs: Glyphs = {
  on: '●',
  off: '○',
  busy: '◐',
  bad: '✗',
  arrow: '→',
  ellipsis: '…',
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
};
const asciiGlyphs: Glyphs = {
  on: '*',
  off: 'o',
  busy: '~',
  bad: 'x',
  arrow: '->',
  ellipsis: '...',
  spinner: ['|', '/', '-', '\\'],
};

export interface Style {
  readonly paint: (text: string, tone?: Tone) => string;
  readonly glyphs: Glyphs;
  /** Whether `paint` uses colours and `glyphs` Unicode. */
  readonly colour: boolean;
  readonly unicode: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

/**
 * Whether one stream gets colours. The flag wins; then NO_COLOR over FORCE_COLOR, since plain text is never wrong;
 * then TERM=dumb; then whether it is a terminal.
 */
export function wantsColour(input: {
  readonly flag: boolean;
  readonly env: Environment;
  readonly terminal: boolean;
}): boolean {
  const { env } = input;
  if (!input.flag || isSet(env['NO_COLOR'])) return false;
  const force = env['FORCE_COLOR'];
  if (isSet(force)) return force !== '0' && force !== 'false';
  return env['TERM'] !== 'dumb' && input.terminal;
}

/** Whether the terminal can show more than ASCII: by its locale, except where locales are not how it is told. */
export function wantsUnicode(env: Environment, platform: NodeJS.Platform): boolean {
  if (env['TERM'] === 'linux' || env['TERM'] === 'dumb') return false;
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(isSet);
  if (locale !== undefined) return /utf-?8/i.test(locale);
  if (platform === 'win32') return isSet(env['WT_SESSION']) || env['TERM_PROGRAM'] === 'vscode';
  return platform === 'darwin';
}

export function createStyle(options: { readonly colour: boolean; readonly unicode: boolean }): Style {
  return {
    // The stream was judged by `wantsColour`: `styleText` must not judge again.
    paint: (text, tone) =>
      options.colour && tone !== undefined ? styleText(styles[tone], text, { validateStream: false }) : text,
    glyphs: options.unicode ? unicodeGlyphs : asciiGlyphs,
    ...options,
  };
}

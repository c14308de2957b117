import { styleText } from 'node:util';

/** Marks the ends of a painted run until it is written. Unguessable, so that text of others cannot pose as painted. */
const mark = `\u0000${Math.random().toString(36).slice(2)}:`;

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
  /** Returns text for a `Terminal` to write: the colour codes are added there, after everything else is cleaned. */
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
    paint: (text, tone) =>
      options.colour && tone !== undefined ? `${mark}${tone}\u0000${text}${mark}/${tone}\u0000` : text,
    glyphs: options.unicode ? unicodeGlyphs : asciiGlyphs,
    ...options,
  };
}

/** A piece of text to write: text of any origin, or a colour code of ours. */
export type PaintedPiece = { readonly kind: 'text' | 'code'; readonly text: string };

const isTone = (name: string): name is Tone => Object.hasOwn(styles, name);

function colourCode(name: string): string {
  const tone = name.startsWith('/') ? name.slice(1) : name;
  if (!isTone(tone)) return '';
  // The stream was judged by `wantsColour`: `styleText` must not judge again.
  const [on = '', off = ''] = styleText(styles[tone], '\u0000', { validateStream: false }).split('\u0000');
  return name === tone ? on : off;
}

/** Separates text from the colours that `paint` gave it. */
export function paintedPieces(painted: string): readonly PaintedPiece[] {
  return painted.split(mark).flatMap((piece, index): readonly PaintedPiece[] => {
    const end = index === 0 ? -1 : piece.indexOf('\u0000');
    const text: PaintedPiece = { kind: 'text', text: piece.slice(end + 1) };
    return end === -1 ? [text] : [{ kind: 'code', text: colourCode(piece.slice(0, end)) }, text];
  });
}

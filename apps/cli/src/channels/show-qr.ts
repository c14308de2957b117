import type { QrCode } from '@deskclaw/core';
import { encode } from 'uqr';
import { isoTime } from '../output/documents.ts';
import type { Style } from '../output/style.ts';
import type { Shell } from '../shell.ts';
import { type QrModules, readQrPicture } from './qr-picture.ts';

/** Width of the quiet zone around a code, in modules, as the QR standard requires. */
const QUIET_ZONE = 4;

/** How wide the code is drawn, in columns. */
export function qrWidth(modules: QrModules, { unicode }: Style): number {
  return (modules.length + 2 * QUIET_ZONE) * (unicode ? 1 : 2);
}

/**
 * Returns the code as lines of text: dark on light where the terminal has colours, otherwise light blocks for a dark
 * terminal, which cameras read as well.
 */
export function drawQr(modules: QrModules, style: Style): readonly string[] {
  const side = modules.length + 2 * QUIET_ZONE;
  const isInk = (row: number, column: number): boolean => {
    const dark = modules[row - QUIET_ZONE]?.[column - QUIET_ZONE] === true;
    return style.colour ? dark : !dark;
  };
  const columns = Array.from({ length: side }, (_, index) => index);
  const lines: string[] = [];
  for (let row = 0; row < side; row += style.unicode ? 2 : 1) {
    const line = columns.map((column) => {
      const upper = isInk(row, column);
      if (!style.unicode) return upper ? '##' : '  ';
      const lower = row + 1 < side && isInk(row + 1, column);
      return upper ? (lower ? '█' : '▀') : lower ? '▄' : ' ';
    });
    lines.push(style.paint(line.join(''), 'paper'));
  }
  return lines;
}

function modulesOf(code: QrCode): QrModules | undefined {
  return code.kind === 'picture' ? readQrPicture(code.dataUrl) : encode(code.text, { border: 0 }).data;
}

/** Returns the data from which another program can draw the code. */
function asData(code: QrCode): object {
  if (code.kind === 'picture') return { dataUrl: code.dataUrl };
  return { text: code.text, ...(code.expiresAt === undefined ? {} : { expiresAt: isoTime(code.expiresAt) }) };
}

/** Returns the lines of the code, or the reason why this terminal cannot draw it. */
function drawn(shell: Shell, code: QrCode): { readonly lines: readonly string[] } | { readonly reason: string } {
  const { columns, style } = shell.out;
  const modules = modulesOf(code);
  if (modules === undefined) return { reason: 'This terminal cannot show the code. Open its data URL in a browser.' };
  const width = qrWidth(modules, style);
  if (columns === undefined || columns >= width) return { lines: drawQr(modules, style) };
  return {
    reason: `The code needs ${String(width)} columns, the terminal has ${String(columns)}. This is its content.`,
  };
}

/** Draws the code if the terminal has room for it; otherwise prints its data as JSON. */
export function showQr(shell: Shell, channelId: string, code: QrCode): void {
  const drawing = shell.json || !shell.out.interactive ? undefined : drawn(shell, code);
  if (drawing !== undefined && 'lines' in drawing) {
    shell.data(...drawing.lines);
  } else {
    if (drawing !== undefined) shell.message(drawing.reason);
    shell.record('channel-qr', { channelId, ...asData(code) });
  }
}

import type { QrCode } from '@deskclaw/core';
import { encode } from 'uqr';
import { isoTime } from '../output/documents.ts';
import type { Shell } from '../shell.ts';
import { drawQr, qrWidth } from './draw-qr.ts';
import { type QrModules, readQrPicture } from './qr-picture.ts';

function modulesOf(code: QrCode): QrModules | undefined {
  return code.kind === 'picture' ? readQrPicture(code.dataUrl) : encode(code.text, { border: 0 }).data;
}

/** What to draw it from, elsewhere. */
function asData(code: QrCode): object {
  if (code.kind === 'picture') return { dataUrl: code.dataUrl };
  return { text: code.text, ...(code.expiresAt === undefined ? {} : { expiresAt: isoTime(code.expiresAt) }) };
}

/** The code as lines, where it can be drawn in this terminal; else why not. */
function drawn(shell: Shell, code: QrCode): { readonly lines: readonly string[] } | { readonly reason: string } {
  const { columns, style } = shell.out;
  const modules = modulesOf(code);
  if (modules === undefined) return { reason: 'The code cannot be drawn here; open its data URL in a browser.' };
  const width = qrWidth(modules, style);
  if (columns === undefined || columns >= width) return { lines: drawQr(modules, style) };
  return {
    reason: `The code is ${String(width)} columns wide and the terminal ${String(columns)}; this is what it holds.`,
  };
}

/** Draws a code in a terminal that has room for it; gives its data as JSON to everyone else. */
export function showQr(shell: Shell, channelId: string, code: QrCode): void {
  const drawing = shell.json || !shell.out.interactive ? undefined : drawn(shell, code);
  if (drawing !== undefined && 'lines' in drawing) {
    shell.data(...drawing.lines);
  } else {
    if (drawing !== undefined) shell.message(drawing.reason);
    shell.record('channel-qr', { channelId, ...asData(code) });
  }
}

import { inflateSync } from 'node:zlib';

/** Rows of modules, `true` where dark, without the quiet zone around them. */
export type QrModules = readonly (readonly boolean[])[];

interface Picture {
  readonly width: number;
  readonly height: number;
  /** Bytes of a pixel; the first (and next two) are grey or red, green and blue, the last may be opacity. */
  readonly channels: 1 | 2 | 3 | 4;
  readonly pixels: Uint8Array;
}

const PNG_SIGNATURE = '89504e470d0a1a0a';
const PREFIX = 'data:image/png;base64,';
/** By the colour type of PNG; palettes (3) are not among what draws codes. */
const channelsOf: Readonly<Record<number, Picture['channels']>> = { 0: 1, 2: 3, 4: 2, 6: 4 };
/** A code of 177 modules at 12 pixels each is 2300 wide. */
const MAX_SIDE = 4_096;

function chunks(png: Buffer): ReadonlyMap<string, readonly Buffer[]> {
  const found = new Map<string, Buffer[]>();
  for (let at = 8; at + 12 <= png.length; ) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    found.set(type, [...(found.get(type) ?? []), png.subarray(at + 8, at + 8 + length)]);
    at += 12 + length;
  }
  return found;
}

/** The predictor of filter 4 (PNG specification, 9.4). */
function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [toLeft, toUp, toCorner] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    default:
      return paeth(left, up, corner);
  }
}

/** Undoes the filter of every line. */
function unfiltered(raw: Uint8Array, stride: number, height: number, bytes: number): Uint8Array {
  const pixels = new Uint8Array(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x < bytes ? 0 : (pixels[at - bytes] ?? 0);
      const up = y === 0 ? 0 : (pixels[at - stride] ?? 0);
      const corner = x < bytes || y === 0 ? 0 : (pixels[at - stride - bytes] ?? 0);
      pixels[at] = (raw[y * (stride + 1) + 1 + x] ?? 0) + predicted(filter, left, up, corner);
    }
  }
  return pixels;
}

function decodePng(png: Buffer): Picture | undefined {
  if (png.toString('hex', 0, 8) !== PNG_SIGNATURE) return undefined;
  const parts = chunks(png);
  const header = parts.get('IHDR')?.[0];
  if (header === undefined || header.length < 13) return undefined;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = channelsOf[header[9] ?? -1];
  const plain = header[8] === 8 && header[12] === 0;
  if (channels === undefined || !plain || width > MAX_SIDE || height > MAX_SIDE) return undefined;
  const stride = width * channels;
  const size = (stride + 1) * height;
  const raw = inflateSync(Buffer.concat(parts.get('IDAT') ?? []), { maxOutputLength: Math.max(1, size) });
  if (raw.length !== size) return undefined;
  return { width, height, channels, pixels: unfiltered(raw, stride, height, channels) };
}

function isDark({ width, channels, pixels }: Picture, x: number, y: number): boolean {
  const at = (y * width + x) * channels;
  const opacity = channels === 2 || channels === 4 ? (pixels[at + channels - 1] ?? 255) : 255;
  return opacity > 127 && (pixels[at] ?? 255) < 128;
}

/** The corner of the code: its first dark pixel, for the topmost row of a code begins with one. */
function corner(picture: Picture): { readonly x: number; readonly y: number } | undefined {
  for (let y = 0; y < picture.height; y += 1) {
    for (let x = 0; x < picture.width; x += 1) if (isDark(picture, x, y)) return { x, y };
  }
  return undefined;
}

/** The finder pattern in the corner is 7 modules wide, the code 21, 25, … 177, with as much light around it on both sides. */
function sample(picture: Picture): QrModules | undefined {
  const from = corner(picture);
  if (from === undefined) return undefined;
  let run = 0;
  while (from.x + run < picture.width && isDark(picture, from.x + run, from.y)) run += 1;
  const scale = run / 7;
  const size = Math.round((picture.width - 2 * from.x) / scale);
  const fits = scale >= 1 && (size - 17) % 4 === 0 && size >= 21 && size <= 177;
  if (!fits || from.y + size * scale > picture.height) return undefined;
  const middle = (offset: number, index: number) => Math.floor(offset + (index + 0.5) * scale);
  const modules = Array.from({ length: size }, (_, index) => index);
  return modules.map((row) => modules.map((column) => isDark(picture, middle(from.x, column), middle(from.y, row))));
}

/** The code in a picture (a PNG as a data URL); `undefined` where none can be made out. Never throws. */
export function readQrPicture(dataUrl: string): QrModules | undefined {
  if (!dataUrl.startsWith(PREFIX)) return undefined;
  try {
    const picture = decodePng(Buffer.from(dataUrl.slice(PREFIX.length), 'base64'));
    return picture && sample(picture);
  } catch {
    return undefined;
  }
}

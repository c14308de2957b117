import { crc32, deflateSync } from 'node:zlib';
import { encode } from 'uqr';

/** Size as in 2026.9.6: 6 pixels per module, a quiet zone of 4 modules. */
const SCALE = 6;
const QUIET_ZONE = 4;

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}

/** A text as a QR code in a PNG (8-bit grey), as a data URL. */
export function qrPicture(text: string): string {
  const { data, size } = encode(text, { border: QUIET_ZONE });
  const side = size * SCALE;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  // Bit depth 8, colour type 0 (grey); compression, filter and interlace are 0.
  header[8] = 8;
  const lines = data.flatMap((row) => {
    // Each scan line begins with its filter type; 0 is none.
    const line = Buffer.from([0, ...row.flatMap((dark) => Array<number>(SCALE).fill(dark ? 0 : 255))]);
    return Array<Buffer>(SCALE).fill(line);
  });
  const picture = Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(lines))),
    chunk('IEND', new Uint8Array()),
  ]);
  return `data:image/png;base64,${picture.toString('base64')}`;
}

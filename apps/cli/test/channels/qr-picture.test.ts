import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { encode } from 'uqr';
import { describe, expect, it } from 'vitest';
import { type QrModules, readQrPicture } from '../../src/channels/qr-picture.ts';

interface Drawn {
  readonly text: string;
  readonly rows: readonly string[];
  readonly '2026.9.6': string;
}
/** As the QR renderer in that OpenClaw draws a login of WhatsApp's length: RGBA, every line with the filter that suits it. */
const drawn = JSON.parse(readFileSync(join(import.meta.dirname, 'drawn-by-openclaw.json'), 'utf8')) as Drawn;

function rows(modules: QrModules | undefined): readonly string[] | undefined {
  return modules?.map((row) => row.map((dark) => (dark ? '#' : '.')).join(''));
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

interface Look {
  readonly scale: number;
  readonly margin: number;
  readonly type: 0 | 2 | 4 | 6;
  readonly depth?: number;
}
const bytesOf = { 0: 1, 2: 3, 4: 2, 6: 4 } as const;

function png(modules: QrModules, { scale, margin, type, depth = 8 }: Look): string {
  const side = (modules.length + 2 * margin) * scale;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = depth;
  header[9] = type;
  const bytes = bytesOf[type];
  const raw = Buffer.alloc((side * bytes + 1) * side);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const dark = modules[Math.floor(y / scale) - margin]?.[Math.floor(x / scale) - margin] === true;
      const at = y * (side * bytes + 1) + 1 + x * bytes;
      raw.fill(dark ? 0 : 255, at, at + bytes);
      if (type === 4 || type === 6) raw[at + bytes - 1] = 255;
    }
  }
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(raw)), chunk('IEND', Buffer.alloc(0))];
  return `data:image/png;base64,${Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...parts]).toString('base64')}`;
}

describe('a picture of a code', () => {
  it('readQrPicture reads a code as OpenClaw draws it', () => {
    expect(rows(readQrPicture(drawn['2026.9.6']))).toEqual(drawn.rows);
  });

  it.each<Look>([
    { scale: 1, margin: 4, type: 0 },
    { scale: 3, margin: 1, type: 2 },
    { scale: 6, margin: 0, type: 4 },
    { scale: 12, margin: 16, type: 6 },
  ])('drawn otherwise: %j', (look) => {
    const { data } = encode('deskclaw://link?x=1', { border: 0 });
    expect(rows(readQrPicture(png(data, look)))).toEqual(rows(data));
  });

  it('readQrPicture reads back a code of any length', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 3 }), (text, scale) => {
        const { data } = encode(text, { border: 0 });
        expect(rows(readQrPicture(png(data, { scale, margin: 2, type: 0 })))).toEqual(rows(data));
      }),
      { numRuns: 20 },
    );
  });
});

describe('what is no picture of a code is none', () => {
  const { data } = encode('x', { border: 0 });
  const good = png(data, { scale: 2, margin: 2, type: 0 });

  it.each([
    ['nothing', ''],
    ['another kind', 'data:image/jpeg;base64,AAAA'],
    ['no PNG', 'data:image/png;base64,AAAA'],
    ['another depth', png(data, { scale: 2, margin: 2, type: 0, depth: 16 })],
    ['all light', png([[false]], { scale: 30, margin: 1, type: 0 })],
    ['all dark', png([[true]], { scale: 30, margin: 0, type: 0 })],
  ])('readQrPicture returns undefined for %s', (_, picture) => {
    expect(readQrPicture(picture)).toBeUndefined();
  });

  it('cut off anywhere', () => {
    for (let end = 0; end < good.length - 24; end += 7) {
      const modules = readQrPicture(good.slice(0, end));
      expect(modules === undefined || modules.length === data.length).toBe(true);
    }
  });

  it('readQrPicture never throws on a picture with a changed byte', () => {
    const bytes = Buffer.from(good.slice(good.indexOf(',') + 1), 'base64');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const broken = Buffer.from(bytes);
        broken[at] = value;
        readQrPicture(`data:image/png;base64,${broken.toString('base64')}`);
      }),
    );
  });

  it('readQrPicture does not unpack a picture that claims to be huge', () => {
    const header = Buffer.from(good.slice(good.indexOf(',') + 1), 'base64');
    header.writeUInt32BE(0x7f_ff_ff_ff, 16);
    expect(readQrPicture(`data:image/png;base64,${header.toString('base64')}`)).toBeUndefined();
  });
});

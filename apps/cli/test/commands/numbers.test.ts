import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Home, parseDocument } from '../support/deskclaw.ts';

const program = join(import.meta.dirname, '../../../../packages/core/test/programs/numbers-gateway-program.ts');
const command = [process.execPath, program, '{port}'].map((word) => `'${word}'`).join(' ');

async function started(): Promise<Home> {
  const home = new Home();
  await home.document('start', '--command', command, '--port', '0');
  return home;
}

const big =
  '{"id":1915883588174806058,"neg":-9007199254740993,"f":0.1000000000000000055511151231257827,"e":1e400,"one":1.0,"zero":-0,"s":"1915883588174806058"}';

it('E9: numbers of a result that no double holds are printed as the gateway wrote them', async () => {
  const home = await started();
  expect((await home.run('call', 'big')).stdout).toBe(`${big}\n`);
  expect((await home.run('call', 'big', '--json')).stdout).toContain(`"result":${big}`);
});

it('E9: numbers of parameters that no double holds reach the gateway as they were typed', async () => {
  const home = await started();
  const params = '{"id":1915883588174806058,"list":[1e400,-9007199254740993,0.10,{"n":100000000000000000000}],"n":7}';
  for (const args of [[params], ['-']]) {
    const echo = await home.start(['call', 'echo', ...args], { input: params }).ended;
    const { received } = parseDocument(echo.stdout);
    expect(received).toContain(`"params":${params}`);
  }
});

it('E9: a bare number is still refused as parameters', async () => {
  const home = await started();
  const refused = await home.run('call', 'echo', '1915883588174806058');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('must be a JSON object or array');
});

it('E8: parameters from a file or from standard input are read with a byte order mark, as UTF-16, and with CRLF', async () => {
  const home = await started();
  const params = '{"deep":\r\n true}\r\n';
  const forms = [
    Buffer.from(`\ufeff${params}`),
    Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(params, 'utf16le')]),
  ];
  for (const bytes of forms) {
    const file = join(home.folder, 'params.json');
    writeFileSync(file, bytes);
    const { received } = parseDocument((await home.run('call', 'echo', `@${file}`)).stdout);
    expect(received).toContain('"params":{"deep":true}');
  }
  const mark = await home.start(['call', 'echo', '-'], { input: `\ufeff${params}` }).ended;
  expect(mark.stdout).toContain('deep');
});

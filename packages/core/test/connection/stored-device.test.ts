import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { StoredDevice } from '../../src/connection/stored-device.ts';
import { recordFile } from '../../src/ports/node/record-file.ts';

const HERE = 'ws://127.0.0.1:18789/ws';

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kept-device-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'state', 'device.json');
}
function device(path: string, secrets: string[] = []): StoredDevice {
  return new StoredDevice({ records: recordFile(path), learnSecret: (secret) => secrets.push(secret) });
}

describe('a stored device', () => {
  test('a stored device is the same after a restart, with the token of each gateway', async () => {
    const path = place();
    const first = device(path);
    const { id } = await first.key();
    await first.storeToken(HERE, 'token-here');
    await first.storeToken('wss://elsewhere/', 'token-there');
    const second = device(path);
    expect((await second.key()).id).toBe(id);
    expect(await second.tokenFor(HERE)).toBe('token-here');
    expect(await second.tokenFor('ws://127.0.0.1:18790/ws')).toBeUndefined();
    await second.forgetToken(HERE);
    const third = device(path);
    expect([await third.tokenFor(HERE), await third.tokenFor('wss://elsewhere/')]).toEqual([undefined, 'token-there']);
    expect((await third.key()).id).toBe(id);
  });

  test('a stored device that many ask for at once is created once, and no change is lost', async () => {
    const path = place();
    const one = device(path);
    const keys = await Promise.all([one.key(), one.key(), one.key()]);
    expect(new Set(keys.map(({ id }) => id)).size).toBe(1);
    const names = Array.from({ length: 20 }, (_, n) => `ws://host-${String(n)}/`);
    await Promise.all(names.map((name) => one.storeToken(name, `token of ${name}`)));
    const other = device(path);
    for (const name of names) expect(await other.tokenFor(name)).toBe(`token of ${name}`);
  });

  test('settled() resolves when every change is stored', async () => {
    const path = place();
    const one = device(path);
    void one.storeToken(HERE, 'token-here');
    void one.storeToken('wss://elsewhere/', 'token-there');
    await one.settled();
    expect(readFileSync(path, 'utf8')).toMatch(/token-here.*token-there/);
  });

  test.skipIf(process.platform === 'win32')('the file of a stored device is readable by its owner only', async () => {
    const path = place();
    await device(path).key();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  });

  test('a stored device reports every secret for redaction, and creates nothing for a lookup', async () => {
    const path = place();
    expect(await device(path).tokenFor(HERE)).toBeUndefined();
    expect(() => statSync(path)).toThrow('ENOENT');
    const made: string[] = [];
    const first = device(path, made);
    await first.key();
    await first.storeToken(HERE, 'token-here');
    expect(made).toHaveLength(2);
    const found: string[] = [];
    await device(path, found).key();
    expect(found.toSorted()).toEqual(made.toSorted());
  });

  test.each([
    '',
    '{',
    '[]',
    'null',
    '"text"',
    '{"privateKey":7,"tokens":{}}',
    '{"tokens":{}}',
    '{"privateKey":"AAAA"}',
    '{"privateKey":"AAAA","tokens":[]}',
    '{"privateKey":"AAAA","tokens":"none"}',
  ])('an unreadable record (%s) is reported and left unchanged: it may be the only copy', async (text) => {
    const path = place();
    await recordFile(path).save(text);
    const reason =
      'the stored identity of this device cannot be read; move it away to create a new device, which has to be paired again';
    await expect(device(path).key()).rejects.toThrow(reason);
    await expect(device(path).tokenFor(HERE)).rejects.toThrow(reason);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test('a record whose key does not fit is reported and left unchanged', async () => {
    const path = place();
    const text = '{"privateKey":"AAAA","tokens":{}}';
    await recordFile(path).save(text);
    await expect(device(path).key()).rejects.toThrow();
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test('a token in the record that is no text is ignored, and the others are kept', async () => {
    const path = place();
    const first = device(path);
    await first.storeToken(HERE, 'token-here');
    const record: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const tokens = { [HERE]: 'token-here', 'ws://number/': 7, 'ws://none/': null };
    await recordFile(path).save(JSON.stringify(Object.assign({}, record, { tokens })));
    const second = device(path);
    expect([await second.tokenFor(HERE), await second.tokenFor('ws://number/')]).toEqual(['token-here', undefined]);
    await second.storeToken('ws://new/', 'token-new');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
      tokens: { [HERE]: 'token-here', 'ws://new/': 'token-new' },
    });
    expect(readFileSync(path, 'utf8')).not.toContain('ws://number/');
  });

  test('a record is not read for an address whose token cannot be in it', async () => {
    const path = place();
    await device(path).storeToken(HERE, 'token-here');
    const asked: string[] = [];
    const careful = new StoredDevice({
      records: recordFile(path),
      mayHaveToken: async (address) => {
        asked.push(address);
        return address === HERE;
      },
    });
    expect(await careful.tokenFor('ws://elsewhere/')).toBeUndefined();
    expect(await careful.tokenFor(HERE)).toBe('token-here');
    expect(await careful.tokenFor('ws://elsewhere/')).toBeUndefined();
    expect(asked).toEqual(['ws://elsewhere/', HERE]);
  });

  test('a new key that cannot be stored is not used: it would be approved and then lost', async () => {
    const path = place();
    writeFileSync(join(path, '..', '..', 'state'), 'a file in the place of the folder');
    await expect(device(path).key()).rejects.toThrow();
  });
});

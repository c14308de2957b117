import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RecordStore, StoredDevice } from '@deskclaw/core';
import { DeviceUnavailable, recordFile, webDeviceKeys } from '@deskclaw/core/internal';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type DeviceKeysChoice, describeDeviceKeyLocation } from '../../src/profile/device-file.ts';
import { DeviceRecord } from '../../src/profile/device-record.ts';
import { MemoryKeyring, trouble } from './memory-keyring.ts';

const HERE = 'ws://127.0.0.1:18789/ws';

interface Home {
  readonly path: string;
  readonly keyring: MemoryKeyring;
  readonly places: string[];
  /** The device as a newly started host loads it. */
  device(choice?: DeviceKeysChoice, file?: RecordStore, account?: string): StoredDevice;
  text(): string;
}

function home(keyring = new MemoryKeyring()): Home {
  const folder = mkdtempSync(join(tmpdir(), 'device-record-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'device.json');
  const places: string[] = [];
  return {
    path,
    keyring,
    places,
    device: (choice = 'keyring', file = recordFile(path), account = 'device of here') => {
      const onLocation = (place: Parameters<typeof describeDeviceKeyLocation>[0]) =>
        places.push(describeDeviceKeyLocation(place));
      const options = { file, path, keyring, account, choice: () => choice, keys: webDeviceKeys, onLocation };
      const records = new DeviceRecord(options);
      return new StoredDevice({ records, mayHaveToken: records.mayHold });
    },
    text: () => readFileSync(path, 'utf8'),
  };
}

/** The refusal that a connection would be paused with. */
async function refusal(work: Promise<unknown>) {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (error instanceof DeviceUnavailable) return error.refusal;
  throw new Error(`it was not withheld: ${String(error)}`);
}

describe('with a keyring', () => {
  test('a device is kept in it, with its tokens; its file says which one it is, and no secret', async () => {
    const { device, text, places, path, keyring } = home();
    const first = device();
    const { id } = await first.key();
    await first.storeToken(HERE, 'token-here');
    expect(JSON.parse(text())).toEqual({ keptIn: 'keyring', id, gateways: [HERE] });
    const second = device();
    expect([(await second.key()).id, await second.tokenFor(HERE)]).toEqual([id, 'token-here']);
    await second.forgetToken(HERE);
    expect(await device().tokenFor(HERE)).toBeUndefined();
    expect([...keyring.entries.keys()]).toEqual(['device of here']);
    expect([...new Set(places)]).toEqual(['keyring']);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('the keyring is not asked before there is a device', async () => {
    const { device, keyring } = home();
    expect(await device().tokenFor(HERE)).toBeUndefined();
    expect(keyring.asked).toEqual([]);
  });

  test('two profiles are two devices', async () => {
    const { device, keyring, path } = home();
    const one = await device().key();
    const other = await device('keyring', recordFile(`${path}.other`), 'device of there').key();
    expect(one.id).not.toBe(other.id);
    expect(keyring.entries.size).toBe(2);
    expect((await device().key()).id).toBe(one.id);
  });

  test('a device without its file is forgotten: the user has put it aside', async () => {
    const { device, path } = home();
    const { id } = await device().key();
    rmSync(path);
    expect((await device().key()).id).not.toBe(id);
  });
});

describe('without a keyring', () => {
  test.each(['refused', 'waiting', 'unavailable'] as const)(
    'a new device is kept in its file, which says why (%s)',
    async (cause) => {
      const { device, keyring, text, places } = home();
      keyring.trouble = trouble(cause, 'nobody home');
      const { id } = await device().key();
      expect(JSON.parse(text())).toMatchObject({ privateKey: expect.any(String), noKeyring: 'nobody home' });
      expect(places.at(-1)).toBe('file (no keyring: nobody home)');
      expect((await device().key()).id).toBe(id);
    },
  );

  test('a keyring that keeps something else than it was given is none', async () => {
    const { device, keyring, text } = home();
    keyring.garbles = true;
    const { id } = await device().key();
    expect(JSON.parse(text())).toMatchObject({ privateKey: expect.any(String) });
    keyring.garbles = false;
    expect((await device().key()).id).toBe(id);
  });

  test('a file that already says so is not written again', async () => {
    const { device, keyring, path } = home();
    keyring.trouble = trouble('unavailable');
    await device().key();
    const { ino } = statSync(path);
    await device().key();
    expect(statSync(path).ino).toBe(ino);
    keyring.trouble = trouble('unavailable', 'for another reason');
    await device().key();
    expect(statSync(path).ino).not.toBe(ino);
  });
});

describe('a key that lies in its file', () => {
  test('moves into the keyring as soon as there is one, the same device as before', async () => {
    const { device, keyring, text, places } = home();
    keyring.trouble = trouble('unavailable');
    const first = device();
    const { id } = await first.key();
    await first.storeToken(HERE, 'token-here');
    keyring.trouble = undefined;
    const second = device();
    expect([(await second.key()).id, await second.tokenFor(HERE)]).toEqual([id, 'token-here']);
    expect(JSON.parse(text())).toEqual({ keptIn: 'keyring', id, gateways: [HERE] });
    expect(places.at(-1)).toBe('keyring');
    const third = device();
    expect([(await third.key()).id, await third.tokenFor(HERE)]).toEqual([id, 'token-here']);
  });

  test('a key in the file wins over an older entry of the keyring', async () => {
    const { device, keyring, path } = home();
    await device().key();
    rmSync(path);
    const { id } = await device('file').key();
    keyring.asked.length = 0;
    expect((await device().key()).id).toBe(id);
    expect((await device().key()).id).toBe(id);
    expect(keyring.asked).toEqual(['write', 'read', 'read']);
  });

  test('stays there where that is wished, and the keyring is not asked', async () => {
    const { device, keyring, text, places } = home();
    const one = device('file');
    const { id } = await one.key();
    await one.storeToken(HERE, 'token-here');
    expect((await device('file').key()).id).toBe(id);
    expect(text()).not.toContain('noKeyring');
    expect(places.at(-1)).toBe('file');
    expect(keyring.asked).toEqual([]);
  });

  test('a file without a readable key is reported and left untouched', async () => {
    for (const text of ['', '{', '{"privateKey":"AAAA","tokens":{}}', '{"keptIn":"keyring"}']) {
      const { device, keyring, path } = home();
      writeFileSync(path, text);
      await expect(device().key()).rejects.toThrow();
      expect(readFileSync(path, 'utf8')).toBe(text);
      expect(keyring.entries.size).toBe(0);
    }
  });

  test('a key in the file is used from there when the file cannot be written', async () => {
    const { device, path, places, text } = home();
    const { id } = await device('file').key();
    const before = text();
    const broken: RecordStore = { ...recordFile(path), save: () => Promise.reject(new Error('EROFS: read-only')) };
    expect((await device('keyring', broken).key()).id).toBe(id);
    expect(text()).toBe(before);
    expect(places.at(-1)).toContain('EROFS');
  });
});

test('wherever a move is cut off, the device is the same afterwards', async () => {
  for (const cut of [1, 2, 3]) {
    const { device, keyring, path } = home();
    const { id } = await device('file').key();
    let steps = 0;
    const orDie = async <T>(step: () => Promise<T>): Promise<T> => {
      steps += 1;
      // As after a kill: this call never comes back, and neither does what waits for it.
      return steps < cut ? step() : new Promise<T>(() => undefined);
    };
    const file = recordFile(path);
    const dying: RecordStore = { ...file, save: (text) => orDie(() => file.save(text)) };
    const { read, write } = keyring;
    keyring.write = (account, secret) => orDie(() => write(account, secret));
    keyring.read = (account) => orDie(() => read(account));
    const dead = device('keyring', dying).key();
    await expect.poll(() => steps).toBe(cut);
    dead.catch(() => undefined);
    Object.assign(keyring, { read, write });
    expect((await device().key()).id).toBe(id);
    expect((await device().key()).id).toBe(id);
  }
});

describe('a device that is in the keyring', () => {
  async function settled() {
    const place = home();
    const first = place.device();
    const { id } = await first.key();
    await first.storeToken(HERE, 'token-of-here');
    return { ...place, id, marker: place.text() };
  }

  test.each(['refused', 'waiting', 'unavailable'] as const)(
    'a device in the keyring is withheld while the keyring is %s, and never replaced',
    async (cause) => {
      const { device, keyring, id, marker, text } = await settled();
      keyring.trouble = trouble(cause, 'not now');
      const one = device();
      const locked = { kind: 'device-locked', cause, reason: 'not now' };
      expect(await refusal(one.key())).toEqual(locked);
      expect(await refusal(one.tokenFor(HERE))).toEqual(locked);
      expect(await refusal(one.storeToken(HERE, 'token'))).toEqual(locked);
      expect(text()).toBe(marker);
      keyring.trouble = undefined;
      expect((await one.key()).id).toBe(id);
    },
  );

  test('the keyring is not asked for a gateway that never issued a token', async () => {
    const { device, keyring } = await settled();
    keyring.asked.length = 0;
    keyring.trouble = trouble('waiting');
    expect(await device().tokenFor('ws://elsewhere/')).toBeUndefined();
    expect(keyring.asked).toEqual([]);
    expect(await refusal(device().tokenFor(HERE))).toMatchObject({ kind: 'device-locked' });
  });

  test('a device is reported as lost when the keyring holds nothing or another one in its place', async () => {
    const { device, keyring, id, marker, text, path } = await settled();
    const [entry = ''] = keyring.entries.values();
    keyring.entries.clear();
    expect(await refusal(device().key())).toEqual({ kind: 'device-lost', found: 'nothing', id, path });
    const { secret: privateKey } = await webDeviceKeys.create();
    for (const other of [JSON.stringify({ privateKey, tokens: {} }), 'garbage', '{"privateKey":"AAAA"}']) {
      keyring.entries.set('device of here', other);
      expect(await refusal(device().key())).toEqual({ kind: 'device-lost', found: 'another', id, path });
    }
    expect(text()).toBe(marker);
    keyring.entries.set('device of here', entry);
    expect((await device().key()).id).toBe(id);
  });

  test('keeps its token in memory where the keyring takes no change, and says so', async () => {
    const { device, keyring, text, marker } = await settled();
    const one = device();
    await one.key();
    keyring.trouble = trouble('refused');
    expect(await refusal(one.storeToken(HERE, 'token-here'))).toMatchObject({ kind: 'device-locked' });
    expect(await one.tokenFor(HERE)).toBe('token-here');
    expect(text()).toBe(marker);
  });

  test('moves out into its file where that is wished, and leaves nothing behind', async () => {
    const { device, keyring, id, text, places } = await settled();
    await device().storeToken(HERE, 'token-here');
    const one = device('file');
    expect([(await one.key()).id, await one.tokenFor(HERE)]).toEqual([id, 'token-here']);
    expect(JSON.parse(text())).toMatchObject({ privateKey: expect.any(String), tokens: { [HERE]: 'token-here' } });
    expect(keyring.entries.size).toBe(0);
    expect(places.at(-1)).toBe('file');
  });

  test('cannot move out of a keyring that does not give it', async () => {
    const { device, keyring, text, marker } = await settled();
    keyring.trouble = trouble('refused');
    expect(await refusal(device('file').key())).toMatchObject({ kind: 'device-locked' });
    expect(text()).toBe(marker);
  });
});

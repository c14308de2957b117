import type { SecretReadResult } from '@deskclaw/core';
import { webDeviceKeys } from '@deskclaw/core/internal';
import { describe, expect, test } from 'vitest';
import {
  type DeviceFile,
  type DeviceKeysChoice,
  describeDeviceKeyLocation,
  deviceKeyLocation,
  judgeReading,
  type LoadStep,
  loadStep,
  mayHold,
  readDeviceFile,
  toFileRecord,
  toKeyringRecord,
  toMarker,
} from '../../src/profile/device-file.ts';

const record = '{"privateKey":"K","tokens":{"ws://a/":"t"}}';

describe('the file of a device', () => {
  const rows: readonly (readonly [text: string | undefined, file: DeviceFile, place: string])[] = [
    [undefined, { kind: 'none' }, 'nowhere yet'],
    [record, { kind: 'secret', text: record }, 'file'],
    [
      toFileRecord(record, 'nobody home'),
      { kind: 'secret', text: toFileRecord(record, 'nobody home'), noKeyring: 'nobody home' },
      'file (no keyring: nobody home)',
    ],
    [toMarker('ab12', record), { kind: 'marker', id: 'ab12', gateways: ['ws://a/'] }, 'keyring'],
    // A file that contains a key counts as `secret` despite the marker: the key must not be lost.
    [
      '{"keptIn":"keyring","id":"ab12","privateKey":"K"}',
      { kind: 'secret', text: '{"keptIn":"keyring","id":"ab12","privateKey":"K"}' },
      'file',
    ],
    ['{"keptIn":"keyring","id":"i"}', { kind: 'marker', id: 'i' }, 'keyring'],
    ['{"keptIn":"keyring"}', { kind: 'unknown', text: '{"keptIn":"keyring"}' }, 'file'],
    ['{"privateKey":7}', { kind: 'unknown', text: '{"privateKey":7}' }, 'file'],
    ['', { kind: 'unknown', text: '' }, 'file'],
    ['[]', { kind: 'unknown', text: '[]' }, 'file'],
  ];
  test.each(rows)('%s is read as %j', (text, file, place) => {
    expect(readDeviceFile(text)).toEqual(file);
    expect(describeDeviceKeyLocation(deviceKeyLocation(file))).toBe(place);
  });

  test('says why it holds the key, and stops saying so', () => {
    expect(JSON.parse(toFileRecord(toFileRecord(record, 'one'), 'two'))).toEqual({
      ...JSON.parse(record),
      noKeyring: 'two',
    });
    expect(toFileRecord(toFileRecord(record, 'one'), undefined)).toBe(record);
    expect(toFileRecord('garbage', 'why')).toBe('garbage');
  });
});

test('a file without secrets tells whose token is not there', () => {
  const marker = readDeviceFile(toMarker('ab12', record));
  expect([mayHold(marker, 'ws://a/'), mayHold(marker, 'ws://b/')]).toEqual([true, false]);
  for (const text of [record, '{"keptIn":"keyring","id":"i"}'])
    expect(mayHold(readDeviceFile(text), 'ws://b/')).toBe(true);
  expect(toMarker('ab12', record)).not.toMatch(/"K"|"t"/);
});

test('what goes into the keyring fits into any: the oldest tokens stay out', () => {
  expect(toKeyringRecord(toFileRecord(record, 'why'))).toBe(record);
  const many = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [`ws://gateway-${String(n)}.example/`, 't'.repeat(64)]),
  );
  const stored = toKeyringRecord(JSON.stringify({ privateKey: 'K', tokens: many }));
  expect(Buffer.byteLength(stored)).toBeLessThanOrEqual(2_560);
  const { tokens, privateKey }: { tokens: object; privateKey: string } = JSON.parse(stored);
  expect(privateKey).toBe('K');
  expect(Object.keys(tokens).length).toBeGreaterThan(15);
  expect(Object.keys(tokens)).toEqual(Object.keys(many).slice(-Object.keys(tokens).length));
});

describe('what to do to have the record', () => {
  const rows: readonly (readonly [DeviceFile, DeviceKeysChoice, LoadStep])[] = [
    [{ kind: 'none' }, 'keyring', { kind: 'nothing' }],
    [{ kind: 'none' }, 'file', { kind: 'nothing' }],
    [{ kind: 'secret', text: 'S' }, 'keyring', { kind: 'move-in', text: 'S' }],
    [{ kind: 'secret', text: 'S' }, 'file', { kind: 'take', text: 'S' }],
    [{ kind: 'marker', id: 'i', gateways: [] }, 'keyring', { kind: 'ask', id: 'i' }],
    [{ kind: 'marker', id: 'i', gateways: [] }, 'file', { kind: 'move-out', id: 'i' }],
    [{ kind: 'unknown', text: '?' }, 'keyring', { kind: 'take', text: '?' }],
    [{ kind: 'unknown', text: '?' }, 'file', { kind: 'take', text: '?' }],
  ];
  test.each(rows)('%j, wanted in the %s: %j', (file, choice, step) => {
    expect(loadStep(file, choice)).toEqual(step);
  });
});

describe('what the keyring gave for a device that is in it', () => {
  const expected = { id: 'ab12', path: '/state/device.json' };
  const found: SecretReadResult = { kind: 'found', secret: record };
  const rows: readonly (readonly [string, SecretReadResult, string | undefined, object])[] = [
    ['is its record', found, 'ab12', { secret: record }],
    ['is of another device', found, 'cd34', { kind: 'device-lost', found: 'another', ...expected }],
    ['is no key', found, undefined, { kind: 'device-lost', found: 'another', ...expected }],
    ['is nothing', { kind: 'absent' }, undefined, { kind: 'device-lost', found: 'nothing', ...expected }],
    ...(['refused', 'waiting', 'unavailable'] as const).map(
      (cause) =>
        [
          `is an error (${cause})`,
          { kind: 'error', cause, message: 'why' },
          undefined,
          { kind: 'device-locked', cause, reason: 'why' },
        ] as const,
    ),
  ];
  test.each(rows)('judgeReading handles a keyring that gave %s', (_, reading, foundId, judged) => {
    expect(judgeReading(reading, expected, foundId)).toEqual(judged);
  });
});

test('a real record has room for at least a dozen gateways', async () => {
  const { secret } = await webDeviceKeys.create();
  const tokens = Object.fromEntries(
    Array.from({ length: 12 }, (_, n) => [`wss://gateway-${String(n)}.somewhere.example/ws`, 'x'.repeat(86)]),
  );
  const text = JSON.stringify({ privateKey: secret, tokens });
  expect(toKeyringRecord(text)).toBe(text);
});

import { createPublicKey, verify } from 'node:crypto';
import { type ConnectParams, isObject } from '@deskclaw/protocol';
import { describe, expect, test } from 'vitest';
import { openClaw } from '../../src/dialect/openclaw.ts';
import { signConnectParams, signedText } from '../../src/dialect/openclaw-signature.ts';
import { webDeviceKeys } from '../../src/ports/browser/web-device-keys.ts';

const params: ConnectParams = {
  minProtocol: 3,
  maxProtocol: 4,
  client: { id: 'gateway-client', version: '1.2.3', platform: 'MacOS', mode: 'ui', deviceFamily: 'Mac' },
  role: 'operator',
  scopes: ['operator.read', 'operator.write'],
  caps: [],
  auth: { token: 'T' },
};
const device = { id: 'f00d', signedAt: 1_795_450_167_393, nonce: 'n-1' };
const challenge = { nonce: 'n-1', ts: device.signedAt };

describe('what a device signs', () => {
  test.each([
    ['v3', params, 'v3|f00d|gateway-client|ui|operator|operator.read,operator.write|1795450167393|T|n-1|macos|mac'],
    ['v2', params, 'v2|f00d|gateway-client|ui|operator|operator.read,operator.write|1795450167393|T|n-1'],
    [
      'v3',
      { ...params, scopes: [], auth: {}, client: { ...params.client, deviceFamily: undefined } },
      'v3|f00d|gateway-client|ui|operator||1795450167393||n-1|macos|',
    ],
  ] as const)('the signed text of version %s holds every field in order', (version, what, text) => {
    const { deviceFamily, ...client } = what.client;
    const said = { ...what, client: deviceFamily === undefined ? client : { ...client, deviceFamily } };
    expect(signedText(version, said, device)).toBe(text);
  });

  test('connect is signed with the time of the challenge, and the sent key verifies it', async () => {
    const { key } = await webDeviceKeys.create();
    const { device: sent, ...rest } = await signConnectParams(params, { key, signature: 'v2' }, challenge);
    expect(rest).toEqual(params);
    if (sent === undefined) throw new Error('no device');
    expect(sent).toMatchObject({ id: key.id, publicKey: key.publicKey, signedAt: challenge.ts, nonce: 'n-1' });
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: sent.publicKey }, format: 'jwk' });
    const text = signedText('v2', params, sent);
    expect(verify(null, Buffer.from(text), publicKey, Buffer.from(sent.signature, 'base64url'))).toBe(true);
  });
});

describe('the handshake of a device', () => {
  const facts = { credentials: { token: 'T' }, client: { version: '1', platform: 'linux' }, scopes: ['operator.read'] };
  const hear = (handshake: ReturnType<typeof openClaw.createHandshake>, frame: unknown) =>
    handshake.receive(JSON.stringify(frame));
  const greeting = { type: 'event', event: 'connect.challenge', payload: challenge };

  test('the device handshake queues frames while it signs, and sends connect once', async () => {
    const { key } = await webDeviceKeys.create();
    const handshake = openClaw.createHandshake({ ...facts, device: { key, signature: 'v3' } });
    const step = hear(handshake, greeting);
    if (step.kind !== 'async') throw new Error(step.kind);
    expect(hear(handshake, { type: 'event', event: 'presence', seq: 1 })).toEqual({ kind: 'queue' });
    const next = await step.step;
    if (!('send' in next) || next.send === undefined) throw new Error(next.kind);
    const sent: unknown = JSON.parse(next.send);
    expect(sent).toMatchObject({
      method: 'connect',
      params: {
        client: { id: 'gateway-client', mode: 'ui' },
        auth: { token: 'T' },
        device: { id: key.id, nonce: 'n-1' },
      },
    });
    expect(isObject(sent) && JSON.stringify(sent).length).toBeLessThan(64 * 1024);
  });

  test('a key that cannot sign is a refusal of our own with its reason', async () => {
    const key = { id: 'a', publicKey: 'b', sign: () => Promise.reject(new Error('no Ed25519 here')) };
    const step = hear(openClaw.createHandshake({ ...facts, device: { key, signature: 'v3' } }), greeting);
    if (step.kind !== 'async') throw new Error(step.kind);
    expect(await step.step).toEqual({
      kind: 'refused',
      refusal: { kind: 'device-invalid', detail: 'this device cannot sign: no Ed25519 here' },
    });
  });
});

/** How an OpenClaw gateway and its client introduce themselves: challenge, `connect`, `hello-ok`. */
import { isObject } from './json.ts';

export interface ConnectChallenge {
  readonly nonce: string;
  /** Epoch ms by the gateway's clock. */
  readonly ts: number;
}

export interface ConnectParams {
  readonly minProtocol: number;
  readonly maxProtocol: number;
  readonly client: {
    readonly id: string;
    readonly version: string;
    readonly platform: string;
    readonly mode: string;
    readonly deviceFamily?: string;
  };
  readonly role: 'operator';
  readonly scopes: readonly string[];
  readonly caps: readonly string[];
  readonly auth?: { readonly token?: string; readonly password?: string; readonly deviceToken?: string };
  readonly locale?: string;
  readonly userAgent?: string;
  readonly device?: ConnectDevice;
}

/** Ed25519: `id` is the SHA-256 of the raw public key in hex, key and signature are base64url. */
export interface ConnectDevice {
  readonly id: string;
  readonly publicKey: string;
  readonly signature: string;
  /** The challenge's `ts`. */
  readonly signedAt: number;
  readonly nonce: string;
}

/** The parts of `hello-ok` that we act on; the rest is kept as it came. */
export interface HelloOk {
  readonly type: 'hello-ok';
  readonly protocol: number;
  readonly server: { readonly version: string; readonly connId: string; readonly bootId?: string };
  readonly features: { readonly methods: readonly string[]; readonly events: readonly string[] };
  readonly auth?: { readonly role?: string; readonly scopes?: readonly string[]; readonly deviceToken?: string };
  readonly policy: { readonly maxPayload: number; readonly maxBufferedBytes: number; readonly tickIntervalMs: number };
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isOptionalString(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

export function isConnectChallenge(value: unknown): value is ConnectChallenge {
  if (!isObject(value) || typeof value['nonce'] !== 'string') return false;
  const { ts } = value;
  return typeof ts === 'number' && Number.isSafeInteger(ts) && ts >= 0;
}

export function isHelloOk(value: unknown): value is HelloOk {
  if (!isObject(value) || value['type'] !== 'hello-ok' || !isPositive(value['protocol'])) return false;
  const { server, features, policy, auth } = value;
  return (
    isObject(server) &&
    typeof server['version'] === 'string' &&
    typeof server['connId'] === 'string' &&
    isObject(features) &&
    isStrings(features['methods']) &&
    isStrings(features['events']) &&
    isObject(policy) &&
    isPositive(policy['maxPayload']) &&
    isPositive(policy['maxBufferedBytes']) &&
    isPositive(policy['tickIntervalMs']) &&
    isOptionalString(server['bootId']) &&
    (auth === undefined || isGrant(auth))
  );
}

/** Absent where protocol 3 admits a client without a device. */
function isGrant(auth: unknown): boolean {
  return (
    isObject(auth) &&
    isOptionalString(auth['role']) &&
    isOptionalString(auth['deviceToken']) &&
    (auth['scopes'] === undefined || isStrings(auth['scopes']))
  );
}

import { settings } from '../params/fields.ts';
import {
  type Checked,
  check,
  type Guarded,
  integer,
  listOf,
  object,
  oneOf,
  optional,
  type ParamFault,
  text,
} from '../params/guard.ts';

/** Measured on OpenClaw 2026.9.6. */
const clientIds = [
  'cli',
  'gateway-client',
  'webchat-ui',
  'openclaw-control-ui',
  'openclaw-browser-copilot',
  'openclaw-tui',
  'webchat',
  'openclaw-macos',
  'openclaw-linux',
  'openclaw-ios',
  'openclaw-watchos',
  'openclaw-android',
  'node-host',
  'openclaw-worker',
  'test',
  'fingerprint',
  'openclaw-probe',
] as const;
const clientModes = ['webchat', 'cli', 'ui', 'backend', 'node', 'worker', 'probe', 'test'] as const;

const short = text({ min: 1, max: 512 });
const secret = text({ max: 4096 });
const names = listOf(text({ max: 256 }), 200);

/** Every name of the published schema of OpenClaw; those without a meaning here are accepted and ignored. */
const connectParams = object({
  minProtocol: integer(1, 1000),
  maxProtocol: integer(1, 1000),
  client: object({
    id: oneOf(clientIds),
    version: short,
    platform: short,
    mode: oneOf(clientModes),
    displayName: optional(short),
    buildId: optional(short),
    deviceFamily: optional(short),
    modelIdentifier: optional(short),
    timeZone: optional(short),
    instanceId: optional(short),
  }),
  role: optional(text({ max: 64 })),
  scopes: optional(names),
  caps: optional(names),
  commands: optional(names),
  permissions: optional(settings),
  pathEnv: optional(text({ max: 32_768 })),
  workerRuns: optional(settings),
  auth: optional(
    object({
      token: optional(secret),
      password: optional(secret),
      deviceToken: optional(secret),
      bootstrapToken: optional(secret),
      approvalRuntimeToken: optional(secret),
      agentRuntimeIdentityToken: optional(secret),
    }),
  ),
  locale: optional(text({ max: 64 })),
  userAgent: optional(text({ max: 512 })),
  device: optional(
    object({
      id: short,
      publicKey: short,
      signature: short,
      signedAt: integer(0, Number.MAX_SAFE_INTEGER),
      nonce: short,
    }),
  ),
});
export type ConnectRequest = Guarded<typeof connectParams>;

export function checkConnectParams(params: unknown): Checked<ConnectRequest> {
  return check(connectParams, params);
}

/** A fault in OpenClaw's words: `at /client/id: must be equal to one of the allowed values`. */
export function openClawMessage({ path, kind, problem }: ParamFault): string {
  const cut = path.lastIndexOf('/');
  const parent = path.slice(0, Math.max(0, cut));
  const name = path.slice(cut + 1);
  switch (kind) {
    case 'missing':
      return `${parent === '' ? '' : `at ${parent}: `}must have required property '${name}'`;
    case 'unknown':
      return `at ${parent === '' ? 'root' : parent}: unexpected property '${name}'`;
    case 'wrong':
      return `${path === '' ? '' : `at ${path}: `}${problem.startsWith('must be one of') ? 'must be equal to one of the allowed values' : problem}`;
    default:
      return kind satisfies never;
  }
}

type ClientId = (typeof clientIds)[number];
type ClientMode = (typeof clientModes)[number];

/** Rights of a client without a device identity. */
export type DevicelessRule = 'asked-scopes' | 'no-scopes' | 'needs-device' | 'needs-origin';

export function devicelessRule(id: ClientId, mode: ClientMode): DevicelessRule {
  if (id === 'openclaw-control-ui' || id === 'webchat' || id === 'webchat-ui') return 'needs-origin';
  if (id === 'openclaw-tui') return 'needs-device';
  if (id === 'gateway-client' && mode === 'backend') return 'asked-scopes';
  if (id === 'cli' && mode === 'cli') return 'asked-scopes';
  return 'no-scopes';
}

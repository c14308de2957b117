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
import { clientIds, clientModes } from './client-rules.ts';

const short = text({ max: 512 });
const names = listOf(text({ max: 256 }), 200);

const connectParams = object({
  minProtocol: integer(1, 1000),
  maxProtocol: integer(1, 1000),
  client: object({
    id: oneOf(clientIds),
    version: short,
    platform: short,
    mode: oneOf(clientModes),
    displayName: optional(short),
    deviceFamily: optional(short),
    modelIdentifier: optional(short),
    instanceId: optional(short),
  }),
  role: optional(short),
  scopes: optional(names),
  caps: optional(names),
  commands: optional(names),
  auth: optional(
    object({
      token: optional(text({ max: 4096 })),
      password: optional(text({ max: 4096 })),
      deviceToken: optional(text({ max: 4096 })),
    }),
  ),
  locale: optional(short),
  userAgent: optional(short),
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
export function inOpenClawWords({ path, kind, problem }: ParamFault): string {
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

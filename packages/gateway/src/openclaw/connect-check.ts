import type { OpenClawError } from '@deskclaw/protocol';
import { TokenCheck } from '../server/access.ts';
import { type ConnectRequest, checkConnectParams, devicelessRule, openClawMessage } from './connect-params.ts';
import type { DeviceFault } from './device-auth.ts';
import type { PairedDevice, PairingDetails } from './devices.ts';

export interface AcceptedConnect {
  readonly kind: 'accepted';
  readonly request: ConnectRequest;
  readonly role: 'operator' | 'node';
  readonly scopes: readonly string[];
  /** A device that is new or pairing for more than before. */
  readonly pair: boolean;
}
export interface RejectedConnect {
  readonly kind: 'rejected';
  readonly error: OpenClawError;
  readonly closeCode: 1002 | 1008;
  /** Whether the secret was wrong: such answers are delayed, longer each time. */
  readonly guess: boolean;
  /** Pairing that needs approval; the answer contains its id. */
  readonly pairing?: PairingDetails;
}
export type ConnectVerdict = AcceptedConnect | RejectedConnect;

export interface ConnectCheckContext {
  readonly protocol: 3 | 4;
  readonly token: TokenCheck;
  /** Whether a new device, or one that pairing for more than before, is let in without anybody's approval. */
  readonly approvesByItself: boolean;
  /** Whether a program with the token gets scopes without a device; a socket that does not look local gets none. */
  readonly trustsPrograms: boolean;
  readonly pairedDevice: (id: string) => PairedDevice | undefined;
  readonly findDeviceFault: (request: ConnectRequest) => DeviceFault | undefined;
}

/** Decides on the params of `connect`, in the order in which OpenClaw 2026.9.6 was measured to decide. */
export function checkConnect(params: unknown, context: ConnectCheckContext): ConnectVerdict {
  const checked = checkConnectParams(params);
  if (!checked.ok)
    return reject({ code: 'INVALID_REQUEST', message: `invalid connect params: ${openClawMessage(checked.fault)}` });
  const request = checked.value;
  if (request.minProtocol > context.protocol || request.maxProtocol < context.protocol)
    return protocolMismatch(request, context.protocol);
  const role = request.role ?? 'operator';
  if (role !== 'operator' && role !== 'node') return reject({ code: 'INVALID_REQUEST', message: 'invalid role' });
  return request.device === undefined
    ? checkDeviceless(request, role, context)
    : checkDevice(request, request.device.id, role, context);
}

function checkDeviceless(
  request: ConnectRequest,
  role: AcceptedConnect['role'],
  context: ConnectCheckContext,
): ConnectVerdict {
  const rule = devicelessRule(request.client.id, request.client.mode);
  if (rule === 'needs-origin') return reject(originRefusal);
  const secret = request.auth?.token ?? request.auth?.password;
  if (role === 'node' || (context.token.required && secret === undefined)) {
    return reject({
      code: 'NOT_PAIRED',
      message: 'device identity required',
      details: { code: 'DEVICE_IDENTITY_REQUIRED' },
    });
  }
  if (rule === 'needs-device') return reject(deviceRequired);
  if (secret !== undefined && !context.token.accepts(secret)) return reject(wrongToken, { guess: true });
  const scopes = rule === 'asked-scopes' && context.trustsPrograms ? (request.scopes ?? []) : [];
  return { kind: 'accepted', request, role, scopes, pair: false };
}

function checkDevice(
  request: ConnectRequest,
  deviceId: string,
  role: AcceptedConnect['role'],
  context: ConnectCheckContext,
): ConnectVerdict {
  const fault = context.findDeviceFault(request);
  if (fault !== undefined) {
    const { code, reason, message } = fault;
    return reject({ code: 'INVALID_REQUEST', message, details: { code, reason } });
  }
  const paired = context.pairedDevice(deviceId);
  const { token, password, deviceToken } = request.auth ?? {};
  const ownToken =
    paired !== undefined &&
    [deviceToken, token].some(
      (candidate) => candidate !== undefined && new TokenCheck(paired.token).accepts(candidate),
    );
  const secret = token ?? password;
  if (!ownToken && context.token.required) {
    if (deviceToken !== undefined && secret === undefined) return reject(wrongDeviceToken, { guess: true });
    if (secret === undefined) return reject(missingToken);
    if (!context.token.accepts(secret)) return reject(wrongToken, { guess: true });
  }
  const asked = role === 'node' ? [] : (request.scopes ?? []);
  const question = { deviceId, platform: request.client.platform, scopes: asked };
  if (paired !== undefined && paired.platform !== request.client.platform)
    return rejectUntilApproved({ ...question, reason: 'metadata-upgrade' }, paired);
  const pair = paired === undefined || asked.some((scope) => !paired.scopes.includes(scope));
  if (pair && !context.approvesByItself) {
    return rejectUntilApproved({ ...question, reason: paired === undefined ? 'not-paired' : 'scope-upgrade' }, paired);
  }
  return { kind: 'accepted', request, role, scopes: asked, pair };
}

function reject(error: OpenClawError, { guess = false } = {}): RejectedConnect {
  return { kind: 'rejected', error, closeCode: 1008, guess };
}

function protocolMismatch({ minProtocol, maxProtocol }: ConnectRequest, protocol: 3 | 4): RejectedConnect {
  // Protocol 3 (2026.2) told the expected version and nothing else.
  const details =
    protocol === 3
      ? { expectedProtocol: 3 }
      : {
          code: 'PROTOCOL_MISMATCH',
          clientMinProtocol: minProtocol,
          clientMaxProtocol: maxProtocol,
          expectedProtocol: protocol,
          minimumProbeProtocol: 3,
        };
  return { ...reject({ code: 'INVALID_REQUEST', message: 'protocol mismatch', details }), closeCode: 1002 };
}

const wrongToken: OpenClawError = {
  code: 'INVALID_REQUEST',
  message: 'unauthorized: gateway token mismatch (provide gateway auth token)',
  details: {
    code: 'AUTH_TOKEN_MISMATCH',
    authReason: 'token_mismatch',
    canRetryWithDeviceToken: false,
    recommendedNextStep: 'update_auth_credentials',
  },
};
const missingToken: OpenClawError = {
  code: 'INVALID_REQUEST',
  message: "unauthorized: gateway token missing (use this gateway's gateway.auth.token or pair the device)",
  details: {
    code: 'AUTH_TOKEN_MISSING',
    authReason: 'token_missing',
    canRetryWithDeviceToken: false,
    recommendedNextStep: 'update_auth_configuration',
  },
};
const wrongDeviceToken: OpenClawError = {
  code: 'INVALID_REQUEST',
  message: 'unauthorized: device token mismatch (rotate/reissue device token)',
  details: {
    code: 'AUTH_DEVICE_TOKEN_MISMATCH',
    authReason: 'device_token_mismatch',
    canRetryWithDeviceToken: false,
    recommendedNextStep: 'update_auth_credentials',
  },
};
const deviceRequired: OpenClawError = {
  code: 'INVALID_REQUEST',
  message: 'control ui requires device identity (use HTTPS or localhost secure context)',
  details: { code: 'CONTROL_UI_DEVICE_IDENTITY_REQUIRED' },
};
const originRefusal: OpenClawError = {
  code: 'INVALID_REQUEST',
  message:
    'origin not allowed (open the Control UI from the gateway host or allow it in gateway.controlUi.allowedOrigins)',
  details: { code: 'CONTROL_UI_ORIGIN_NOT_ALLOWED', reason: 'origin missing or invalid' },
};

const approvalMessages = {
  'not-paired': ['pairing required: device is not approved yet', 'Approve the pending device request.'],
  'scope-upgrade': [
    'pairing required: device is asking for more scopes than currently approved',
    'Review the requested scopes, then approve the pending upgrade.',
  ],
  'metadata-upgrade': [
    'pairing required: device identity changed and must be re-approved',
    'Review the refreshed device details, then approve the pending request.',
  ],
} as const;

function rejectUntilApproved(pairing: PairingDetails, paired: PairedDevice | undefined): RejectedConnect {
  const { deviceId, reason, scopes: requestedScopes } = pairing;
  const [message, remediationHint] = approvalMessages[reason];
  const error = {
    code: 'NOT_PAIRED',
    message,
    details: {
      code: 'PAIRING_REQUIRED',
      reason,
      remediationHint,
      deviceId,
      requestedRole: 'operator',
      requestedScopes,
      ...(paired === undefined ? {} : { approvedRoles: ['operator'], approvedScopes: paired.scopes }),
    },
  };
  return { ...reject(error), pairing };
}

import type { OpenClawError } from '@deskclaw/protocol';
import { TokenCheck } from '../door/credentials.ts';
import { devicelessRule } from './client-rules.ts';
import { type ConnectRequest, checkConnectParams, inOpenClawWords } from './connect-params.ts';
import type { DeviceRefusal } from './device-auth.ts';
import type { PairedDevice } from './devices.ts';

export interface Admitted {
  readonly kind: 'admitted';
  readonly request: ConnectRequest;
  readonly role: 'operator' | 'node';
  readonly scopes: readonly string[];
  /** A device that is new or asks for more than before. */
  readonly pair: boolean;
}
export interface Refused {
  readonly kind: 'refused';
  readonly error: OpenClawError;
  readonly closeCode: 1002 | 1008;
  /** A wrong secret is answered late, and later each time. */
  readonly guess: boolean;
}
export type Verdict = Admitted | Refused;

export interface AdmissionFacts {
  readonly protocol: 3 | 4;
  readonly token: TokenCheck;
  readonly pairedDevice: (id: string) => PairedDevice | undefined;
  readonly findDeviceFault: (request: ConnectRequest) => DeviceRefusal | undefined;
}

/** Decides on the params of `connect`, in the order in which OpenClaw 2026.9.6 was measured to decide. */
export function judgeConnect(params: unknown, facts: AdmissionFacts): Verdict {
  const checked = checkConnectParams(params);
  if (!checked.ok)
    return refuse({ code: 'INVALID_REQUEST', message: `invalid connect params: ${inOpenClawWords(checked.fault)}` });
  const request = checked.value;
  if (request.minProtocol > facts.protocol || request.maxProtocol < facts.protocol)
    return protocolMismatch(request, facts.protocol);
  const role = request.role ?? 'operator';
  if (role !== 'operator' && role !== 'node') return refuse({ code: 'INVALID_REQUEST', message: 'invalid role' });
  return request.device === undefined
    ? judgeDeviceless(request, role, facts)
    : judgeDevice(request, request.device.id, role, facts);
}

function judgeDeviceless(request: ConnectRequest, role: Admitted['role'], facts: AdmissionFacts): Verdict {
  const rule = devicelessRule(request.client.id, request.client.mode);
  if (rule === 'needs-origin') return refuse(originRefusal);
  const secret = request.auth?.token ?? request.auth?.password;
  if (role === 'node' || (facts.token.required && secret === undefined)) {
    return refuse({
      code: 'NOT_PAIRED',
      message: 'device identity required',
      details: { code: 'DEVICE_IDENTITY_REQUIRED' },
    });
  }
  if (rule === 'needs-device') return refuse(deviceRequired);
  if (secret !== undefined && !facts.token.accepts(secret)) return refuse(wrongToken, { guess: true });
  const scopes = rule === 'asked-scopes' ? (request.scopes ?? []) : [];
  return { kind: 'admitted', request, role, scopes, pair: false };
}

function judgeDevice(
  request: ConnectRequest,
  deviceId: string,
  role: Admitted['role'],
  facts: AdmissionFacts,
): Verdict {
  const fault = facts.findDeviceFault(request);
  if (fault !== undefined) {
    const { code, reason, message } = fault;
    return refuse({ code: 'INVALID_REQUEST', message, details: { code, reason } });
  }
  const paired = facts.pairedDevice(deviceId);
  const { token, password, deviceToken } = request.auth ?? {};
  const ownToken =
    paired !== undefined &&
    [deviceToken, token].some(
      (candidate) => candidate !== undefined && new TokenCheck(paired.token).accepts(candidate),
    );
  const secret = token ?? password;
  if (!ownToken && facts.token.required) {
    if (deviceToken !== undefined && secret === undefined) return refuse(wrongDeviceToken, { guess: true });
    if (secret === undefined) return refuse(missingToken);
    if (!facts.token.accepts(secret)) return refuse(wrongToken, { guess: true });
  }
  const asked = role === 'node' ? [] : (request.scopes ?? []);
  if (paired !== undefined && paired.platform !== request.client.platform)
    return refuse(metadataChanged(deviceId, asked, paired));
  const pair = paired === undefined || asked.some((scope) => !paired.scopes.includes(scope));
  return { kind: 'admitted', request, role, scopes: asked, pair };
}

function refuse(error: OpenClawError, { guess = false } = {}): Refused {
  return { kind: 'refused', error, closeCode: 1008, guess };
}

function protocolMismatch({ minProtocol, maxProtocol }: ConnectRequest, protocol: 3 | 4): Refused {
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
  return { ...refuse({ code: 'INVALID_REQUEST', message: 'protocol mismatch', details }), closeCode: 1002 };
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

function metadataChanged(deviceId: string, requestedScopes: readonly string[], paired: PairedDevice): OpenClawError {
  return {
    code: 'NOT_PAIRED',
    message: 'pairing required: device identity changed and must be re-approved',
    details: {
      code: 'PAIRING_REQUIRED',
      reason: 'metadata-upgrade',
      requestId: deviceId.slice(0, 32),
      remediationHint: 'Review the refreshed device details, then approve the pending request.',
      deviceId,
      requestedRole: 'operator',
      requestedScopes,
      approvedRoles: ['operator'],
      approvedScopes: paired.scopes,
    },
  };
}

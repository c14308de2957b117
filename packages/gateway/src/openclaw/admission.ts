import type { OpenClawError } from '@deskclaw/protocol';
import { TokenCheck } from '../door/credentials.ts';
import { devicelessRule } from './client-rules.ts';
import { type ConnectRequest, checkConnectParams, inOpenClawWords } from './connect-params.ts';
import type { DeviceRefusal } from './device-auth.ts';
import type { PairedDevice, PairingQuestion } from './devices.ts';

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
  /** What would have to be approved; its id belongs into the answer. */
  readonly asks?: PairingQuestion;
}
export type Verdict = Admitted | Refused;

export interface AdmissionFacts {
  readonly protocol: 3 | 4;
  readonly token: TokenCheck;
  /** Whether a new device, or one that asks for more than before, is let in without anybody's approval. */
  readonly approvesByItself: boolean;
  /** Whether a program with the token gets scopes without a device; a socket that does not look local gets none. */
  readonly trustsPrograms: boolean;
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
  const scopes = rule === 'asked-scopes' && facts.trustsPrograms ? (request.scopes ?? []) : [];
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
  const question = { deviceId, platform: request.client.platform, scopes: asked };
  if (paired !== undefined && paired.platform !== request.client.platform)
    return refuseUntilApproved({ ...question, reason: 'metadata-upgrade' }, paired);
  const pair = paired === undefined || asked.some((scope) => !paired.scopes.includes(scope));
  if (pair && !facts.approvesByItself) {
    return refuseUntilApproved({ ...question, reason: paired === undefined ? 'not-paired' : 'scope-upgrade' }, paired);
  }
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

const approvalWords = {
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

function refuseUntilApproved(asks: PairingQuestion, paired: PairedDevice | undefined): Refused {
  const { deviceId, reason, scopes: requestedScopes } = asks;
  const [message, remediationHint] = approvalWords[reason];
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
  return { ...refuse(error), asks };
}

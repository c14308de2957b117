import { logs, paths, retryNow, start } from './actions.ts';
import { type Catalogue, plain } from './entry.ts';
import { duration } from './wording.ts';

/** OpenClaw's reasons in plain words; one we do not know is told as it came. */
function pairingReason(reason: string): string {
  switch (reason) {
    case 'not-paired':
      return 'this device is new to it';
    case 'scope-upgrade':
      return 'this device asks for more rights than it was approved for';
    case 'role-upgrade':
      return 'this device asks for another role than it was approved for';
    case 'metadata-upgrade':
      return 'this device is described otherwise than when it was approved';
    default:
      return reason;
  }
}

/** What helps against a keyring that keeps a key to itself. */
const unlock = {
  refused: { id: 'unlock', label: 'Unlock the keyring, and allow DeskClaw to read it' },
  waiting: { id: 'unlock', label: 'Answer what the keyring asks; then it goes on by itself' },
  unavailable: { id: 'unlock', label: 'Log in where the keyring is at hand, or start the service that provides it' },
} as const;

export const connectionProblems = {
  'auth.token-missing': plain('The gateway asks for a token', false, [
    {
      id: 'set-token',
      label: 'Name a file that holds it',
      command: 'DESKCLAW_TOKEN_FILE=/path/to/token deskclaw start',
    },
  ]),
  'auth.token-mismatch': {
    title: 'The gateway refused our token',
    retryable: false,
    detail: (f) =>
      `The token came from ${f.source}${f.message === undefined ? '' : `; the gateway says: ${f.message}`}.`,
    actions: (f) => [
      { id: 'fix-token', label: `Correct the token in ${f.source}` },
      { id: 'reconnect', label: 'Try again', command: 'deskclaw restart' },
    ],
  },
  'auth.pairing-required': {
    title: 'The gateway wants this device approved',
    retryable: false,
    detail: (f) =>
      `A pairing request is waiting${f.requestId === undefined ? '' : ` (${f.requestId})`}${f.reason === undefined ? '' : `: ${pairingReason(f.reason)}`}.`,
    // Without an id the oldest version approves nothing; all of them list what is waiting.
    actions: (f) => [
      f.requestId === undefined
        ? { id: 'list', label: 'See on the gateway what is waiting, and approve it', command: 'openclaw devices list' }
        : { id: 'approve', label: 'Approve it on the gateway', command: `openclaw devices approve ${f.requestId}` },
      retryNow,
    ],
  },
  'auth.device-required': plain('The gateway lets in only devices it knows by their key', false, [
    { id: 'use-device', label: 'Connect with a device identity (auth.device)' },
  ]),
  'auth.device-revoked': {
    title: 'The gateway no longer takes the token of this device',
    retryable: false,
    detail: (f) =>
      `It was revoked or replaced there, so it was forgotten here${f.message === undefined ? '' : `; the gateway says: ${f.message}`}.`,
    actions: () => [
      {
        id: 'set-token',
        label: 'Pair anew with the gateway’s own token',
        command: 'DESKCLAW_TOKEN_FILE=/path/to/token deskclaw start',
      },
      retryNow,
    ],
  },
  'auth.device-unusable': plain('The identity of this device cannot be used', true, [paths, retryNow]),
  'auth.device-locked': {
    title: 'The keyring does not give the key of this device',
    retryable: true,
    detail: (f) => `It is kept in the keyring of this system, which says: ${f.reason}.`,
    actions: (f) => [unlock[f.because], retryNow, paths],
  },
  'auth.device-lost': {
    title: 'The keyring no longer has the key of this device',
    retryable: false,
    detail: (f) =>
      `Gateways know this device as ${f.id}; the keyring of this system has ${f.found === 'nothing' ? 'nothing' : 'the key of another one'} in its place. It may have been emptied.`,
    actions: (f) => [
      { id: 'restore-key', label: 'Bring the keyring back as it was' },
      {
        id: 'new-device',
        label: `Or move ${f.path} away, and this becomes a new device, to be approved anew`,
      },
      retryNow,
    ],
  },
  'auth.scope-missing': {
    title: 'The gateway did not grant what this needs',
    retryable: false,
    detail: (f) => `Missing: ${f.missing.join(', ')}${f.method === undefined ? '' : ` (for ${f.method})`}.`,
    actions: () => [{ id: 'token-scope', label: 'Connect with a token or device that has these rights' }],
  },
  'auth.rate-limited': {
    title: 'The gateway slows us down after wrong tokens',
    retryable: true,
    detail: (f) =>
      f.retryAfterMs === undefined
        ? 'Too many failed logins.'
        : `Too many failed logins; it asks to wait ${duration(f.retryAfterMs)}.`,
    actions: () => [{ id: 'fix-token', label: 'Correct the token' }],
  },
  'protocol.mismatch': {
    title: 'The gateway speaks another protocol version',
    retryable: false,
    detail: (f) => `We speak ${f.ours}, the gateway ${f.theirs}.`,
    actions: () => [{ id: 'upgrade', label: 'Bring DeskClaw and the gateway to versions that fit' }],
  },
  'connection.refused': {
    title: 'Nothing accepts the connection',
    retryable: true,
    detail: (f) => `${f.url}: ${f.reason}.`,
    actions: () => [start, retryNow],
  },
  'connection.lost': {
    title: 'The connection to the gateway was lost',
    retryable: true,
    detail: (f) =>
      // 1006 is the transport's own word for "no closing message came"; nobody sent it.
      f.code === undefined || f.code === 1006
        ? 'The socket broke without a closing message.'
        : `It was closed with code ${String(f.code)}${f.reason === undefined || f.reason === '' ? '' : ` (${f.reason})`}.`,
    actions: () => [retryNow, logs],
  },
  'connection.closed': plain('There is no connection to the gateway', true, [start, retryNow]),
  'connection.exhausted': {
    title: 'The gateway could not be reached',
    retryable: true,
    detail: (f) =>
      `${String(f.attempts)} attempts failed; the last: ${f.lastError}. Trying on every ${duration(f.probeEveryMs)}.`,
    actions: () => [retryNow, logs],
  },
  'connection.timeout': {
    title: 'The gateway did not complete the connection',
    retryable: true,
    detail: (f) => `${f.url}: no end of "${f.step}" after ${duration(f.waitedMs)}.`,
    actions: () => [retryNow, logs],
  },
  'tls.untrusted': plain('The gateway’s certificate is not trusted', false, [
    {
      id: 'trust-issuer',
      label: 'Name a file with the certificate of its issuer',
      command: 'NODE_EXTRA_CA_CERTS=/path/to/issuer.pem deskclaw start',
    },
  ]),
} satisfies Partial<Catalogue>;

import type { ProblemAction } from '../problem.ts';
import type { ProblemFacts } from '../problem-facts.ts';
import { type Catalogue, duration, logs, paths, plain, quotedSentence, retryNow, shellWord, status } from './entry.ts';

/** Explains the reasons of OpenClaw; an unknown one is shown as received. */
function pairingReason(reason: string): string {
  switch (reason) {
    case 'not-paired':
      return 'the gateway does not know this device yet';
    case 'scope-upgrade':
      return 'this device asks for more permissions than were approved';
    case 'role-upgrade':
      return 'this device asks for a role that was not approved';
    case 'metadata-upgrade':
      return 'the description of this device has changed since it was approved';
    default:
      return reason;
  }
}

/** "dcattack (1002)". */
function userLabel({ id, name }: { readonly id: string; readonly name?: string }): string {
  return name === undefined ? id : `${name} (${id})`;
}

/** Some gateways never answer an upgrade at a path that is not theirs, or a method that they do not know. */
function otherServerActions(step: string): readonly ProblemAction[] {
  if (step === 'connecting') return [namePath];
  return step === 'handshaking' ? [nameReady] : [];
}

/** Asks for the token, so that it stands in no command line and no history of a shell. */
const pasteToken = {
  id: 'set-token',
  label: 'Paste the token, then press Enter and Ctrl-D (it is stored in a file that only you can read)',
  command: '(umask 077; cat > ~/.deskclaw-token) && DESKCLAW_TOKEN_FILE=~/.deskclaw-token deskclaw start',
} as const;

const nameReady = {
  id: 'ready',
  label: 'If it never answers system.health, say what proves that it is ready: "ready" in the settings or options',
} as const;

const namePath = {
  id: 'path',
  label: 'If its WebSocket is at another path, name that: --path of start, "path" in the settings or options',
} as const;

function compareProtocols({ ours, theirs }: ProblemFacts<'protocol.mismatch'>): 'older' | 'newer' | 'other' {
  const [lowest = NaN, highest = lowest] = ours.split(' to ').map(Number);
  const version = Number(theirs);
  if (version > highest) return 'newer';
  return version < lowest ? 'older' : 'other';
}

const protocolAge = { older: ', which is older', newer: ', which is newer', other: '' } as const;

const protocolRemedy = {
  older: 'Upgrade the gateway: it is older than this DeskClaw supports',
  newer: 'Update DeskClaw: the gateway is newer than it',
  other: 'Update DeskClaw or the gateway so that their versions match',
} as const;

/** Tells an outage of the gateway from one of the network: who has to be asked for help differs. */
const outageText: Readonly<Record<NonNullable<ProblemFacts<'connection.refused'>['outage']>, string>> = {
  gateway: 'The machine answers, and no gateway listens there.',
  name: 'The name could not be resolved (DNS): this is the address or the network, not the gateway.',
  network: 'This machine cannot reach that address: this is the network, not the gateway.',
};

/** The certificate is saved, shown and trusted: the user compares its fingerprint with that of the gateway. */
function certificateRemedies(detail: string): readonly ProblemAction[] {
  const server = /^wss:\/\/([^/?#]+)/.exec(detail)?.[1];
  if (server === undefined) return [retryNow];
  const address = /:\d+$/.test(server) ? server : `${server}:443`;
  const file = '~/deskclaw-gateway.pem';
  const save = `echo | openssl s_client -connect ${shellWord(address)} | openssl x509 > ${file}`;
  return [
    {
      id: 'show-certificate',
      label: 'Save its certificate and show it, to be compared with the gateway’s own',
      command: `${save}; openssl x509 -noout -subject -dates -fingerprint -sha256 -in ${file}`,
    },
    ...(/expired/i.test(detail)
      ? [{ ...retryNow, label: 'Renew the certificate of the gateway, then try again' }]
      : [
          {
            id: 'trust-issuer',
            label: 'Trust it once you have compared it',
            command: `NODE_EXTRA_CA_CERTS=~/deskclaw-gateway.pem deskclaw start`,
          },
        ]),
  ];
}

/** Actions for a keyring that does not release a key. */
const unlock = {
  refused: { id: 'unlock', label: 'Unlock the keyring and allow DeskClaw to read it' },
  waiting: { id: 'unlock', label: 'Answer the prompt of the keyring; DeskClaw then continues' },
  unavailable: { id: 'unlock', label: 'Log in to a session with a keyring, or start the keyring service' },
} as const;

export const connectionProblems = {
  'auth.token-missing': plain('The gateway asks for a token', false, [pasteToken]),
  'auth.token-mismatch': {
    title: 'The gateway rejected the token',
    retryable: false,
    detail: (f) =>
      `The token came from ${f.source}${f.message === undefined ? '' : `; the gateway says: ${f.message}`}.`,
    actions: (f) => [
      { id: 'fix-token', label: `Correct the token in ${f.source}` },
      { id: 'reconnect', label: 'Try again', command: 'deskclaw restart' },
    ],
  },
  'auth.pairing-required': {
    title: 'The gateway requires approval for this device',
    retryable: false,
    detail: (f) =>
      `A pairing request is waiting${f.requestId === undefined ? '' : ` (${f.requestId})`}${f.reason === undefined ? '' : `: ${pairingReason(f.reason)}`}.`,
    // The oldest version approves nothing without an id; all versions list pending requests.
    actions: (f) => [
      f.requestId === undefined
        ? {
            id: 'list',
            label: 'List the pending requests on the gateway, then approve this one',
            command: 'openclaw devices list',
          }
        : { id: 'approve', label: 'Approve it on the gateway', command: `openclaw devices approve ${f.requestId}` },
      retryNow,
    ],
  },
  'auth.device-required': plain('The gateway accepts only devices with a known key', false, [
    { id: 'use-device', label: 'Connect with a device identity (auth.device)' },
  ]),
  'auth.device-revoked': {
    title: 'The gateway no longer accepts the token of this device',
    retryable: false,
    detail: (f) =>
      `The gateway revoked or replaced it, so DeskClaw deleted its copy${f.message === undefined ? '' : `; the gateway says: ${f.message}`}.`,
    actions: () => [
      { ...pasteToken, label: `Pair again with the gateway’s own token: ${pasteToken.label.toLowerCase()}` },
    ],
  },
  'auth.device-unusable': plain('The identity of this device cannot be used', true, [paths, retryNow]),
  'auth.device-locked': {
    title: 'The keyring does not release the key of this device',
    retryable: true,
    detail: (f) => `The system keyring stores it and says: ${f.reason}.`,
    actions: (f) => [unlock[f.cause], retryNow, paths],
  },
  'auth.device-lost': {
    title: 'The keyring no longer has the key of this device',
    retryable: false,
    detail: (f) =>
      `Gateways know this device as ${f.id}; the keyring of this system has ${f.found === 'nothing' ? 'nothing' : 'the key of another one'} in its place. It may have been emptied.`,
    actions: (f) => [
      { id: 'restore-key', label: 'Restore the keyring' },
      {
        id: 'new-device',
        label: `Or move ${f.path} away; DeskClaw then creates a new device, which has to be approved again`,
      },
      retryNow,
    ],
  },
  'auth.scope-missing': {
    title: 'The gateway did not grant a required permission',
    retryable: false,
    detail: (f) => `Missing: ${f.missing.join(', ')}${f.method === undefined ? '' : ` (for ${f.method})`}.`,
    actions: () => [{ id: 'token-scope', label: 'Connect with a token or device that has these permissions' }],
  },
  'auth.rate-limited': {
    title: 'The gateway limits logins after failed attempts',
    retryable: true,
    detail: (f) =>
      f.retryAfterMs === undefined
        ? 'Too many failed logins.'
        : `Too many failed logins. The gateway asks you to wait ${duration(f.retryAfterMs)}.`,
    actions: () => [{ id: 'fix-token', label: 'Correct the token' }],
  },
  'auth.untrusted-peer': {
    title: 'The program on the gateway’s port is not trusted',
    retryable: true,
    detail: (f) => {
      const user = f.user === undefined ? 'an unknown user' : `user ${userLabel(f.user)}`;
      const program = f.owner === undefined ? 'a program' : `${f.owner.name} (pid ${String(f.owner.pid)})`;
      const unnamed = f.owner === undefined ? '; the system does not show which one' : '';
      return `Port ${String(f.port)} on ${f.host} is held by ${program} of ${user}${unnamed}. DeskClaw sends its token and messages only to programs of your own user and of root, so it sent nothing.`;
    },
    actions: (f) => [
      f.user === undefined
        ? {
            id: 'trust-unknown',
            label: 'If it is your gateway (in a container, for example), trust programs of unknown users',
            command: 'deskclaw config set trustUnknownPeers true && deskclaw stop && deskclaw start',
          }
        : {
            id: 'trust-user',
            label: 'If you trust this user, allow it',
            command: `deskclaw config set trustUsers ${shellWord(f.user.name ?? f.user.id)} --add && deskclaw stop && deskclaw start`,
          },
      { id: 'other-port', label: 'Or use another port', command: 'deskclaw start --port 0' },
      retryNow,
    ],
  },
  'protocol.mismatch': {
    title: 'The gateway uses another protocol version',
    retryable: false,
    detail: (f) => `DeskClaw supports ${f.ours}, the gateway ${f.theirs}${protocolAge[compareProtocols(f)]}.`,
    actions: (f) => [
      { id: 'upgrade', label: protocolRemedy[compareProtocols(f)] },
      { id: 'versions', label: 'Show the version of DeskClaw', command: 'deskclaw version' },
    ],
  },
  'connection.refused': {
    title: 'Nothing accepts the connection',
    retryable: true,
    detail: (f) => `${f.url}: ${f.reason}.${f.outage === undefined ? '' : ` ${outageText[f.outage]}`}`,
    actions: (f) => [
      f.outage === undefined || f.outage === 'gateway'
        ? { ...retryNow, label: `Start the gateway at ${f.url}, or correct its address, then try again` }
        : {
            ...retryNow,
            label: `Correct the address ("url" in the settings, now ${f.url}) or the network, then try again`,
          },
      { id: 'settings', label: 'Show the address in the settings', command: 'deskclaw config list' },
    ],
  },
  'connection.lost': {
    title: 'The connection to the gateway was lost',
    retryable: true,
    detail: (f) =>
      // The transport itself reports 1006 for a missing close frame; no peer sends it.
      f.code === undefined || f.code === 1006
        ? 'The connection broke without a close message.'
        : `It was closed with code ${String(f.code)}${f.reason === undefined || f.reason === '' ? '' : ` (${f.reason})`}.`,
    actions: () => [retryNow, logs],
  },
  'connection.closed': plain('There is no connection to the gateway', true, [retryNow, status]),
  'connection.exhausted': {
    title: 'The gateway could not be reached',
    retryable: true,
    detail: (f) =>
      `${String(f.attempts)} attempts failed. Last error: ${quotedSentence(f.lastError)}. DeskClaw tries again every ${duration(f.probeEveryMs)}.`,
    actions: () => [retryNow, logs],
  },
  'connection.timeout': {
    title: 'The gateway did not complete the connection',
    retryable: true,
    detail: (f) => `${f.url}: the step "${f.step}" did not finish within ${duration(f.waitedMs)}.`,
    actions: (f) => [retryNow, logs, ...otherServerActions(f.step)],
  },
  'connection.hook-failed': plain('The onConnect hook of this program failed', true, [
    { id: 'fix-hook', label: 'Correct the onConnect hook' },
    retryNow,
  ]),
  'tls.untrusted': {
    title: 'The gateway’s certificate is not trusted',
    retryable: false,
    detail: (f) => f.detail,
    actions: (f) =>
      f.certificateFile === undefined
        ? certificateRemedies(f.detail)
        : [
            {
              id: 'show-certificate',
              label: 'Show the certificate that is expected',
              command: `openssl x509 -noout -subject -dates -fingerprint -sha256 -in ${shellWord(f.certificateFile)}`,
            },
            { id: 'other-port', label: 'Or use another port', command: 'deskclaw start --port 0' },
            retryNow,
          ],
  },
} satisfies Partial<Catalogue>;

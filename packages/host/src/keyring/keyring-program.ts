import { createInterface } from 'node:readline';
import { type KeyringRequest, type KeyringResponse, parseRequest } from './keyring-protocol.ts';

/**
 * Asks the system's keyring one thing, for a host, and ends. A process of its own because a keyring may ask a person, for as long as
 * that person likes: such a call can be taken back by nobody, and a process that has one under way cannot even end (measured:
 * Node waits for its threads in `process.exit`). Nor is the native module then in the host's process at all.
 */
const SERVICE = 'DeskClaw';

/** Left to itself, the library takes the kernel's keyring where there is no Secret Service, and that one forgets with the next boot. */
const PERSISTENT = { linux: { store: 'secret-service' } } as const;

const MAX_MESSAGE_CHARS = 200;

async function handle(request: KeyringRequest): Promise<KeyringResponse> {
  const { AsyncEntry } = await import('@napi-rs/keyring');
  const entry = new AsyncEntry(SERVICE, request.account, PERSISTENT);
  switch (request.method) {
    case 'read': {
      const bytes = await entry.getSecret();
      return bytes === null ? { kind: 'absent' } : { kind: 'found', secret: Buffer.from(bytes).toString('utf8') };
    }
    case 'write':
      // As bytes: as a text, Windows would keep only half as much of it.
      await entry.setSecret(Buffer.from(request.secret, 'utf8'));
      return { kind: 'done' };
    case 'remove':
      await entry.deleteCredential();
      return { kind: 'done' };
    default:
      return request satisfies never;
  }
}

/** Classifies an error by its message: the library passes on no code. */
function toError(error: unknown): KeyringResponse {
  const words = error instanceof Error ? error.message : String(error);
  const reason = (words.split('\n')[0] ?? '').slice(0, MAX_MESSAGE_CHARS).replace(/\.+$/, '');
  return {
    kind: 'error',
    cause: /dismissed|cancell?ed|denied/i.test(words) ? 'refused' : 'unavailable',
    message: reason,
  };
}

let isAnswered = false;
const lines = createInterface({ input: process.stdin });
lines.once('line', (line) => {
  const request = parseRequest(line);
  const answered = request === undefined ? Promise.reject(new Error('it was asked nothing')) : handle(request);
  void answered.catch(toError).then((response) => {
    isAnswered = true;
    process.stdout.write(`${JSON.stringify(response)}\n`, () => process.exit());
  });
});
lines.once('close', () => {
  // The host is gone. An orderly exit would wait for the user who is prompted.
  if (!isAnswered) process.kill(process.pid, 'SIGKILL');
});

import { createInterface } from 'node:readline';
import { type KeyringAnswer, type KeyringQuestion, readQuestion } from './keyring-question.ts';

/**
 * Asks the system's keyring one thing, for a host, and ends. A process of its own because a keyring may ask a person, for as long as
 * that person likes: such a call can be taken back by nobody, and a process that has one under way cannot even end (measured:
 * Node waits for its threads in `process.exit`). Nor is the native module then in the host's process at all.
 */
const SERVICE = 'DeskClaw';

/** Left to itself, the library takes the kernel's keyring where there is no Secret Service, and that one forgets with the next boot. */
const LASTING = { linux: { store: 'secret-service' } } as const;

const LONGEST_REASON = 200;

async function answer(question: KeyringQuestion): Promise<KeyringAnswer> {
  const { AsyncEntry } = await import('@napi-rs/keyring');
  const entry = new AsyncEntry(SERVICE, question.account, LASTING);
  switch (question.ask) {
    case 'read': {
      const bytes = await entry.getSecret();
      return bytes === null ? { kind: 'absent' } : { kind: 'found', secret: Buffer.from(bytes).toString('utf8') };
    }
    case 'write':
      // As bytes: as a text, Windows would keep only half as much of it.
      await entry.setSecret(Buffer.from(question.secret, 'utf8'));
      return { kind: 'done' };
    case 'remove':
      await entry.deleteCredential();
      return { kind: 'done' };
    default:
      return question satisfies never;
  }
}

/** By its words, which are all that the library passes on. */
function trouble(error: unknown): KeyringAnswer {
  const words = error instanceof Error ? error.message : String(error);
  const reason = (words.split('\n')[0] ?? '').slice(0, LONGEST_REASON).replace(/\.+$/, '');
  return { kind: 'trouble', because: /dismissed|cancell?ed|denied/i.test(words) ? 'refused' : 'unavailable', reason };
}

let isAnswered = false;
const lines = createInterface({ input: process.stdin });
lines.once('line', (line) => {
  const question = readQuestion(line);
  const answered = question === undefined ? Promise.reject(new Error('it was asked nothing')) : answer(question);
  void answered.catch(trouble).then((told) => {
    isAnswered = true;
    process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit());
  });
});
lines.once('close', () => {
  // Whoever asked is gone. An orderly exit would wait for the person who is asked.
  if (!isAnswered) process.kill(process.pid, 'SIGKILL');
});

import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { KeyringError, SecretStore, SecretWriteResult } from '@deskclaw/core';
import { type KeyringRequest, type KeyringResponse, parseResponse } from './keyring-protocol.ts';

export interface OsKeyringOptions {
  /** A Node and the bundled `keyring-program.ts`, which runs once for each request. */
  readonly command: readonly [string, ...string[]];
  /** Environment of the program; names the desktop session that the keyring belongs to. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

function unavailable(reason: string): KeyringError {
  return { kind: 'error', cause: 'unavailable', message: reason };
}

const invalidResponse = unavailable('the program that asks it answered something else');

function callKeyring(
  { command: [program, ...args], env }: OsKeyringOptions,
  request: KeyringRequest,
): Promise<KeyringResponse> {
  const child: ChildProcess = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
    env: { ...env },
  });
  const { stdin, stdout } = child;
  return new Promise((resolve) => {
    child.once('error', ({ message }) => resolve(unavailable(message)));
    // Where no file can be opened any more, there are none, whatever the types say; the error tells.
    if (!(stdin instanceof Socket && stdout instanceof Socket)) return;
    // A password prompt must not keep our process alive. The program ends at the end of its input, thus with us.
    child.unref();
    for (const stream of [stdin, stdout]) stream.unref();
    createInterface({ input: stdout }).once('line', (line) => {
      resolve(parseResponse(line) ?? invalidResponse);
      // The answer is complete; nothing else is expected of the program.
      child.kill('SIGKILL');
    });
    child.once('close', (code, signal) => {
      resolve(unavailable(`the program that asks it ended without an answer (${signal ?? `code ${String(code)}`})`));
    });
    // A write to a program that has ended fails with EPIPE; `close` reports the end.
    stdin.on('error', () => undefined);
    stdin.write(`${JSON.stringify(request)}\n`);
  });
}

/** macOS Keychain, Windows Credential Manager, Secret Service. A question that a person has to answer waits until that is done. */
export function osKeyring(options: OsKeyringOptions): SecretStore {
  const change = async (request: KeyringRequest): Promise<SecretWriteResult> => {
    const answer = await callKeyring(options, request);
    return answer.kind === 'done' || answer.kind === 'error' ? answer : invalidResponse;
  };
  return {
    read: async (account) => {
      const answer = await callKeyring(options, { method: 'read', account });
      return answer.kind === 'done' ? invalidResponse : answer;
    },
    write: (account, secret) => change({ method: 'write', account, secret }),
    remove: (account) => change({ method: 'remove', account }),
  };
}

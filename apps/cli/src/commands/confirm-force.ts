import { createInterface } from 'node:readline/promises';
import { GatewayError } from '@deskclaw/core';
import type { GatewayStatus } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';

export interface ForceOptions {
  readonly force?: true | undefined;
  /** Answers the question in advance. */
  readonly yes?: true | undefined;
}

/**
 * Asks the user before a forced stop interrupts a migration: OpenClaw may have to be restored from a backup afterwards.
 * @returns whether to go on.
 * @throws GatewayError `gateway.migrating`, where nobody can be asked.
 */
export async function confirmForce(shell: Shell, status: GatewayStatus, options: ForceOptions): Promise<boolean> {
  const { problem } = status;
  if (options.force !== true || options.yes === true || problem?.code !== 'gateway.migrating') return true;
  if (!process.stdin.isTTY || !shell.err.interactive || shell.json) throw new GatewayError(problem);
  shell.message(problem.title, problem.detail);
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question('Stop it all the same, at the risk of its data? [y/N] ');
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}

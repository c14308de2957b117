import { describeInterruptedUpgrade as describe } from '@deskclaw/core';
import type { InterruptedUpgrade } from '@deskclaw/protocol';
import { addProfileFlag } from '../output/problem.ts';
import type { Shell } from '../shell.ts';

/** An upgrade or a rollback that was cut off and that nobody has ended yet. */
export function describeInterruptedUpgrade(shell: Shell): Promise<string | undefined> {
  return describe({ name: shell.profile, env: shell.env });
}

/** Tells how one was ended: it was not asked for by the command that came upon it. */
export function printUpgradeRecovery(shell: Shell, { message: words }: InterruptedUpgrade): void {
  shell.message(addProfileFlag(words, shell.namedProfile));
}

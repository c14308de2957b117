import type { SeededRandom } from '@deskclaw/core/testing';

/** One input of a target: frames, steps, or the bytes of a file (one character each). Plain texts, so that any can be stored. */
export type Input = readonly string[];

/** A part of the product that reads the text of others, and the rules that hold whatever it reads. */
export interface Target {
  readonly name: string;
  /** Valid inputs, which mutations start from. */
  readonly samples: readonly Input[];
  /** Makes an input from the grammar of the target. */
  readonly generate: (random: SeededRandom) => Input;
  /**
   * Feeds the input and checks the rules. Resolves with a label for what became of it ("accepted", "refused", ...), which is counted.
   * @throws Violation for a broken rule; any other error counts as an uncaught one.
   */
  readonly check: (input: Input) => string | Promise<string>;
}

/** A broken rule. The part of the message before the first colon names the rule, the rest the case. */
export class Violation extends Error {}

/** @throws Violation if the condition does not hold. */
export function must(holds: boolean, rule: string, details?: () => unknown): asserts holds {
  if (!holds) throw new Violation(details === undefined ? rule : `${rule}: ${inShort(details())}`);
}

/** Begins the reason of a failure that is no broken rule. */
export const UNCAUGHT = 'uncaught error';

const LONGEST_DETAIL = 400;

function inShort(details: unknown): string {
  const text = typeof details === 'string' ? details : (JSON.stringify(details) ?? String(details));
  return text.length > LONGEST_DETAIL ? `${text.slice(0, LONGEST_DETAIL)} ...` : text;
}

/** Returns the kind of a failure, the same for inputs that break the same rule in the same way. */
export function kindOf(failure: string): string {
  const [line = ''] = failure.split('\n', 1);
  const kind = line.startsWith(UNCAUGHT) ? line : line.slice(0, Math.max(0, line.indexOf(':')) || line.length);
  return kind.slice(0, 120).replaceAll(/\d+/g, '#');
}
